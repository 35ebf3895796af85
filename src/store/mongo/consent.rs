use actors::domain::*;
use actors::ports::*;

use super::{Mongo, not_built};

#[async_trait::async_trait]
impl Consent for Mongo {
    async fn record_consent(&self, _: &ConsentEntry) -> Result<(), Unavailable> {
        Err(not_built())
    }

    async fn opted_out(&self, _: &ContactId, _: &ChannelId) -> Result<bool, Unavailable> {
        Err(not_built())
    }

    async fn consent_of(
        &self,
        _: &AccountId,
        _: &ContactId,
        _: usize,
    ) -> Result<Vec<ConsentEntry>, Unavailable> {
        Err(not_built())
    }

    async fn doubtful(
        &self,
        _: &AccountId,
        _: Option<u64>,
        _: usize,
    ) -> Result<Vec<Flagged>, Unavailable> {
        Err(not_built())
    }
}
