//! What the memory store does not keep, since no actor asks for it.

use std::time::Duration;

use async_trait::async_trait;

use super::MemoryStore;
use crate::domain::*;
use crate::ports::*;

fn unkept() -> Unavailable {
    Unavailable::new("archiving", "not kept in memory")
}

#[async_trait]
impl Archive for MemoryStore {
    async fn admit_conversation(&self, _: &ArchivedConversation) -> Result<(), ArchiveError> {
        Err(unkept().into())
    }

    async fn keep_conversation(&self, _: &ArchivedConversation) -> Result<Kept, ArchiveError> {
        Err(unkept().into())
    }

    async fn admit_message(&self, _: &ArchivedMessage) -> Result<(), ArchiveError> {
        Err(unkept().into())
    }

    async fn keep_messages(
        &self,
        _: &ConversationId,
        _: &[ArchivedMessage],
    ) -> Result<(), ArchiveError> {
        Err(unkept().into())
    }
}

#[async_trait]
impl Leases for MemoryStore {
    async fn hold_lease(&self, _: &str, _: &str, _: Duration) -> Result<bool, Unavailable> {
        Ok(true)
    }

    async fn give_lease_back(&self, _: &str, _: &str) -> Result<(), Unavailable> {
        Ok(())
    }
}

#[async_trait]
impl Export for MemoryStore {
    async fn records(
        &self,
        _: RecordKind,
        _: Option<&str>,
        _: usize,
    ) -> Result<Vec<Record>, Unavailable> {
        Err(unkept())
    }
}
