use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::domain::{
    Announcement, Conversation, ConversationId, Entry, Message, MessageId, Position,
};
use crate::ports::{Store, Unavailable};

/// The newest stretch of the log in memory, so that a storm of sessions that come back costs one
/// read of the store and not one each.
///
/// A session enters the directory before it asks here, and what is published is remembered here
/// before it is handed to sessions: whatever is not yet here reaches the session live.
pub struct Recent {
    store: Arc<dyn Store>,
    /// Most entries remembered; a session further behind than this has to list anew.
    most: usize,
    window: Mutex<Window>,
}

struct Window {
    /// Everything committed after this and published is in `entries`.
    floor: Position,
    entries: BTreeMap<Position, Told>,
    /// Every conversation of the entries as it is now, and how many entries speak of it.
    conversations: HashMap<ConversationId, (Arc<Conversation>, usize)>,
    /// Every message of the entries as it is now, and how many entries speak of it.
    messages: HashMap<Standing, (Arc<Message>, usize)>,
    /// Messages that stood there before, read since they were asked for.
    earlier: HashMap<Standing, Arc<Message>>,
}

/// A message where it stands: its stamp differs from conversation to conversation.
type Standing = (ConversationId, MessageId);

struct Told {
    conversation: ConversationId,
    announcement: Announcement,
    message: Option<Arc<Message>>,
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

impl Recent {
    /// `tail` is the newest position of a store on which nothing is under way.
    pub fn new(store: Arc<dyn Store>, tail: Position, most: usize) -> Self {
        let window = Window {
            floor: tail,
            entries: BTreeMap::new(),
            conversations: HashMap::new(),
            messages: HashMap::new(),
            earlier: HashMap::new(),
        };
        Self { store, most, window: Mutex::new(window) }
    }

    /// Takes in what is about to be handed to sessions.
    pub async fn remember(
        &self,
        position: Position,
        conversation: &Arc<Conversation>,
        announcement: &Announcement,
        message: Option<&Arc<Message>>,
    ) {
        let told = Told {
            conversation: conversation.id.clone(),
            announcement: announcement.clone(),
            message: message.cloned(),
        };
        let mut window = self.window.lock().await;
        window.take_in(position, told, Arc::clone(conversation));
        window.trim(self.most);
    }

    /// Everything `wanted` that was published after a position, oldest first, each with its
    /// conversation as it is now. `None`: not the whole of it can be served.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: the store was needed and did not answer.
    pub async fn since(
        &self,
        from: Position,
        wanted: impl Fn(&Conversation, &Announcement) -> bool,
    ) -> Result<Option<Vec<Remembered>>, Unavailable> {
        let mut window = self.window.lock().await;
        if from < window.floor && !self.reach_back(&mut window, from).await? {
            return Ok(None);
        }
        let entries = window.entries.range((Excluded(from), Unbounded));
        let remembered = entries.filter_map(|(position, told)| {
            let (conversation, _) = window.conversations.get(&told.conversation)?;
            wanted(conversation, &told.announcement).then(|| Remembered {
                position: *position,
                conversation: Arc::clone(conversation),
                announcement: told.announcement.clone(),
                message: told.message.clone(),
            })
        });
        Ok(Some(remembered.collect()))
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
        let standing = (conversation.clone(), id.clone());
        let mut window = self.window.lock().await;
        if let Some((message, _)) = window.messages.get(&standing) {
            return Ok(Some(Arc::clone(message)));
        }
        if let Some(message) = window.earlier.get(&standing) {
            return Ok(Some(Arc::clone(message)));
        }
        let Some(found) = self.store.message(conversation, id).await? else { return Ok(None) };
        if window.earlier.len() >= self.most {
            window.earlier.clear();
        }
        window.earlier.insert(standing, Arc::clone(&found.message));
        Ok(Some(found.message))
    }

    /// Lengthens the window towards the past. Nobody else reads meanwhile: they would read the
    /// same.
    async fn reach_back(&self, window: &mut Window, from: Position) -> Result<bool, Unavailable> {
        let oldest = self.store.floor().await?;
        let room = self.most.saturating_sub(window.entries.len()) as u64;
        if from < oldest || window.floor.0 - from.0 > room {
            return Ok(false);
        }
        let mut after = Position(from.0.saturating_sub(READ_AHEAD.min(room)).max(oldest.0));
        let start = after;
        let end = window.floor;
        while after < end {
            let page = self.store.entries_after(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.position;
            for entry in page.into_iter().filter(|entry| entry.position <= end) {
                self.recall(window, entry).await?;
            }
        }
        window.floor = start;
        Ok(true)
    }

    async fn recall(&self, window: &mut Window, entry: Entry) -> Result<(), Unavailable> {
        let Entry { position, conversation: id, announcement, message, .. } = entry;
        let conversation = match window.conversations.get(&id) {
            Some((known, _)) => Arc::clone(known),
            None => match self.store.load(&id).await? {
                Some(loaded) => Arc::new(loaded),
                None => return Ok(()),
            },
        };
        let message = match message {
            Some(message) => match window.messages.get(&(id.clone(), message.clone())) {
                Some((known, _)) => Some(Arc::clone(known)),
                None => self.store.message(&id, &message).await?.map(|found| found.message),
            },
            None => None,
        };
        window.take_in(position, Told { conversation: id, announcement, message }, conversation);
        Ok(())
    }
}

impl Window {
    fn take_in(&mut self, position: Position, told: Told, now: Arc<Conversation>) {
        let id = told.conversation.clone();
        let named = told.standing().zip(told.message.clone());
        let is_new = self.entries.insert(position, told).is_none();
        let (known, entries) =
            self.conversations.entry(id).or_insert_with(|| (Arc::clone(&now), 0));
        if now.version >= known.version {
            *known = now;
        }
        *entries += usize::from(is_new);
        if let Some((standing, message)) = named {
            self.earlier.remove(&standing);
            let (known, entries) =
                self.messages.entry(standing).or_insert_with(|| (Arc::clone(&message), 0));
            *known = message;
            *entries += usize::from(is_new);
        }
    }

    fn trim(&mut self, most: usize) {
        while self.entries.len() > most
            && let Some((position, told)) = self.entries.pop_first()
        {
            self.floor = self.floor.max(position);
            if let Some(standing) = told.standing() {
                forget_one(&mut self.messages, &standing);
            }
            forget_one(&mut self.conversations, &told.conversation);
        }
    }
}

impl Told {
    fn standing(&self) -> Option<Standing> {
        Some((self.conversation.clone(), self.message.as_ref()?.id.clone()))
    }
}

/// One entry less speaks of it; with the last one it goes.
fn forget_one<K: Hash + Eq, V>(known: &mut HashMap<K, (V, usize)>, key: &K) {
    if let Some((_, entries)) = known.get_mut(key) {
        *entries -= 1;
        if *entries == 0 {
            known.remove(key);
        }
    }
}
