use actors::domain::*;
use actors::ports::*;

use super::{Mongo, not_built};

#[async_trait::async_trait]
impl Scheduled for Mongo {
    async fn schedule(&self, _: &ScheduledMessage) -> Result<ScheduledMessage, Unavailable> {
        Err(not_built())
    }

    async fn scheduled_in(
        &self,
        _: &ConversationId,
        _: usize,
    ) -> Result<Vec<ScheduledMessage>, Unavailable> {
        Err(not_built())
    }

    async fn scheduled_due(
        &self,
        _: Timestamp,
        _: usize,
    ) -> Result<Vec<ScheduledMessage>, Unavailable> {
        Err(not_built())
    }

    async fn claim_scheduled(&self, _: &MessageId) -> Result<bool, Unavailable> {
        Err(not_built())
    }

    async fn withdraw_scheduled(
        &self,
        _: &ConversationId,
        _: &MessageId,
    ) -> Result<bool, Unavailable> {
        Err(not_built())
    }

    async fn forget_scheduled(&self, _: &MessageId) -> Result<(), Unavailable> {
        Err(not_built())
    }
}
