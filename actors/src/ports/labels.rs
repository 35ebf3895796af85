use super::{PutError, Unavailable};
use crate::domain::{AccountId, ContactStatus, ContactStatusId, LabelId, Tag, TagId};

/// What teams sort their contacts by: reference data, upserted from outside.
#[async_trait::async_trait]
pub trait Labels: Send + Sync {
    /// # Errors
    ///
    /// [`Unavailable`]: unknown. So with every question below.
    async fn tag(&self, id: &TagId) -> Result<Option<Tag>, Unavailable>;
    async fn contact_status(
        &self,
        id: &ContactStatusId,
    ) -> Result<Option<ContactStatus>, Unavailable>;

    /// Every tag of an account, by name.
    async fn tags(&self, account: &AccountId) -> Result<Vec<Tag>, Unavailable>;

    /// Every status of an account, in the order of its pipeline.
    async fn contact_statuses(
        &self,
        account: &AccountId,
    ) -> Result<Vec<ContactStatus>, Unavailable>;

    /// # Errors
    ///
    /// - [`PutError::OtherAccount`]: it is there and belongs to another account.
    /// - [`PutError::Taken`]: another one of the account has its name, or this one was taken away and
    ///   contacts still have it.
    /// - [`PutError::Unavailable`]. Nothing changed, in every case; so with the `put` below.
    async fn put_tag(&self, tag: &Tag) -> Result<(), PutError>;
    async fn put_contact_status(&self, status: &ContactStatus) -> Result<(), PutError>;

    /// Takes a label away: from now on there is none of this id, and its name is free. Contacts keep
    /// it, unseen, until [`super::Prospects::strip`] took it off. `false`: the account has none of
    /// this id.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: perhaps done; asking again is safe.
    async fn retire_label(&self, account: &AccountId, label: &LabelId)
    -> Result<bool, Unavailable>;

    /// Up to `limit` labels that were taken away and that contacts may still have.
    async fn retired_labels(&self, limit: usize) -> Result<Vec<(AccountId, LabelId)>, Unavailable>;

    /// No contact has it any more.
    async fn forget_label(&self, label: &LabelId) -> Result<(), Unavailable>;
}
