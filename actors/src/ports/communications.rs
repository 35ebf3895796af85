use super::Unavailable;
use crate::domain::{Communication, MessageId, Timestamp};

/// Messages that outside services wrote and have yet to emit.
#[async_trait::async_trait]
pub trait Communications: Send + Sync {
    /// Keeps a communication that nobody has seen; one that stands in a conversation keeps its
    /// content. One of another account is answered as [`Put::Fixed`].
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: nothing was kept. So with every question below.
    async fn put_communication(&self, communication: &Communication) -> Result<Put, Unavailable>;

    /// A communication, emitted or not, whichever way it came in.
    async fn communication(&self, id: &MessageId) -> Result<Option<Communication>, Unavailable>;

    /// Up to `limit` that were put before `when` (the last time) and are not marked as emitted,
    /// oldest first. One whose emit broke off between two conversations is among them.
    async fn forgotten(&self, when: Timestamp, limit: usize)
    -> Result<Vec<MessageId>, Unavailable>;

    /// One that cannot be delivered: it is forgotten anew from now on, behind all others.
    async fn forget_anew(&self, id: &MessageId, now: Timestamp) -> Result<(), Unavailable>;

    /// Records where a communication stands, once it stands in all of them.
    async fn emitted(&self, communication: &Communication) -> Result<(), Unavailable>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    Stored,
    /// It was shown before, with this very content.
    Same,
    /// It was shown before, with other content. Nothing changed.
    Fixed,
}
