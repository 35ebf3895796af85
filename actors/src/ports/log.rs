use super::Unavailable;
use crate::domain::{Entry, Position, Timestamp};

/// What people were told, in the order it was committed: from it, sessions that come back are
/// told what they missed.
#[async_trait::async_trait]
pub trait Log: Send + Sync {
    /// The newest position up to which nothing can come in between any more; zero when nothing was
    /// ever committed.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown. So with every question below.
    async fn tail(&self) -> Result<Position, Unavailable>;

    /// Everything after this is still here; what is older may have been forgotten.
    async fn floor(&self) -> Result<Position, Unavailable>;

    /// Forgets entries that were committed before an instant.
    async fn forget_before(&self, when: Timestamp) -> Result<(), Unavailable>;

    /// Up to `limit` entries after a position, oldest first, only as far as nothing can come in
    /// between any more: a position that is missing among them is no announcement.
    async fn entries_after(
        &self,
        position: Position,
        limit: usize,
    ) -> Result<Vec<Entry>, Unavailable>;
}
