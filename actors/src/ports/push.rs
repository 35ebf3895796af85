use std::sync::Arc;

use crate::domain::{Conversation, Message, Position, UserId};

/// Where news for people who are not connected goes.
pub trait Push: Send + Sync {
    /// Takes over deciding whom to tell of a message, and telling them. Never waits, never fails
    /// the caller: what cannot be taken now is found again in the log.
    ///
    /// Called before the message's position is named to [`crate::Watermark::published`], so that
    /// everything up to the watermark was offered.
    fn offer(&self, offer: PushOffer);

    /// A message was shown of which only the log knows more. Called likewise before its position
    /// is named.
    fn left_to_log(&self, position: Position);
}

/// A message that was just shown for the first time.
#[derive(Clone, Debug, PartialEq)]
pub struct PushOffer {
    pub conversation: Arc<Conversation>,
    pub message: Arc<Message>,
    /// Those of its participants who were connected.
    pub connected: Vec<UserId>,
}
