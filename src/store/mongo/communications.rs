use actors::domain::*;
use actors::ports::*;

use super::{Mongo, not_built};

#[async_trait::async_trait]
impl Communications for Mongo {
    async fn forgotten(&self, _: Timestamp, _: usize) -> Result<Vec<MessageId>, Unavailable> {
        Err(not_built())
    }

    async fn put_communication(&self, _: &Communication) -> Result<Put, Unavailable> {
        Err(not_built())
    }

    async fn communication(&self, _: &MessageId) -> Result<Option<Communication>, Unavailable> {
        Err(not_built())
    }

    async fn forget_anew(&self, _: &MessageId, _: Timestamp) -> Result<(), Unavailable> {
        Err(not_built())
    }

    async fn emitted(&self, _: &Communication) -> Result<(), Unavailable> {
        Err(not_built())
    }
}
