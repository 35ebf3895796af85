use std::sync::Arc;

use super::{Caller, Engine, Failure, Place};
use crate::domain::{Conversation, Placed, Sight, Viewer};
use crate::ports::{Cut, Direction, Unavailable};
use crate::view::{Composer, ConversationView, MessageView};

/// A page of a conversation's messages.
#[derive(Clone, Debug)]
pub struct ListMessages {
    pub place: Place,
    pub limit: usize,
    pub direction: Direction,
    pub cut: Option<Cut>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct MessageList {
    pub conversation: ConversationView,
    pub messages: Vec<MessageView>,
    /// Where the next page begins; `None` when the viewer may see nothing more that way.
    pub next: Option<Cut>,
}

impl ListMessages {
    pub const DEFAULT_LIMIT: usize = 20;
    pub const MAX_LIMIT: usize = 100;
}

/// Raw messages read at a time once hidden ones made the first read fall short.
const FURTHER: usize = 200;

impl Engine {
    /// # Errors
    ///
    /// [`Failure::NotFound`] when the caller takes no part.
    pub async fn list_messages(
        &self,
        caller: &Caller,
        ask: &ListMessages,
    ) -> Result<MessageList, Failure> {
        let conversation = self.read(caller, &ask.place).await?;
        self.page_of(caller, conversation, ask).await
    }

    /// A page of a conversation that the caller was found to take part in.
    pub(super) async fn page_of(
        &self,
        caller: &Caller,
        conversation: Arc<Conversation>,
        ask: &ListMessages,
    ) -> Result<MessageList, Failure> {
        let own = caller.own(&conversation)?.clone();
        let viewer = Viewer::User(caller.user.clone());
        let mut seen = self
            .visible(&conversation, &viewer, ask.cut.clone(), ask.direction, ask.limit + 1)
            .await?;
        let next = next_cut(&seen, ask.limit);
        seen.truncate(ask.limit);

        let mut composer =
            Composer::new(&*self.store, &*self.links, conversation, self.clock.now());
        let mut messages = Vec::with_capacity(seen.len());
        for (placed, sight) in seen {
            messages.push(composer.message(&placed.message, sight).await?);
        }
        Ok(MessageList { conversation: composer.conversation(&own).await?, messages, next })
    }

    /// The first `wanted` messages after a cut that this viewer may see. Filtered first and cut
    /// afterwards: a short page would betray what was left out.
    pub(super) async fn visible(
        &self,
        conversation: &Conversation,
        viewer: &Viewer,
        mut cut: Option<Cut>,
        direction: Direction,
        wanted: usize,
    ) -> Result<Vec<(Placed, Sight)>, Unavailable> {
        let mut seen = Vec::with_capacity(wanted);
        let mut read = wanted;
        loop {
            let page = self.store.messages(&conversation.id, cut.as_ref(), direction, read).await?;
            let at_the_end = page.len() < read;
            if let Some(Placed { message, .. }) = page.last() {
                cut = Some(Cut { at: message.created_at, id: Some(message.id.clone()) });
            }
            seen.extend(page.into_iter().filter_map(|placed| {
                conversation.sight(&placed.message, viewer).map(|sight| (placed, sight))
            }));
            if at_the_end || seen.len() >= wanted {
                seen.truncate(wanted);
                return Ok(seen);
            }
            read = FURTHER;
        }
    }
}

/// A plain instant where that loses nothing, with the id where others share the instant.
fn next_cut(seen: &[(Placed, Sight)], limit: usize) -> Option<Cut> {
    let following = &seen.get(limit)?.0.message;
    let last = &seen.get(limit.checked_sub(1)?)?.0.message;
    let shared = following.created_at == last.created_at;
    Some(Cut { at: last.created_at, id: shared.then(|| last.id.clone()) })
}
