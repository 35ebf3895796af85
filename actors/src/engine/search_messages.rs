use std::collections::HashMap;
use std::sync::Arc;

use super::{Caller, Engine, Failure, Team};
use crate::domain::{
    AccountId, ChannelId, Conversation, ConversationId, Placed, Sight, Viewer, Words,
};
use crate::ports::{MessageSearch, Reader, SearchCut, Unavailable};
use crate::view::{Composer, MessageView};

/// Messages that hold all of these words, wherever whoever asks may see them.
#[derive(Clone, Debug)]
pub struct SearchMessages {
    pub words: Words,
    /// Only in conversations on this channel.
    pub channel: Option<ChannelId>,
    pub cut: Option<SearchCut>,
    pub limit: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct FoundMessages {
    /// The latest first.
    pub messages: Vec<MessageView>,
    /// Where the next page begins; `None` when there is nothing more for whoever asks.
    pub next: Option<SearchCut>,
}

impl SearchMessages {
    pub const DEFAULT_LIMIT: usize = 20;
    pub const MAX_LIMIT: usize = 100;
    /// Longest text that is searched for, in characters.
    pub const MAX_CHARS: usize = 200;
}

/// Messages read in one go once what may not be seen made the first read fall short.
const FURTHER: usize = 200;

impl Engine {
    /// Where the caller takes part: public messages, and notes that they wrote or are mentioned in.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when the channel is unknown in the caller's account.
    pub async fn search_messages(
        &self,
        caller: &Caller,
        ask: &SearchMessages,
    ) -> Result<FoundMessages, Failure> {
        if let Some(channel) = &ask.channel {
            self.known_channel(caller, channel).await?;
        }
        let viewer = Viewer::User(caller.user.clone());
        Ok(self.found(&caller.account, &viewer, ask).await?)
    }

    /// Public messages of the account.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when the channel is unknown in the account.
    pub async fn search_for_team(
        &self,
        team: &Team,
        ask: &SearchMessages,
    ) -> Result<FoundMessages, Failure> {
        if let Some(channel) = &ask.channel {
            self.channel_of(&team.account, channel).await?;
        }
        Ok(self.found(&team.account, &Viewer::Team, ask).await?)
    }

    async fn found(
        &self,
        account: &AccountId,
        viewer: &Viewer,
        ask: &SearchMessages,
    ) -> Result<FoundMessages, Unavailable> {
        let reader = match viewer {
            Viewer::Team => Reader::Team,
            Viewer::User(user) => Reader::User(user.clone()),
        };
        let mut query = MessageSearch {
            account: account.clone(),
            words: ask.words.clone(),
            reader,
            cut: ask.cut.clone(),
            limit: ask.limit + 1,
        };
        let mut known = Known::default();
        let mut seen: Vec<(Placed, Sight, Arc<Conversation>)> = Vec::new();
        loop {
            let page = self.store.search_messages(&query).await?;
            let at_the_end = page.len() < query.limit;
            query.cut = page.last().map(cut);
            for placed in page {
                let Some(there) = known.conversation(self, &placed.conversation).await? else {
                    continue;
                };
                let here = there.key.account == *account
                    && ask.channel.as_ref().is_none_or(|channel| *channel == there.key.channel);
                // Only what may be seen makes a page: a short one would betray what was left out.
                if let Some(sight) = there.sight(&placed.message, viewer).filter(|_| here) {
                    seen.push((placed, sight, there));
                }
            }
            if at_the_end || seen.len() > ask.limit {
                break;
            }
            query.limit = FURTHER;
        }
        let more = seen.len() > ask.limit;
        seen.truncate(ask.limit);
        let next = seen.last().filter(|_| more).map(|(placed, ..)| cut(placed));
        let mut messages = Vec::with_capacity(seen.len());
        for (placed, sight, there) in seen {
            let composer = Composer::new(&*self.store, &*self.links, there, self.clock.now());
            messages.push(composer.message(&placed.message, sight).await?);
        }
        Ok(FoundMessages { messages, next })
    }
}

fn cut(placed: &Placed) -> SearchCut {
    SearchCut {
        at: placed.message.created_at,
        message: placed.message.id.clone(),
        conversation: placed.conversation.clone(),
    }
}

/// Conversations of one answer, each read once.
#[derive(Default)]
struct Known(HashMap<ConversationId, Option<Arc<Conversation>>>);

impl Known {
    async fn conversation(
        &mut self,
        engine: &Engine,
        id: &ConversationId,
    ) -> Result<Option<Arc<Conversation>>, Unavailable> {
        if let Some(known) = self.0.get(id) {
            return Ok(known.clone());
        }
        let found = engine.store.load(id).await?.map(Arc::new);
        self.0.insert(id.clone(), found.clone());
        Ok(found)
    }
}
