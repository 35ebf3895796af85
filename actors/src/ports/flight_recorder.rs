use super::Unavailable;
use crate::domain::{ConversationId, Json, MessageId, Position, Status, Timestamp, UserId};

/// Takes down what happens to messages on their way, so that "did she get it?" has an answer.
pub trait FlightRecorder: Send + Sync {
    /// Never waits and never fails the caller; what cannot be taken down is counted and lost.
    fn record(&self, message: &MessageId, at: Timestamp, hop: Hop);
}

/// A step of a message on its way. Says who and how many, never what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hop {
    /// A webhook that was kept brought it.
    Delivered {
        source: &'static str,
        /// Its number in the intake journal.
        intake: i64,
        kept_at: Timestamp,
        /// It had been delivered before.
        again: bool,
    },
    /// It was handed to the sessions of these users, so many each.
    Announced { conversation: ConversationId, position: Position, sessions: Vec<(UserId, usize)> },
    /// Somebody asked to show it once more.
    ShownAgain { conversation: ConversationId, sessions: Vec<(UserId, usize)> },
    /// A session that came back was told what it had missed.
    Replayed { conversation: ConversationId, user: UserId, position: Position },
    /// Its delivery to the contact moved on.
    Status { status: Option<Status>, error_code: Option<String> },
}

/// Records nothing.
pub struct Unrecorded;

impl FlightRecorder for Unrecorded {
    fn record(&self, _: &MessageId, _: Timestamp, _: Hop) {}
}

/// Where hops are kept.
#[async_trait::async_trait]
pub trait Hops: Send + Sync {
    /// Adds hops, in this order.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: nothing was kept, or it is not known. So with every question below.
    async fn keep_hops(&self, hops: &[KeptHop]) -> Result<(), Unavailable>;

    /// The first `limit` hops of a message, in the order they were kept.
    async fn hops_of(&self, message: &MessageId, limit: usize)
    -> Result<Vec<KeptHop>, Unavailable>;

    /// Forgets hops that happened before an instant.
    async fn forget_hops(&self, when: Timestamp) -> Result<(), Unavailable>;
}

/// A hop as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptHop {
    pub message: MessageId,
    pub at: Timestamp,
    /// What happened, in a word.
    pub hop: String,
    /// A JSON object.
    pub details: Json,
}
