use std::sync::Arc;

use futures_util::future::try_join_all;

use super::{Caller, Engine, Failure, ListMessages, MessageList, Place};
use crate::domain::{ChannelId, Conversation, InboxRow, State, Timestamp};
use crate::ports::{Direction, InboxCut, InboxQuery, Sort};
use crate::view::{Composer, ConversationView};

/// A page of the caller's conversations on one channel.
#[derive(Clone, Debug)]
pub struct ListConversations {
    pub channel: ChannelId,
    pub state: State,
    pub sort: Sort,
    pub limit: usize,
    pub cut: Option<InboxCut>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ConversationList {
    pub conversations: Vec<ConversationView>,
    /// The newest messages of the page's first conversation.
    pub first: Option<MessageList>,
    pub next: Option<InboxCut>,
}

impl ListConversations {
    pub const DEFAULT_LIMIT: usize = 20;
    pub const MAX_LIMIT: usize = 100;
}

impl Engine {
    /// # Errors
    ///
    /// [`Failure::NotFound`] when the channel is unknown in the caller's account.
    pub async fn list_conversations(
        &self,
        caller: &Caller,
        ask: ListConversations,
    ) -> Result<ConversationList, Failure> {
        self.known_channel(caller, &ask.channel).await?;
        let now = self.clock.now();
        let query = InboxQuery {
            user: caller.user.clone(),
            channel: ask.channel.clone(),
            state: ask.state,
            sort: ask.sort,
            cut: ask.cut,
            limit: ask.limit + 1,
            now,
        };
        let mut rows = self.store.page(&query).await?;
        let next = next_cut(&rows, ask.limit);
        rows.truncate(ask.limit);

        let read = rows.iter().map(|row| self.shown(caller, row, now));
        let shown: Vec<_> = try_join_all(read).await?.into_iter().flatten().collect();
        let first = match shown.first() {
            Some(view) => Some(self.newest(caller, Arc::clone(&view.conversation)).await?),
            None => None,
        };
        Ok(ConversationList { conversations: shown, first, next })
    }

    /// `None` when the caller was taken out between the list and the look.
    async fn shown(
        &self,
        caller: &Caller,
        row: &InboxRow,
        now: Timestamp,
    ) -> Result<Option<ConversationView>, Failure> {
        let Some(conversation) = self.store.load(&row.conversation).await? else {
            return Ok(None);
        };
        let Some(own) = conversation.participant(&caller.user).cloned() else { return Ok(None) };
        let mut composer = Composer::new(&*self.store, &*self.links, Arc::new(conversation), now);
        Ok(Some(composer.conversation(&own).await?))
    }

    async fn newest(
        &self,
        caller: &Caller,
        conversation: Arc<Conversation>,
    ) -> Result<MessageList, Failure> {
        let ask = ListMessages {
            place: Place { conversation: conversation.id.clone(), channel: None },
            limit: ListMessages::DEFAULT_LIMIT,
            direction: Direction::Older,
            cut: None,
        };
        self.page_of(caller, conversation, &ask).await
    }
}

/// A plain instant where that loses nothing; with the id where the next row shares the instant,
/// and with id and band as long as the next row is in the pinned band.
fn next_cut(rows: &[InboxRow], limit: usize) -> Option<InboxCut> {
    let following = rows.get(limit)?;
    let last = rows.get(limit.checked_sub(1)?)?;
    let exact = last.show_on_top || following.at == last.at;
    Some(InboxCut {
        pinned: last.show_on_top,
        at: last.at,
        id: exact.then(|| last.conversation.clone()),
    })
}
