//! Announcements; none is ever forgotten.
use async_trait::async_trait;

use super::MemoryStore;
use crate::domain::*;
use crate::ports::*;

#[async_trait]
impl Log for MemoryStore {
    async fn tail(&self) -> Result<Position, Unavailable> {
        Ok(Position(self.read().log.len() as u64))
    }

    async fn floor(&self) -> Result<Position, Unavailable> {
        Ok(Position(0))
    }

    async fn forget_before(&self, _: Timestamp) -> Result<(), Unavailable> {
        Ok(())
    }

    async fn entries_after(
        &self,
        position: Position,
        limit: usize,
    ) -> Result<Vec<Entry>, Unavailable> {
        let kept = self.read();
        let later = |entry: &&Entry| entry.position > position;
        Ok(kept.log.iter().filter(later).take(limit).cloned().collect())
    }
}
