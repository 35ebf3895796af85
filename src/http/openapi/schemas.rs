//! What goes in and out of the endpoints, as OpenAPI schemas. Nothing is ever made of these: what
//! is read is read by `documents`, which says what is wrong in its own words, and a test holds
//! answers of the real server against them.
#![expect(dead_code, reason = "only their shapes are used")]

use serde_json::Value;
use utoipa::ToSchema;

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
#[derive(ToSchema)]
pub struct Account {
    pub _id: Option<String>,
    pub name: String,
    #[schema(example = "America/New_York")]
    pub time_zone: Option<String>,
}

/// An address through which contacts write.
#[derive(ToSchema)]
pub struct Channel {
    pub _id: Option<String>,
    pub account_id: Option<String>,
    #[schema(example = "SMS")]
    pub kind: String,
    pub name: String,
    #[schema(example = "+12025550100")]
    pub address: Option<String>,
    pub member_ids: Option<Vec<String>>,
    pub message_requests: Option<bool>,
}

/// A person who works here.
#[derive(ToSchema)]
pub struct User {
    pub _id: Option<String>,
    pub account_id: Option<String>,
    pub name: String,
    pub email: String,
    pub image: Option<String>,
    pub role: Option<String>,
    pub active: Option<bool>,
}

/// A person outside. Any further field is kept as it is.
#[derive(ToSchema)]
pub struct Contact {
    pub _id: Option<String>,
    pub account_id: Option<String>,
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
#[derive(ToSchema)]
pub struct Communication {
    pub _id: Option<String>,
    pub account_id: Option<String>,
    #[schema(example = "INCOMING")]
    pub r#type: String,
    pub data: Option<String>,
    pub sent_by: Option<String>,
    pub contact_id: Option<String>,
    pub channel_id: Option<String>,
    pub conversation_id: Option<Vec<String>>,
    #[schema(rename = "UUID")]
    pub uuid: Option<String>,
    pub mentions: Option<Vec<String>>,
    pub attachments: Option<Vec<Value>>,
    pub from_number: Option<String>,
    pub to_number: Option<String>,
    pub medium: Option<String>,
    pub email: Option<Value>,
    #[schema(rename = "createdAt")]
    pub created_at: Option<String>,
}

/// `send_at` in the future schedules it.
#[derive(ToSchema)]
pub struct OutgoingMessage {
    pub data: Option<String>,
    #[schema(rename = "UUID")]
    pub uuid: Option<String>,
    pub attachments: Option<Vec<Value>>,
    pub if_last_seen: Option<String>,
    pub force: Option<bool>,
    pub send_at: Option<String>,
}

#[derive(ToSchema)]
pub struct Consent {
    pub channel_id: String,
    #[schema(example = "opt_out")]
    pub says: String,
    pub evidence: String,
}

/// What every named user is sent.
#[derive(ToSchema)]
pub struct Announcement {
    #[schema(rename = "userIds")]
    pub user_ids: Vec<String>,
    pub data: Value,
}

#[derive(ToSchema)]
pub struct Task {
    #[schema(rename = "socketId")]
    pub socket_id: String,
    pub payload: Option<Value>,
}

/// Who outside is told what happens. `secret` is shown once, when it was made here.
#[derive(ToSchema)]
pub struct Webhook {
    pub _id: Option<String>,
    pub account_id: Option<String>,
    #[schema(example = "https://crm.example.com/hooks")]
    pub url: String,
    #[schema(example = json!(["message.created", "message.status", "conversation.updated"]))]
    pub events: Vec<String>,
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    pub secret: Option<String>,
    pub active: Option<bool>,
    /// `standard`, or `inbox` for the envelope and signature of the Inbox API.
    #[schema(example = "standard")]
    pub format: Option<String>,
    pub failing: Option<Value>,
    pub disabled: Option<Value>,
}

/// An instant, or the `webhook-id` of an event that is to be told again first.
#[derive(ToSchema)]
pub struct Replay {
    #[schema(example = "2026-01-31T09:30:00.000Z")]
    pub from: String,
}
