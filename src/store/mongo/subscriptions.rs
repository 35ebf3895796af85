use actors::domain::*;
use actors::ports::*;

use super::{Mongo, not_built};

#[async_trait::async_trait]
impl Subscriptions for Mongo {
    async fn subscription(&self, _: &SubscriptionId) -> Result<Option<Standing>, Unavailable> {
        Err(not_built())
    }

    async fn subscriptions_of(&self, _: &AccountId) -> Result<Vec<Standing>, Unavailable> {
        Err(not_built())
    }

    async fn subscriptions_in_force(&self, _: usize) -> Result<Vec<Standing>, Unavailable> {
        Err(not_built())
    }

    async fn any_subscription(&self) -> Result<bool, Unavailable> {
        Err(not_built())
    }

    async fn put_subscription(&self, _: &Subscription, _: &Progress) -> Result<(), SubscribeError> {
        Err(not_built().into())
    }

    async fn drop_subscription(&self, _: &SubscriptionId) -> Result<bool, Unavailable> {
        Err(not_built())
    }

    async fn settle(&self, _: &SubscriptionId, _: u64, _: &Settled) -> Result<bool, Unavailable> {
        Err(not_built())
    }

    async fn rewind(&self, _: &SubscriptionId, _: &Progress) -> Result<bool, Unavailable> {
        Err(not_built())
    }

    async fn parked(&self, _: &SubscriptionId, _: usize) -> Result<Vec<Parked>, Unavailable> {
        Err(not_built())
    }

    async fn log_of(
        &self,
        _: &AccountId,
        _: Position,
        _: Position,
        _: usize,
    ) -> Result<LogPage, Unavailable> {
        Err(not_built())
    }

    async fn position_before(&self, _: Timestamp) -> Result<Option<Position>, Unavailable> {
        Err(not_built())
    }
}
