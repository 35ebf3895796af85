use actors::domain::*;
use actors::ports::*;

use super::{Mongo, not_built};

#[async_trait::async_trait]
impl Archive for Mongo {
    async fn admit_conversation(&self, _: &ArchivedConversation) -> Result<(), ArchiveError> {
        Err(not_built().into())
    }

    async fn keep_conversation(&self, _: &ArchivedConversation) -> Result<Kept, ArchiveError> {
        Err(not_built().into())
    }

    async fn admit_message(&self, _: &ArchivedMessage) -> Result<(), ArchiveError> {
        Err(not_built().into())
    }

    async fn keep_messages(
        &self,
        _: &ConversationId,
        _: &[ArchivedMessage],
    ) -> Result<(), ArchiveError> {
        Err(not_built().into())
    }
}
