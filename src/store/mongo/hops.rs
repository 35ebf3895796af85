use actors::domain::*;
use actors::ports::*;

use super::{Mongo, not_built};

#[async_trait::async_trait]
impl Hops for Mongo {
    async fn hops_of(&self, _: &MessageId, _: usize) -> Result<Vec<KeptHop>, Unavailable> {
        Err(not_built())
    }

    async fn keep_hops(&self, _: &[KeptHop]) -> Result<(), Unavailable> {
        Err(not_built())
    }

    async fn forget_hops(&self, _: Timestamp) -> Result<(), Unavailable> {
        Err(not_built())
    }
}
