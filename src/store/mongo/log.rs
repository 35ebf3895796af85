use actors::domain::*;
use actors::ports::*;

use super::{Mongo, not_built};

#[async_trait::async_trait]
impl Log for Mongo {
    async fn tail(&self) -> Result<Position, Unavailable> {
        Err(not_built())
    }

    async fn floor(&self) -> Result<Position, Unavailable> {
        Err(not_built())
    }

    async fn forget_before(&self, _: Timestamp) -> Result<(), Unavailable> {
        Err(not_built())
    }

    async fn entries_after(&self, _: Position, _: usize) -> Result<Vec<Entry>, Unavailable> {
        Err(not_built())
    }
}
