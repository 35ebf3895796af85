use std::collections::{HashMap, HashSet};
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::{Arc, Mutex as Lock, MutexGuard, PoisonError};

use futures_util::future::try_join_all;
use tokio::sync::Mutex;

use super::window::{Told, Window};
use crate::domain::{
    Announcement, Conversation, ConversationId, Entry, Message, MessageId, Position, UserId,
};
use crate::ports::{Store, Unavailable};

/// The newest stretch of the log in memory, so that a storm of sessions that come back costs one
/// read of the store and not one each.
///
/// A session enters the directory before it asks here, and what is shown is remembered here
/// before it is handed to sessions: whatever is not yet here reaches the session live. What other nodes
/// committed is remembered by name, and looked up when somebody comes back who takes part.
pub struct Recent {
    store: Arc<dyn Store>,
    /// Most entries remembered; a session further behind than this has to list anew.
    most: usize,
    /// Held for a few instructions, so that nothing that is shown waits for the store.
    window: Lock<Window>,
    /// One looks up what is missing, the others wait: they would look up the same.
    looking: Mutex<()>,
}

/// One announcement, with its message and its conversation as it is now.
#[derive(Clone, Debug)]
pub struct Remembered {
    pub position: Position,
    pub conversation: Arc<Conversation>,
    pub announcement: Announcement,
    pub message: Option<Arc<Message>>,
}

/// Positions read from the store beyond what was asked for, so that sessions that were cut at
/// about the same time share one read.
const READ_AHEAD: u64 = 2_000;
const PAGE: usize = 1_000;
/// Conversations and messages looked up side by side.
const SIDE_BY_SIDE: usize = 32;

impl Recent {
    /// `tail` is the newest position of a store on which nothing is under way.
    pub fn new(store: Arc<dyn Store>, tail: Position, most: usize) -> Self {
        let (window, looking) = (Lock::new(Window::starting_at(tail)), Mutex::default());
        Self { store, most, window, looking }
    }

    /// Takes in what is about to be handed to sessions, as it is now.
    pub fn remember(
        &self,
        entry: &Entry,
        conversation: &Arc<Conversation>,
        message: Option<&Arc<Message>>,
    ) {
        let mut window = self.window();
        window.take_in(entry, None);
        window.learn_conversation(conversation);
        if let Some(message) = message {
            window.learn_message(&entry.conversation, message);
        }
        window.trim(self.most);
    }

    /// The same of what was read in the log. Its conversation was read after it.
    pub fn remember_read(&self, entry: &Entry, conversation: &Arc<Conversation>) {
        let mut window = self.window();
        window.forget_message(entry);
        window.take_in(entry, None);
        window.learn_conversation(conversation);
        window.trim(self.most);
    }

    /// The same of what another node committed: who takes part is all that is known.
    pub fn remember_name(&self, entry: &Entry, participants: &[UserId]) {
        let mut window = self.window();
        window.forget_conversation(entry);
        window.forget_message(entry);
        window.take_in(entry, Some(participants.into()));
        window.trim(self.most);
    }

    /// Everything for a user that was shown after a position, oldest first, each with its
    /// conversation as it is now. `None`: not the whole of it can be served.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: the store was needed and did not answer.
    pub async fn since(
        &self,
        from: Position,
        user: &UserId,
    ) -> Result<Option<Vec<Remembered>>, Unavailable> {
        if from < self.window().floor() {
            let _one = self.looking.lock().await;
            while from < self.window().floor() {
                if !self.reach_back(from).await? {
                    return Ok(None);
                }
            }
        }
        let told: Vec<_> = {
            let window = self.window();
            if from < window.floor() {
                return Ok(None);
            }
            let told = window.entries((Excluded(from), Unbounded));
            told.filter(|(_, told)| told.may_be_for(user))
                .map(|(at, told)| (at, told.clone()))
                .collect()
        };
        self.look_up(told, user).await.map(Some)
    }

    /// A message as it stands in a conversation, read at most once however many ask.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: the store was needed and did not answer.
    pub async fn message(
        &self,
        conversation: &ConversationId,
        id: &MessageId,
    ) -> Result<Option<Arc<Message>>, Unavailable> {
        if let Some(known) = self.window().message(conversation, id) {
            return Ok(Some(known));
        }
        let _one = self.looking.lock().await;
        if let Some(known) = self.window().message(conversation, id) {
            return Ok(Some(known));
        }
        let since = self.window().changes();
        let found = self.store.message(conversation, id).await?.map(|placed| placed.message);
        if let Some(found) = &found {
            self.window().keep_message(conversation, found, since, self.most);
        }
        Ok(found)
    }

