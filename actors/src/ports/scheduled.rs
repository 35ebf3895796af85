use super::Unavailable;
use crate::domain::{AccountId, ConversationId, Json, MessageId, Timestamp, UserId, Uuid};

/// Messages to be sent later. They stand in no conversation until then.
///
/// Each is sent once: whoever sends it claims it first, from then on it cannot be withdrawn; the
/// one who died after claiming is followed by one who sends it under the same UUID, which a
/// conversation takes in once.
#[async_trait::async_trait]
pub trait Scheduled: Send + Sync {
    /// Keeps a message for later. What stands there now: this one, or one that its author gave
    /// the same UUID in the same conversation before.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: perhaps kept; keeping it again is safe. So with every question below.
    async fn schedule(&self, message: &ScheduledMessage) -> Result<ScheduledMessage, Unavailable>;

    /// Up to `limit` that wait in a conversation, the next one first.
    async fn scheduled_in(
        &self,
        conversation: &ConversationId,
        limit: usize,
    ) -> Result<Vec<ScheduledMessage>, Unavailable>;

    /// Up to `limit` whose time has come, the longest due first; claimed ones among them.
    async fn scheduled_due(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<ScheduledMessage>, Unavailable>;

    /// It is about to be sent. `false`: it was withdrawn.
    async fn claim_scheduled(&self, id: &MessageId) -> Result<bool, Unavailable>;

    /// It is not to be sent after all. `false`: it is not there, or was claimed.
    async fn withdraw_scheduled(
        &self,
        conversation: &ConversationId,
        id: &MessageId,
    ) -> Result<bool, Unavailable>;

    /// It was sent, or never will be.
    async fn forget_scheduled(&self, id: &MessageId) -> Result<(), Unavailable>;
}

/// What somebody wants to have said later.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduledMessage {
    /// Its name while it waits; the message will have its own.
    pub id: MessageId,
    pub account: AccountId,
    pub conversation: ConversationId,
    pub author: UserId,
    /// The message will have the same.
    pub uuid: Uuid,
    pub text: String,
    pub attachments: Vec<Json>,
    pub send_at: Timestamp,
    pub created_at: Timestamp,
}
