use super::Unavailable;
use crate::domain::{
    ConversationId, MessageId, Position, PushDecision, PushReason, Timestamp, UserId,
};

/// Who was told of a message on their devices, and why the others were not: one row for each
/// message and user, so that whatever is decided twice is decided once.
#[async_trait::async_trait]
pub trait PushLog: Send + Sync {
    /// Keeps decisions, and that every message up to a position was decided on. One about a message
    /// and user who have a row already changes nothing. What is [`PushReason::Offline`] is due at
    /// `due`.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: perhaps kept; asking again is safe. So with every question below.
    async fn keep_push_decisions(
        &self,
        decisions: &[PushDecision],
        due: Timestamp,
        up_to: Option<Position>,
    ) -> Result<(), Unavailable>;

    /// Every message up to here was decided on. A store that never pushed begins at the end of
    /// its log: what was said before is news to nobody.
    async fn push_decided_up_to(&self) -> Result<Position, Unavailable>;

    /// Up to `limit` pushes that are due, the longest due first.
    async fn pushes_due(&self, now: Timestamp, limit: usize) -> Result<Vec<DuePush>, Unavailable>;

    /// The provider is about to be called for these.
    async fn pushing(
        &self,
        pushes: &[(MessageId, UserId)],
        now: Timestamp,
    ) -> Result<(), Unavailable>;

    /// Not now. `reached` are the devices that have it, as their fingerprints.
    async fn put_push_off(
        &self,
        push: &(MessageId, UserId),
        until: Timestamp,
        reached: &[String],
    ) -> Result<(), Unavailable>;

    /// It is over, for this reason.
    async fn settle_push(
        &self,
        push: &(MessageId, UserId),
        reason: PushReason,
        now: Timestamp,
    ) -> Result<(), Unavailable>;

    /// What was decided about a message, user by user.
    async fn pushes_of(&self, message: &MessageId) -> Result<Vec<PushDecision>, Unavailable>;

    /// Forgets what was decided before an instant and is settled.
    async fn forget_pushes(&self, when: Timestamp) -> Result<(), Unavailable>;
}

/// A push that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuePush {
    pub message: MessageId,
    pub user: UserId,
    pub conversation: ConversationId,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// Times the provider was called.
    pub attempts: u32,
    /// Set while the provider is called: if it is found set, the program died meanwhile.
    pub called_at: Option<Timestamp>,
    /// Fingerprints of the devices that have it.
    pub reached: Vec<String>,
}
