use std::sync::Arc;

use super::Unavailable;
use crate::domain::{
    AccountId, Contact, ContactId, ConversationId, MessageId, Placed, Timestamp, UserId, Words,
};

/// Messages and contacts by the words in them.
///
/// What was committed may be found a moment later only; whoever asks is shown what waits to be
/// found, unless very much does.
#[async_trait::async_trait]
pub trait Search: Send + Sync {
    /// Messages that hold all words ([`Words::hold_in`]), the latest `created_at` first; of one
    /// instant in an order that stays. A page must cost the same however many there are.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown. So with every question below.
    async fn search_messages(&self, query: &MessageSearch) -> Result<Vec<Placed>, Unavailable>;

    /// Contacts in whose name, address, number or company all words begin ([`Words::begin_in`]),
    /// those that were put last first.
    async fn search_contacts(
        &self,
        query: &ContactSearch,
    ) -> Result<Vec<Arc<Contact>>, Unavailable>;

    /// Those of these conversations of one account in which a message that is no note holds all
    /// words, or whose contact is found by them.
    async fn which_match(
        &self,
        account: &AccountId,
        words: &Words,
        conversations: &[ConversationId],
    ) -> Result<Vec<ConversationId>, Unavailable>;

    /// Has up to `limit` of what was committed be found from now on. How many there were; call
    /// again while it is not zero. A store whose index follows by itself has none.
    async fn index_waiting(&self, limit: usize) -> Result<usize, Unavailable>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageSearch {
    pub account: AccountId,
    pub words: Words,
    pub reader: Reader,
    pub cut: Option<SearchCut>,
    pub limit: usize,
}

/// For whom is searched. The store leaves out what they surely may not see, so that pages are full;
/// what they may see of the rest is for [`crate::domain::Conversation::sight`] to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reader {
    /// No notes.
    Team,
    /// Where they take part: no notes but those they wrote or are mentioned in.
    User(UserId),
}

/// Where a page of messages begins; what stands exactly here is not part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchCut {
    pub at: Timestamp,
    pub message: MessageId,
    pub conversation: ConversationId,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactSearch {
    pub account: AccountId,
    pub words: Words,
    /// Those that were put before this one.
    pub before: Option<ContactId>,
    pub limit: usize,
}
