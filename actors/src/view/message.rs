use std::sync::Arc;

use crate::domain::{Contact, ConversationId, Message, User};

/// A message as one viewer sees it in one conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageView {
    /// Where it is seen; a message in several conversations never names the others.
    pub conversation: ConversationId,
    pub message: Arc<Message>,
    pub sent_by: Writer,
    pub is_sender: bool,
}

/// Who wrote a message, as far as they are still known.
#[derive(Clone, Debug, PartialEq)]
pub enum Writer {
    Contact(Arc<Contact>),
    User(Arc<User>),
    /// The record is gone; the id is all that is left.
    Gone(String),
    /// An automated message.
    System,
}
