use super::Unavailable;
use crate::domain::{ChannelId, ConversationId, InboxRow, State, Timestamp, UserId};

/// One participant's list of conversations.
#[async_trait::async_trait]
pub trait Inbox: Send + Sync {
    /// A page of the conversations this user takes part in now.
    ///
    /// Order: pinned ones first, then last visible activity, then conversation id; both of the
    /// latter falling for [`Sort::Newest`] and rising for [`Sort::Oldest`]. Which rows belong is
    /// what [`State::holds`] says. A page must cost the same however many there are.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown.
    async fn page(&self, query: &InboxQuery) -> Result<Vec<InboxRow>, Unavailable>;

    /// Up to `limit` participants whose snooze is set and over, the longest over first.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown.
    async fn snoozes_over(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(ConversationId, UserId)>, Unavailable>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxQuery {
    pub user: UserId,
    pub channel: ChannelId,
    pub state: State,
    pub sort: Sort,
    pub cut: Option<InboxCut>,
    pub limit: usize,
    /// Snoozes that end here or before are over.
    pub now: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    Newest,
    Oldest,
}

/// Where a page begins; what stands exactly here is not part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxCut {
    /// Among the pinned ones; all others come after it.
    pub pinned: bool,
    pub at: Timestamp,
    /// Unset: every conversation of that instant (in its band) is left out.
    pub id: Option<ConversationId>,
}
