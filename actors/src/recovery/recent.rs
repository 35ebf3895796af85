use std::collections::{BTreeMap, HashMap};
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::domain::{Announcement, Conversation, ConversationId, Entry, Message, Position};
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
}

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
        let window =
            Window { floor: tail, entries: BTreeMap::new(), conversations: HashMap::new() };
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

    /// Everything published after a position, oldest first, each with its conversation as it is
    /// now. `None`: not the whole of it can be served.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: the store was needed and did not answer.
    pub async fn since(&self, from: Position) -> Result<Option<Vec<Remembered>>, Unavailable> {
        let mut window = self.window.lock().await;
        if from < window.floor && !self.reach_back(&mut window, from).await? {
            return Ok(None);
        }
        let entries = window.entries.range((Excluded(from), Unbounded));
        let remembered = entries.filter_map(|(position, told)| {
            let (conversation, _) = window.conversations.get(&told.conversation)?;
            Some(Remembered {
                position: *position,
                conversation: Arc::clone(conversation),
                announcement: told.announcement.clone(),
                message: told.message.clone(),
            })
        });
        Ok(Some(remembered.collect()))
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
        let Entry { position, conversation: id, announcement, message } = entry;
        let conversation = match window.conversations.get(&id) {
            Some((known, _)) => Arc::clone(known),
            None => match self.store.load(&id).await? {
                Some(loaded) => Arc::new(loaded),
                None => return Ok(()),
            },
        };
        let message = match message {
            Some(message) => self.store.message(&id, &message).await?.map(|found| found.message),
            None => None,
        };
        window.take_in(position, Told { conversation: id, announcement, message }, conversation);
        Ok(())
    }
}

impl Window {
    fn take_in(&mut self, position: Position, told: Told, now: Arc<Conversation>) {
        let id = told.conversation.clone();
        let is_new = self.entries.insert(position, told).is_none();
        let (known, entries) =
            self.conversations.entry(id).or_insert_with(|| (Arc::clone(&now), 0));
        if now.version >= known.version {
            *known = now;
        }
        *entries += usize::from(is_new);
    }

    fn trim(&mut self, most: usize) {
        while self.entries.len() > most
            && let Some((position, told)) = self.entries.pop_first()
        {
            self.floor = self.floor.max(position);
            if let Some((_, entries)) = self.conversations.get_mut(&told.conversation) {
                *entries -= 1;
                if *entries == 0 {
                    self.conversations.remove(&told.conversation);
                }
            }
        }
    }
}
