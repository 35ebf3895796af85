//! What goes in and out of the endpoints, as OpenAPI schemas. Nothing is ever made of these: what
//! is read is read by `documents`, which says what is wrong in its own words, and a test holds
//! answers of the real server against them. Where a field of another name is refused, the shape says
//! so.
#![expect(dead_code, reason = "only their shapes are used")]

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// 1 to 128 characters, none of them a control character.
#[derive(ToSchema, Serialize)]
#[schema(value_type = String, min_length = 1, max_length = 128, pattern = r"^[^\u0000-\u001f\u007f-\u009f]+$")]
pub struct Id(String);

/// What every failure looks like; `errno` equals the HTTP status.
#[derive(ToSchema)]
pub struct Failure {
    #[schema(example = false)]
    pub success: bool,
    #[schema(example = 404)]
    pub errno: u16,
    pub message: String,
    #[schema(example = "NOT_FOUND")]
    pub error: String,
}

/// What every failure of the HighLevel routes looks like.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    #[schema(example = 404)]
    pub status_code: u16,
    pub message: String,
    #[schema(example = "Unauthorized")]
    pub error: Option<String>,
    /// Where a conversation was to be created that is there: its id.
    pub conversation_id: Option<String>,
}

#[derive(ToSchema)]
pub struct Success {
    #[schema(example = true)]
    pub success: bool,
    #[schema(example = "SUCCESS")]
    pub message: String,
}

/// Success with something to show.
#[derive(ToSchema)]
pub struct SuccessWithData {
    pub success: bool,
    pub message: String,
    pub data: Value,
}

/// A list, and where its next page begins if there is one.
#[derive(ToSchema)]
pub struct Listed {
    pub success: bool,
    pub data: Vec<Value>,
    pub paging: Option<Paging>,
}

#[derive(ToSchema)]
pub struct Paging {
    pub limit: u32,
    /// Asks for the next page; null on the last one.
    pub next: Option<String>,
}

#[derive(ToSchema)]
pub struct Readiness {
    pub success: bool,
    pub message: String,
    /// `ok` or `cut`, by what the server needs.
    pub checks: std::collections::BTreeMap<String, String>,
}

/// A tenant.
#[derive(ToSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    #[schema(read_only)]
    pub _id: Option<Id>,
    #[schema(min_length = 1)]
    pub name: String,
    #[schema(example = "America/New_York")]
    pub time_zone: Option<String>,
}

/// An address through which contacts write.
#[derive(ToSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    #[schema(read_only)]
    pub _id: Option<Id>,
    pub account_id: Option<Id>,
    #[schema(example = "SMS", pattern = "^[A-Z0-9_]+$", max_length = 32)]
    pub kind: String,
    #[schema(min_length = 1)]
    pub name: String,
    #[schema(example = "+12025550100")]
    pub address: Option<String>,
    pub member_ids: Option<Vec<Id>>,
    pub message_requests: Option<bool>,
}

/// A person who works here.
#[derive(ToSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    #[schema(read_only)]
    pub _id: Option<Id>,
    pub account_id: Option<Id>,
    #[schema(min_length = 1)]
    pub name: String,
    #[schema(pattern = r"^[^\s\u0000-\u001f\u007f-\u009f]+@[^\s\u0000-\u001f\u007f-\u009f]+$")]
    pub email: String,
    pub image: Option<String>,
    pub role: Option<String>,
    pub active: Option<bool>,
}

/// A person outside. Any further field is kept as it is.
#[derive(ToSchema)]
pub struct Contact {
    #[schema(read_only)]
    pub _id: Option<Id>,
    pub account_id: Option<Id>,
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub image: Option<String>,
}

#[derive(ToSchema)]
pub struct PushToken {
    pub user_id: String,
    pub token: String,
}

