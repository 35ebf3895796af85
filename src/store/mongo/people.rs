use std::sync::Arc;

use actors::domain::*;
use actors::ports::*;

use super::{Mongo, not_built};

#[async_trait::async_trait]
impl People for Mongo {
    async fn account(&self, _: &AccountId) -> Result<Option<Arc<Account>>, Unavailable> {
        Err(not_built())
    }

    async fn channel(&self, _: &ChannelId) -> Result<Option<Arc<Channel>>, Unavailable> {
        Err(not_built())
    }

    async fn user(&self, _: &UserId) -> Result<Option<Arc<User>>, Unavailable> {
        Err(not_built())
    }

    async fn contact(&self, _: &ContactId) -> Result<Option<Arc<Contact>>, Unavailable> {
        Err(not_built())
    }

    async fn channel_by_address(
        &self,
        _: &ChannelKind,
        _: &str,
    ) -> Result<Option<Arc<Channel>>, Unavailable> {
        Err(not_built())
    }

    async fn put_account(&self, _: &Account) -> Result<(), PutError> {
        Err(not_built().into())
    }

    async fn put_channel(&self, _: &Channel) -> Result<(), PutError> {
        Err(not_built().into())
    }

    async fn put_user(&self, _: &User) -> Result<(), PutError> {
        Err(not_built().into())
    }

    async fn put_contact(&self, _: &Contact) -> Result<(), PutError> {
        Err(not_built().into())
    }

    async fn contact_by_phone(
        &self,
        _: &PhoneNumber,
        _: Contact,
    ) -> Result<Arc<Contact>, Unavailable> {
        Err(not_built())
    }

    async fn contact_by_email(
        &self,
        _: &MailAddress,
        _: Contact,
    ) -> Result<Arc<Contact>, Unavailable> {
        Err(not_built())
    }

    async fn put_push_token(&self, _: &PushToken) -> Result<(), Unavailable> {
        Err(not_built())
    }

    async fn drop_push_token(&self, _: &PushToken) -> Result<(), Unavailable> {
        Err(not_built())
    }

    async fn push_tokens(&self, _: &UserId) -> Result<Vec<PushToken>, Unavailable> {
        Err(not_built())
    }
}
