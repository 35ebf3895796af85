use std::sync::Arc;

use super::Unavailable;
use crate::domain::{
    Account, AccountId, Channel, ChannelId, ChannelKind, Contact, ContactId, MailAddress,
    PhoneNumber, PushToken, Timestamp, User, UserId,
};

/// Accounts, channels, users, contacts: reference data, upserted from outside.
///
/// Reading costs next to nothing for what was read lately; what one node writes, it reads back
/// at once.
#[async_trait::async_trait]
pub trait People: Send + Sync {
    /// # Errors
    ///
    /// [`Unavailable`]: unknown. So with every question below.
    async fn account(&self, id: &AccountId) -> Result<Option<Arc<Account>>, Unavailable>;
    async fn channel(&self, id: &ChannelId) -> Result<Option<Arc<Channel>>, Unavailable>;
    async fn user(&self, id: &UserId) -> Result<Option<Arc<User>>, Unavailable>;
    async fn contact(&self, id: &ContactId) -> Result<Option<Arc<Contact>>, Unavailable>;

    /// Every channel of an account, in the order they were first put.
    async fn channels_of(&self, account: &AccountId) -> Result<Vec<Arc<Channel>>, Unavailable>;

    /// The active users of an account, in the order they were first put.
    async fn members_of(&self, account: &AccountId) -> Result<Vec<Member>, Unavailable>;

    /// The channel that a provider names by this address.
    async fn channel_by_address(
        &self,
        kind: &ChannelKind,
        address: &str,
    ) -> Result<Option<Arc<Channel>>, Unavailable>;

    /// # Errors
    ///
    /// - [`PutError::OtherAccount`]: it is there and belongs to another account. Nothing changed.
    /// - [`PutError::Taken`]: another one has what must be unique (a channel's address). Nothing
    ///   changed.
    /// - [`PutError::Unavailable`]: nothing changed. So with every `put` below.
    async fn put_account(&self, account: &Account) -> Result<(), PutError>;
    async fn put_channel(&self, channel: &Channel) -> Result<(), PutError>;
    async fn put_user(&self, user: &User) -> Result<(), PutError>;
    async fn put_contact(&self, contact: &Contact) -> Result<(), PutError>;

    /// The oldest contact of an account with this number; `fresh` is kept and returned when
    /// there is none. Calls at the same time agree on one contact.
    async fn contact_by_phone(
        &self,
        phone: &PhoneNumber,
        fresh: Contact,
    ) -> Result<Arc<Contact>, Unavailable>;

    /// The oldest contact of an account with this mail address, whatever its case; `fresh` is kept
    /// and returned when there is none. Calls at the same time agree on one contact.
    async fn contact_by_email(
        &self,
        address: &MailAddress,
        fresh: Contact,
    ) -> Result<Arc<Contact>, Unavailable>;

    /// Another node changed this: what is remembered of it here is old.
    fn forget(&self, _: &super::Person) {}

    /// From now on these are told of what is put here, since they may remember it. Once.
    fn tell_changes_to(&self, _: Arc<dyn super::Cluster>) {}

    async fn put_push_token(&self, token: &PushToken) -> Result<(), Unavailable>;
    async fn drop_push_token(&self, token: &PushToken) -> Result<(), Unavailable>;
    async fn push_tokens(&self, user: &UserId) -> Result<Vec<PushToken>, Unavailable>;
}

/// A user, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub user: Arc<User>,
    /// When they were first put.
    pub since: Timestamp,
}

#[derive(Debug, thiserror::Error)]
pub enum PutError {
    #[error("it belongs to another account")]
    OtherAccount,
    #[error("another one has the same address")]
    Taken,
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}
