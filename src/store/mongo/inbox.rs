use actors::domain::*;
use actors::ports::*;

use super::{Mongo, not_built};

#[async_trait::async_trait]
impl Inbox for Mongo {
    async fn page(&self, _: &InboxQuery) -> Result<Vec<InboxRow>, Unavailable> {
        Err(not_built())
    }

    async fn snoozes_over(
        &self,
        _: Timestamp,
        _: usize,
    ) -> Result<Vec<(ConversationId, UserId)>, Unavailable> {
        Err(not_built())
    }
}
