use actors::domain::*;
use actors::ports::*;

use super::{Mongo, not_built};

#[async_trait::async_trait]
impl Labels for Mongo {
    async fn tag(&self, _: &TagId) -> Result<Option<Tag>, Unavailable> {
        Err(not_built())
    }

    async fn contact_status(
        &self,
        _: &ContactStatusId,
    ) -> Result<Option<ContactStatus>, Unavailable> {
        Err(not_built())
    }

    async fn tags(&self, _: &AccountId) -> Result<Vec<Tag>, Unavailable> {
        Err(not_built())
    }

    async fn contact_statuses(&self, _: &AccountId) -> Result<Vec<ContactStatus>, Unavailable> {
        Err(not_built())
    }

    async fn put_tag(&self, _: &Tag) -> Result<(), PutError> {
        Err(not_built().into())
    }

    async fn put_contact_status(&self, _: &ContactStatus) -> Result<(), PutError> {
        Err(not_built().into())
    }
}