/// What an outside service writes before it asks for it to be emitted.
#[derive(ToSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Communication {
    #[schema(read_only)]
    pub _id: Option<Id>,
    pub account_id: Option<Id>,
    pub r#type: MessageType,
    pub data: Option<String>,
    pub sent_by: Option<Id>,
    pub contact_id: Option<Id>,
    pub channel_id: Option<Id>,
    pub conversation_id: Option<Vec<Id>>,
    #[schema(rename = "UUID")]
    pub uuid: Option<String>,
    pub mentions: Option<Vec<Id>>,
    pub attachments: Option<Vec<Value>>,
    pub from_number: Option<String>,
    pub to_number: Option<String>,
    pub medium: Option<String>,
    pub email: Option<Value>,
    #[schema(rename = "createdAt", format = DateTime)]
    pub created_at: Option<String>,
}

#[derive(ToSchema, Serialize)]
#[schema(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MessageType {
    Incoming,
    Outgoing,
    Note,
}

/// `send_at` in the future schedules it.
#[derive(ToSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OutgoingMessage {
    pub data: Option<String>,
    #[schema(rename = "UUID", min_length = 1, max_length = 128)]
    pub uuid: Option<String>,
    #[schema(max_items = 20)]
    pub attachments: Option<Vec<Value>>,
    pub if_last_seen: Option<Id>,
    pub force: Option<bool>,
    #[schema(format = DateTime)]
    pub send_at: Option<String>,
}

#[derive(ToSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    pub channel_id: Id,
    pub says: Says,
    #[schema(min_length = 1)]
    pub evidence: String,
}

#[derive(ToSchema, Serialize)]
#[schema(rename_all = "snake_case")]
pub enum Says {
    OptIn,
    OptOut,
}

/// What every named user is sent.
#[derive(ToSchema)]
pub struct Announcement {
    #[schema(rename = "userIds")]
    pub user_ids: Receivers,
    pub data: Value,
}

/// One user, or several.
#[derive(ToSchema, Serialize)]
#[serde(untagged)]
pub enum Receivers {
    One(Id),
    Each(Vec<Id>),
}

#[derive(ToSchema)]
pub struct Task {
    #[schema(rename = "socketId", min_length = 1)]
    pub socket_id: String,
    pub payload: Option<Value>,
}

/// Who outside is told what happens. `secret` is shown once, when it was made here.
#[derive(ToSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    #[schema(read_only)]
    pub _id: Option<Id>,
    pub account_id: Option<Id>,
    #[schema(example = "https://crm.example.com/hooks")]
    pub url: String,
    #[schema(min_items = 1)]
    pub events: Vec<EventKind>,
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    pub secret: Option<String>,
    pub active: Option<bool>,
    /// `standard`, or `inbox` for the envelope and signature of the Inbox API.
    #[schema(example = "standard")]
    pub format: Option<String>,
    pub failing: Option<Value>,
    pub disabled: Option<Value>,
}

#[derive(ToSchema, Serialize)]
pub enum EventKind {
    #[schema(rename = "message.created")]
    MessageCreated,
    #[schema(rename = "message.status")]
    MessageStatus,
    #[schema(rename = "conversation.updated")]
    ConversationUpdated,
}

/// What Twilio posts, as far as it is read.
#[derive(ToSchema)]
pub struct TwilioForm {
    #[schema(rename = "MessageSid")]
    pub message_sid: Option<String>,
    #[schema(rename = "From")]
    pub from: Option<String>,
    #[schema(rename = "To")]
    pub to: Option<String>,
    #[schema(rename = "Body")]
    pub body: Option<String>,
    #[schema(rename = "MessageStatus")]
    pub message_status: Option<String>,
}

/// What SendGrid posts, as far as it is read: taken apart, or whole in `email`.
#[derive(ToSchema)]
pub struct MailForm {
    pub headers: Option<String>,
    pub envelope: Option<String>,
    pub text: Option<String>,
    pub html: Option<String>,
    pub email: Option<String>,
}

/// An instant, or the `webhook-id` of an event that is to be told again first.
#[derive(ToSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    #[schema(example = "2026-01-31T09:30:00.000Z", min_length = 1)]
    pub from: String,
}
