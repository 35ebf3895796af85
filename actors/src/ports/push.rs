use std::sync::Arc;

use crate::domain::{ConversationId, Message, UserId};

/// Where news for people who are not connected goes.
pub trait Push: Send + Sync {
    /// Takes over telling these users of a message they may see. Never waits, never fails the
    /// caller: what cannot be pushed is logged by whoever implements this.
    fn offer(&self, offer: PushOffer);
}

/// A message, seen for the first time, and who may see it but is not connected.
#[derive(Clone, Debug, PartialEq)]
pub struct PushOffer {
    pub conversation: ConversationId,
    pub message: Arc<Message>,
    pub users: Vec<UserId>,
}
