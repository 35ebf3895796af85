use actors::domain::*;
use actors::ports::*;

use super::{Mongo, not_built};

#[async_trait::async_trait]
impl Conversations for Mongo {
    async fn load(&self, _: &ConversationId) -> Result<Option<Conversation>, Unavailable> {
        Err(not_built())
    }

    async fn find(&self, _: &Key) -> Result<Option<ConversationId>, Unavailable> {
        Err(not_built())
    }

    async fn of_contact(
        &self,
        _: &AccountId,
        _: &ContactId,
    ) -> Result<Vec<ConversationId>, Unavailable> {
        Err(not_built())
    }

    async fn commit(&self, _: &Change) -> Result<Committed, CommitError> {
        Err(not_built().into())
    }
}