    /// Fills in conversations and messages, each looked up once however many come back.
    async fn look_up(
        &self,
        told: Vec<(Position, Told)>,
        user: &UserId,
    ) -> Result<Vec<Remembered>, Unavailable> {
        let conversations: HashSet<_> =
            told.iter().map(|(_, told)| told.conversation.clone()).collect();
        let conversations = self.conversations(conversations).await?;
        let told: Vec<_> = told
            .into_iter()
            .filter_map(|(position, told)| {
                let conversation = conversations.get(&told.conversation)?;
                let hears = conversation.hears(user, &told.announcement);
                hears.then(|| (position, told, Arc::clone(conversation)))
            })
            .collect();
        let names = told.iter().filter_map(|(_, told, _)| told.standing()).collect();
        let messages = self.messages(names).await?;
        let remembered = told.into_iter().map(|(position, told, conversation)| Remembered {
            position,
            message: told.standing().and_then(|name| messages.get(&name).cloned()),
            announcement: told.announcement,
            conversation,
        });
        Ok(remembered.collect())
    }

    async fn conversations(
        &self,
        ids: HashSet<ConversationId>,
    ) -> Result<HashMap<ConversationId, Arc<Conversation>>, Unavailable> {
        let known = |window: &Window, id: &ConversationId| window.conversation(id);
        let read = async |id: &ConversationId| {
            let since = self.window().changes();
            let found = self.store.load(id).await?.map(Arc::new);
            if let Some(found) = &found {
                self.window().keep_conversation(found, since);
            }
            Ok(found)
        };
        self.know_or_read(ids, known, read).await
    }

    async fn messages(
        &self,
        names: HashSet<(ConversationId, MessageId)>,
    ) -> Result<HashMap<(ConversationId, MessageId), Arc<Message>>, Unavailable> {
        let known =
            |window: &Window, name: &(ConversationId, MessageId)| window.message(&name.0, &name.1);
        let read = async |name: &(ConversationId, MessageId)| {
            let since = self.window().changes();
            let found = self.store.message(&name.0, &name.1).await?.map(|placed| placed.message);
            if let Some(found) = &found {
                self.window().keep_message(&name.0, found, since, self.most);
            }
            Ok(found)
        };
        self.know_or_read(names, known, read).await
    }

    /// What a reading gives is at least as new as what was remembered before it, even if more has
    /// happened meanwhile.
    async fn know_or_read<K: std::hash::Hash + Eq + Clone, V>(
        &self,
        names: HashSet<K>,
        known: impl Fn(&Window, &K) -> Option<Arc<V>>,
        read: impl AsyncFn(&K) -> Result<Option<Arc<V>>, Unavailable>,
    ) -> Result<HashMap<K, Arc<V>>, Unavailable> {
        let mut found = HashMap::with_capacity(names.len());
        let mut missing: Vec<K> = names.into_iter().collect();
        let pick = |missing: &mut Vec<K>, found: &mut HashMap<K, Arc<V>>| {
            let window = self.window();
            missing.retain(|name| match known(&window, name) {
                Some(value) => {
                    found.insert(name.clone(), value);
                    false
                }
                None => true,
            });
        };
        pick(&mut missing, &mut found);
        if missing.is_empty() {
            return Ok(found);
        }
        let _one = self.looking.lock().await;
        pick(&mut missing, &mut found);
        for some in missing.chunks(SIDE_BY_SIDE) {
            let values = try_join_all(some.iter().map(|name| read(name))).await?;
            let values = some.iter().cloned().zip(values);
            found.extend(values.filter_map(|(name, value)| Some((name, value?))));
        }
        Ok(found)
    }

    /// Lengthens the window towards the past, by name.
    async fn reach_back(&self, from: Position) -> Result<bool, Unavailable> {
        let oldest = self.store.floor().await?;
        let (end, entries) = {
            let window = self.window();
            (window.floor(), window.len())
        };
        let room = self.most.saturating_sub(entries) as u64;
        if from < oldest || end.0.saturating_sub(from.0) > room {
            return Ok(false);
        }
        let start = Position(from.0.saturating_sub(READ_AHEAD.min(room)).max(oldest.0));
        let (mut after, mut past) = (start, Vec::new());
        while after < end {
            let page = self.store.entries_after(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.position;
            past.extend(page.into_iter().filter(|entry| entry.position <= end));
        }
        // If it was shortened meanwhile, what was read no longer meets it; who asked looks again.
        let mut window = self.window();
        if window.floor() == end {
            window.lengthen(start, past);
        }
        Ok(true)
    }

    fn window(&self) -> MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
