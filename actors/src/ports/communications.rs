use super::Unavailable;
use crate::domain::{Communication, MessageId, Timestamp};

/// Messages that outside services wrote and have yet to emit.
#[async_trait::async_trait]
pub trait Communications: Send + Sync {
    /// Keeps a communication that is not emitted; one that was keeps its content.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: nothing was kept. So with every question below.
    async fn put_communication(&self, communication: &Communication) -> Result<Put, Unavailable>;

    /// A communication, emitted or not, whichever way it came in.
    async fn communication(&self, id: &MessageId) -> Result<Option<Communication>, Unavailable>;

    /// Up to `limit` that were put before `when` and never emitted, oldest first.
    async fn forgotten(&self, when: Timestamp, limit: usize)
    -> Result<Vec<MessageId>, Unavailable>;

    /// Records where a communication stands, once it stands in all of them.
    async fn emitted(&self, communication: &Communication) -> Result<(), Unavailable>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    Stored,
    /// It was emitted before, with this very content.
    Same,
    /// It was emitted before, with other content. Nothing changed.
    Fixed,
}
