use std::sync::Arc;

use super::Unavailable;
use crate::domain::{
    AccountId, Contact, ContactId, ContextPatch, LabelFilter, LabelId, ProspectContext, ScoreRules,
    Timestamp, UserId, Valuation,
};

/// What teams keep about their contacts: one document for each contact, changed field by field.
///
/// Conversations carry a copy of some of it, and follow what is ordered for all of them. That they
/// still have to is kept with the very change, so that whoever dies in between is followed by one
/// who finds it.
#[async_trait::async_trait]
pub trait Prospects: Send + Sync {
    /// `None`: nothing was ever kept about this contact.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown. So with every question below.
    async fn context(&self, contact: &ContactId) -> Result<Option<ProspectContext>, Unavailable>;

    /// Those there are of so many contacts, in any order.
    async fn contexts(&self, contacts: &[ContactId]) -> Result<Vec<ProspectContext>, Unavailable>;

    /// Changes the fields that a patch names, all or none, as [`ProspectContext::patched`] says.
    /// What others change at the same time stays.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: perhaps changed; asking again is safe.
    async fn patch_context(
        &self,
        account: &AccountId,
        contact: &ContactId,
        patch: &ContextPatch,
        now: Timestamp,
    ) -> Result<Unspread, Unavailable>;

    /// Up to `limit` that were changed before an instant (the last time) and not spread since, the
    /// longest ago first.
    async fn unspread(&self, before: Timestamp, limit: usize)
    -> Result<Vec<Unspread>, Unavailable>;

    /// Every conversation follows a context of this version. One that changed meanwhile is still to
    /// be spread.
    async fn spread(&self, contact: &ContactId, version: u64) -> Result<(), Unavailable>;

    /// Takes a label off up to `limit` contacts, each of which is to be spread then. How many had it:
    /// fewer than `limit`, and nobody has it any more.
    async fn strip(
        &self,
        account: &AccountId,
        label: &LabelId,
        limit: usize,
        now: Timestamp,
    ) -> Result<usize, Unavailable>;

    /// The oldest contact of an account whom a platform knows by this id: `platform` of its details
    /// is this one or, for `x`, absent, and `platformId` is this text.
    async fn contact_on_platform(
        &self,
        account: &AccountId,
        platform: &str,
        id: &str,
    ) -> Result<Option<Arc<Contact>>, Unavailable>;

    /// The same, or `fresh`, which is kept then and says of itself that it is known there by this id.
    /// Calls at the same time agree on one contact.
    async fn meet_on_platform(
        &self,
        platform: &str,
        id: &str,
        fresh: Contact,
    ) -> Result<Arc<Contact>, Unavailable>;

    /// Some of an account's contacts. Costs the same wherever it begins, and never much: where the
    /// filter holds for few, it may find none and only say where to go on.
    async fn prospects(&self, query: &ProspectQuery) -> Result<ProspectPage, Unavailable>;

    /// How the conversations of so many contacts stand, in any order; without deleted ones.
    async fn threads_of(
        &self,
        account: &AccountId,
        contacts: &[ContactId],
    ) -> Result<Vec<ThreadState>, Unavailable>;

    /// What an account scores its contacts by; `None` when it never said.
    async fn score_rules(&self, account: &AccountId) -> Result<Option<ScoreRules>, Unavailable>;

    /// Keeps the rules of an account in place of those it had.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: perhaps kept; asking again is safe.
    async fn put_score_rules(
        &self,
        account: &AccountId,
        rules: &ScoreRules,
    ) -> Result<(), Unavailable>;
}

/// A context that conversations have yet to follow.
#[derive(Clone, Debug, PartialEq)]
pub struct Unspread {
    pub context: ProspectContext,
    /// Since the last spreading somebody ordered that all conversations be open, or closed.
    pub is_open: Option<bool>,
    /// Or that all be this user's, or nobody's.
    pub assignee: Option<Option<UserId>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ProspectQuery {
    pub account: AccountId,
    pub filter: LabelFilter,
    /// Also says where to begin.
    pub order: ProspectOrder,
    /// Most rows.
    pub limit: usize,
}

/// What stands exactly there is not part of it.
#[derive(Clone, Debug, PartialEq)]
pub enum ProspectOrder {
    /// Rising by id; those of ours rise with time.
    Id { after: Option<ContactId> },
    /// Falling by valuation, then by id. Who has none is not listed.
    Valuation { after: Option<(Valuation, ContactId)> },
}

impl ProspectOrder {
    /// The same order, beginning after a row.
    #[must_use]
    pub fn going_on_after(&self, row: &ProspectRow) -> Self {
        let id = row.contact.id.clone();
        match self {
            Self::Id { .. } => Self::Id { after: Some(id) },
            // Who is listed has one.
            Self::Valuation { .. } => {
                Self::Valuation { after: row.context.valuation.map(|valuation| (valuation, id)) }
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct ProspectPage {
    pub rows: Vec<ProspectRow>,
    /// Where to go on; `None` when nothing can come any more.
    pub next: Option<ProspectOrder>,
}

/// Of a conversation, what makes its contact done and somebody's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadState {
    pub contact: ContactId,
    pub is_open: bool,
    pub assignee: Option<UserId>,
}

/// A contact with what is kept about them; empty where nothing is.
#[derive(Clone, Debug, PartialEq)]
pub struct ProspectRow {
    pub contact: Arc<Contact>,
    pub context: ProspectContext,
}
