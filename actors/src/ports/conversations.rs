use super::Unavailable;
use crate::domain::{Change, Conversation, ConversationId, Key, Placed, Position};

/// The record of conversations. What is committed here is what happened.
#[async_trait::async_trait]
pub trait Conversations: Send + Sync {
    /// A conversation with its participants, former ones included; `None` when there is none.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown.
    async fn load(&self, id: &ConversationId) -> Result<Option<Conversation>, Unavailable>;

    /// The conversation of this account, contact and channel, unless it was deleted. A deleted one
    /// has no key any more: another one may take it.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown.
    async fn find(&self, key: &Key) -> Result<Option<ConversationId>, Unavailable>;

    /// Every conversation of one contact in one account, oldest first; without deleted ones.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown.
    async fn of_contact(
        &self,
        account: &crate::domain::AccountId,
        contact: &crate::domain::ContactId,
    ) -> Result<Vec<ConversationId>, Unavailable>;

    /// Keeps one change for good, whole or not at all: the conversation, its inbox rows, its
    /// message and what people are told. When this returns `Ok`, a crash loses nothing.
    ///
    /// A message whose id (or whose author and UUID, or whose provider id) stands in this
    /// conversation already is not kept again; the whole change is not.
    ///
    /// The message's communication is written, too. If it was put before, its content is fixed
    /// from now on, and it is marked as emitted if this is the only conversation it names; else
    /// [`super::Communications::emitted`] does so when it stands in all of them.
    ///
    /// Every position is named to [`crate::Watermark::committed`] before this returns, in the
    /// order of positions.
    ///
    /// # Errors
    ///
    /// - [`CommitError::Stale`]: the conversation is at another version, or another one has its
    ///   key. Nothing was kept; the caller's picture is old and it should stop and load again.
    /// - [`CommitError::Repeated`]: the message is there already, as told. Nothing was kept.
    /// - [`CommitError::StatusMoved`]: the message has another status than the change was decided
    ///   on. Nothing was kept.
    /// - [`CommitError::Unavailable`]: nothing was kept, or it is not known. Committing the same
    ///   change again is safe: it is kept once.
    async fn commit(&self, change: &Change) -> Result<Committed, CommitError>;

    /// Keeps changes of one conversation, each decided on the one before it, as
    /// [`Self::commit`] one after another would; but a store may sync once for all of them.
    ///
    /// One outcome for each change, in order, up to and with the first that failed: what was
    /// decided on a change that was not kept must not be kept either.
    async fn commit_all(&self, changes: &[Change]) -> Vec<Result<Committed, CommitError>> {
        let mut outcomes = Vec::with_capacity(changes.len());
        for change in changes {
            outcomes.push(self.commit(change).await);
            if outcomes.last().is_some_and(Result::is_err) {
                break;
            }
        }
        outcomes
    }

    /// Finishes up to `limit` commits that broke off after what they say was kept and before all
    /// of it was written out: by a crash, or a store that went away. How many there were; call again
    /// while it is not zero. Nothing depends on it but how soon: whoever loads such a conversation
    /// finishes it first.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: some may be finished; asking again is safe.
    async fn finish_commits(&self, _limit: usize) -> Result<usize, Unavailable> {
        Ok(0)
    }
}

/// A change is kept; nothing can lose it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// One rising position for each announcement of the change, in order.
    pub positions: Vec<Position>,
    /// The announcement before the first of them in this conversation; 0: there is none, or it is
    /// not known, and this node commits and shows everything in one order anyway.
    pub previous: Position,
}

#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    #[error("conversation changed meanwhile")]
    Stale,
    /// The status moved meanwhile; look at the message again.
    #[error("status moved meanwhile")]
    StatusMoved,
    #[error("message was committed before")]
    Repeated(Box<Placed>),
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}
