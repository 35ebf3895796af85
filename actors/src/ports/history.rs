use super::Unavailable;
use crate::domain::{ConversationId, MessageId, Placed, Seq, Timestamp, UserId, Uuid};

/// Messages as they stand in conversations, raw: what a viewer may see of them is decided by
/// [`crate::domain::Conversation::sight`], so nothing but `engine` reads this.
#[async_trait::async_trait]
pub trait History: Send + Sync {
    /// Up to `limit` messages in the order of (`created_at`, id), beginning after `cut`.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown. So with every question below.
    async fn messages(
        &self,
        conversation: &ConversationId,
        cut: Option<&Cut>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Placed>, Unavailable>;

    /// One message of a conversation.
    async fn message(
        &self,
        conversation: &ConversationId,
        id: &MessageId,
    ) -> Result<Option<Placed>, Unavailable>;

    /// The message that this author wrote under this name.
    async fn message_by_uuid(
        &self,
        conversation: &ConversationId,
        author: &UserId,
        uuid: &Uuid,
    ) -> Result<Option<Placed>, Unavailable>;

    /// Up to `limit` messages in commit order, beginning after `seq`.
    async fn committed_after(
        &self,
        conversation: &ConversationId,
        seq: Seq,
        limit: usize,
    ) -> Result<Vec<Placed>, Unavailable>;
}

/// Where a page of messages begins; what stands exactly here is not part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    pub at: Timestamp,
    /// Unset: every message of that instant is left out.
    pub id: Option<MessageId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Newest first, towards the past.
    Older,
    /// Oldest first, towards the present.
    Newer,
}
