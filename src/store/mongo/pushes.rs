use actors::domain::*;
use actors::ports::*;

use super::{Mongo, not_built};

#[async_trait::async_trait]
impl PushLog for Mongo {
    async fn keep_push_decisions(
        &self,
        _: &[PushDecision],
        _: Timestamp,
        _: Option<Position>,
    ) -> Result<(), Unavailable> {
        Err(not_built())
    }

    async fn push_decided_up_to(&self) -> Result<Position, Unavailable> {
        Err(not_built())
    }

    async fn pushes_due(&self, _: Timestamp, _: usize) -> Result<Vec<DuePush>, Unavailable> {
        Err(not_built())
    }

    async fn pushing(&self, _: &[(MessageId, UserId)], _: Timestamp) -> Result<(), Unavailable> {
        Err(not_built())
    }

    async fn put_push_off(
        &self,
        _: &(MessageId, UserId),
        _: Timestamp,
        _: &[String],
    ) -> Result<(), Unavailable> {
        Err(not_built())
    }

    async fn settle_push(
        &self,
        _: &(MessageId, UserId),
        _: PushReason,
        _: Timestamp,
    ) -> Result<(), Unavailable> {
        Err(not_built())
    }

    async fn pushes_of(&self, _: &MessageId) -> Result<Vec<PushDecision>, Unavailable> {
        Err(not_built())
    }

    async fn forget_pushes(&self, _: Timestamp) -> Result<(), Unavailable> {
        Err(not_built())
    }
}
