//! Messages as this face spells them.

use actors::domain::{Author, Json, Kind, Message, Status};
use actors::view::{MessageView, TeamConversationView};
use serde::Serialize;
use serde_json::{Value, json};

use super::conversation_shapes::direction;
use super::kinds::{message_type, number};
use crate::time;

/// A call is taken down as an attachment of this kind: `{type, to?, from?, status?, duration?}`.
pub const CALL: &str = "call";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Shown<'a> {
    id: &'a str,
    r#type: usize,
    message_type: &'static str,
    location_id: &'a str,
    contact_id: &'a str,
    conversation_id: &'a str,
    date_added: String,
    body: &'a str,
    direction: &'static str,
    status: &'static str,
    content_type: &'static str,
    attachments: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

/// The type of a message where it stands.
pub fn type_of(conversation: &TeamConversationView, message: &Message) -> &'static str {
    message_type(message.medium.as_deref(), conversation.channel.as_deref())
}

pub fn shown<'a>(conversation: &'a TeamConversationView, view: &'a MessageView) -> Shown<'a> {
    let message = &*view.message;
    let message_type = type_of(conversation, message);
    let calls = message.attachments.iter().filter_map(call).next();
    let mail = email(message);
    Shown {
        id: message.id.as_str(),
        r#type: number(message_type),
        message_type,
        location_id: message.account.as_str(),
        contact_id: message.contact.as_str(),
        conversation_id: view.conversation.as_str(),
        date_added: time::format(message.created_at),
        body: &message.text,
        direction: direction(message.kind),
        status: status(message),
        content_type: if html(&mail).is_some() { "text/html" } else { "text/plain" },
        attachments: message.attachments.iter().filter_map(link).collect(),
        meta: meta(message, calls, message_type),
        source: source(message),
        user_id: match &message.author {
            Author::User(user) => Some(user.as_str()),
            Author::Contact(_) | Author::System => None,
        },
        error: message.error_code.as_deref(),
    }
}

/// What a message has besides: of a call how it went, of an e-mail its own names.
fn meta(message: &Message, call: Option<Value>, message_type: &str) -> Option<Value> {
    if let Some(call) = call {
        let mut meta = json!({});
        if let Some(status) = call["status"].as_str() {
            meta["callStatus"] = json!(status);
        }
        if let Some(seconds) = call["duration"].as_u64() {
            meta["callDuration"] = json!(seconds.to_string());
        }
        return Some(meta);
    }
    let is_mail = message_type == "TYPE_EMAIL" || message.email.is_some();
    is_mail.then(|| json!({ "email": { "messageIds": [message.id.as_str()] } }))
}

/// Where it is on its way. What came in has arrived.
pub fn status(message: &Message) -> &'static str {
    match message.status {
        Some(status) => status.as_str(),
        None => "delivered",
    }
}

/// The same in the four words of the answers about sending.
pub fn sending(message: &Message) -> &'static str {
    match message.status {
        Some(Status::Queued | Status::Sent) => "pending",
        Some(Status::Failed | Status::Undelivered) => "failed",
        Some(Status::Read) => "read",
        Some(Status::Delivered) | None => "delivered",
    }
}

pub fn source(message: &Message) -> Option<&'static str> {
    match (&message.kind, &message.author) {
        (Kind::Outgoing, Author::User(_)) => Some("app"),
        (Kind::Outgoing, _) => Some("api"),
        _ => None,
    }
}

/// What only an e-mail has; null for others.
pub fn email(message: &Message) -> Value {
    let fields = message.email.as_ref().map(|email| email.0.as_str());
    fields.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

pub fn html(email: &Value) -> Option<&str> {
    email["html"].as_str().filter(|html| !html.is_empty())
}

/// The link of an attachment: a text, or an object's `url`.
pub fn link(attachment: &Json) -> Option<String> {
    match serde_json::from_str(attachment.as_str()).ok()? {
        Value::String(url) => Some(url),
        Value::Object(fields) => fields.get("url")?.as_str().map(str::to_owned),
        _ => None,
    }
}

fn call(attachment: &Json) -> Option<Value> {
    let value: Value = serde_json::from_str(attachment.as_str()).ok()?;
    (value["type"] == CALL).then_some(value)
}
