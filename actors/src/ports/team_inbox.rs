use super::{Sort, Unavailable};
use crate::domain::{AccountId, ConversationId, TeamFilter, Timestamp};

/// An account's conversations, as the team lists them.
#[async_trait::async_trait]
pub trait TeamInbox: Send + Sync {
    /// A page of an account's conversations that a filter holds for.
    ///
    /// Order: what [`TeamOrder`] says, then conversation id; both falling for [`Sort::Newest`] and
    /// rising for [`Sort::Oldest`]. Which conversations belong is what [`TeamFilter::holds`] says.
    /// A page of one condition must cost the same however many conversations there are.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown. So with every question below.
    async fn team_page(&self, query: &TeamQuery) -> Result<Vec<TeamRow>, Unavailable>;

    /// How many conversations a filter holds for: counts no further than `at_most`.
    async fn team_count(
        &self,
        account: &AccountId,
        filter: &TeamFilter,
        at_most: u64,
    ) -> Result<u64, Unavailable>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamQuery {
    pub account: AccountId,
    pub filter: TeamFilter,
    pub order: TeamOrder,
    pub sort: Sort,
    pub cut: Option<TeamCut>,
    pub limit: usize,
}

/// By what a list of the team is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TeamOrder {
    /// [`crate::domain::Conversation::team_at`]
    Activity,
    /// [`crate::domain::Conversation::manual_at`]
    Manual,
    /// When it was begun, which nothing changes.
    Created,
}

/// Where a page begins; what stands exactly here is not part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamCut {
    pub at: Timestamp,
    /// Unset: every conversation of that instant is left out.
    pub id: Option<ConversationId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamRow {
    pub conversation: ConversationId,
    /// What it was ordered by.
    pub at: Timestamp,
}
