use actors::domain::{Author, Kind, Message};
use actors::view::{MessageView, Writer};
use serde::Serialize;

use super::{ContactShape, Raw, UserShape};
use crate::time;

/// A message as its receiver sees it.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Message"))]
pub struct MessageShape<'a> {
    _id: &'a str,
    #[serde(rename = "UUID")]
    uuid: &'a str,
    #[cfg_attr(test, ts(type = "MessageType"))]
    r#type: &'static str,
    data: &'a str,
    #[cfg_attr(test, ts(type = "Array<Attachment>"))]
    attachments: Vec<Raw<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    mentions: Option<Vec<&'a str>>,
    #[cfg_attr(test, ts(type = "Contact | User | System"))]
    sent_by: WriterShape<'a>,
    is_sender: bool,
    is_note: bool,
    conversation_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional, type = "MessageStatus"))]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    error_code: Option<&'a str>,
    #[serde(rename = "createdAt")]
    created_at: String,
}

/// Who wrote it. Never null.
#[derive(Serialize)]
#[serde(untagged)]
pub enum WriterShape<'a> {
    Contact(ContactShape<'a>),
    User(UserShape<'a>),
    System { _id: (), name: &'static str },
}

impl<'a> From<&'a MessageView> for MessageShape<'a> {
    fn from(view: &'a MessageView) -> Self {
        let Message { id, uuid, kind, text, attachments, mentions, status, .. } = &*view.message;
        let is_note = *kind == Kind::Note;
        Self {
            _id: id.as_str(),
            uuid: uuid.as_str(),
            r#type: kind.as_str(),
            data: text,
            attachments: attachments.iter().map(Raw).collect(),
            mentions: is_note.then(|| mentions.iter().map(|user| user.as_str()).collect()),
            sent_by: writer(view),
            is_sender: view.is_sender,
            is_note,
            conversation_id: view.conversation.as_str(),
            status: status.map(|status| status.as_str()),
            error_code: view.message.error_code.as_deref(),
            created_at: time::format(view.message.created_at),
        }
    }
}

fn writer(view: &MessageView) -> WriterShape<'_> {
    let is_contact = matches!(view.message.author, Author::Contact(_));
    match &view.sent_by {
        Writer::Contact(contact) => WriterShape::Contact(ContactShape::Known(contact)),
        Writer::User(user) => WriterShape::User(UserShape::from(&**user)),
        Writer::Gone(id) if is_contact => WriterShape::Contact(ContactShape::Deleted(id)),
        Writer::Gone(id) => WriterShape::User(UserShape::deleted(id)),
        Writer::System => WriterShape::System { _id: (), name: "System" },
    }
}
