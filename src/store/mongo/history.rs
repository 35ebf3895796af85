use actors::domain::*;
use actors::ports::*;

use super::{Mongo, not_built};

#[async_trait::async_trait]
impl History for Mongo {
    async fn messages(
        &self,
        _: &ConversationId,
        _: Option<&Cut>,
        _: Direction,
        _: usize,
    ) -> Result<Vec<Placed>, Unavailable> {
        Err(not_built())
    }

    async fn message(
        &self,
        _: &ConversationId,
        _: &MessageId,
    ) -> Result<Option<Placed>, Unavailable> {
        Err(not_built())
    }

    async fn message_by_uuid(
        &self,
        _: &ConversationId,
        _: &UserId,
        _: &Uuid,
    ) -> Result<Option<Placed>, Unavailable> {
        Err(not_built())
    }

    async fn committed_after(
        &self,
        _: &ConversationId,
        _: Seq,
        _: usize,
    ) -> Result<Vec<Placed>, Unavailable> {
        Err(not_built())
    }
}
