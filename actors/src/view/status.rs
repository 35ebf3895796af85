use crate::domain::{ConversationId, Message, MessageId, Status, Timestamp, Uuid};

/// How far a message has come on its way to the contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusView {
    pub message: MessageId,
    pub uuid: Uuid,
    pub conversation: ConversationId,
    pub status: Option<Status>,
    pub error_code: Option<String>,
    /// When this was told.
    pub at: Timestamp,
}

impl StatusView {
    pub fn new(conversation: ConversationId, message: &Message, at: Timestamp) -> Self {
        Self {
            message: message.id.clone(),
            uuid: message.uuid.clone(),
            conversation,
            status: message.status,
            error_code: message.error_code.clone(),
            at,
        }
    }
}
