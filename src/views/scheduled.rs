use actors::view::{ScheduledView, Writer};
use serde::Serialize;

use super::{Raw, UserShape};
use crate::time;

/// A message that waits for its time.
#[derive(Serialize)]
pub struct ScheduledShape<'a> {
    _id: &'a str,
    #[serde(rename = "UUID")]
    uuid: &'a str,
    r#type: &'static str,
    status: &'static str,
    data: &'a str,
    attachments: Vec<Raw<'a>>,
    sent_by: UserShape<'a>,
    conversation_id: &'a str,
    send_at: String,
    #[serde(rename = "createdAt")]
    created_at: String,
}

impl<'a> From<&'a ScheduledView> for ScheduledShape<'a> {
    fn from(view: &'a ScheduledView) -> Self {
        let message = &view.message;
        Self {
            _id: message.id.as_str(),
            uuid: message.uuid.as_str(),
            r#type: "OUTGOING",
            status: "scheduled",
            data: &message.text,
            attachments: message.attachments.iter().map(Raw).collect(),
            sent_by: match &view.sent_by {
                Writer::User(user) => UserShape::from(&**user),
                Writer::Gone(_) | Writer::Contact(_) | Writer::System => {
                    UserShape::deleted(message.author.as_str())
                }
            },
            conversation_id: message.conversation.as_str(),
            send_at: time::format(message.send_at),
            created_at: time::format(message.created_at),
        }
    }
}
