//! What other services wrote.
use async_trait::async_trait;

use super::MemoryStore;
use crate::domain::*;
use crate::ports::*;

#[async_trait]
impl Communications for MemoryStore {
    async fn put_communication(&self, communication: &Communication) -> Result<Put, Unavailable> {
        let id = communication.message.id.clone();
        self.kept().communications.insert(id, communication.clone());
        Ok(Put::Stored)
    }

    async fn communication(&self, id: &MessageId) -> Result<Option<Communication>, Unavailable> {
        Ok(self.kept().communications.get(id).cloned())
    }

    async fn forgotten(&self, _: Timestamp, _: usize) -> Result<Vec<MessageId>, Unavailable> {
        Ok(Vec::new())
    }

    async fn forget_anew(&self, _: &MessageId, _: Timestamp) -> Result<(), Unavailable> {
        Ok(())
    }

    async fn emitted(&self, communication: &Communication) -> Result<(), Unavailable> {
        let id = communication.message.id.clone();
        self.kept().communications.insert(id, communication.clone());
        Ok(())
    }
}
