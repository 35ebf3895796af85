use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::ops::RangeBounds;
use std::sync::Arc;

use crate::domain::{
    Announcement, Conversation, ConversationId, Entry, Message, MessageId, Position, UserId,
};

/// What [`super::Recent`] holds in memory.
pub(super) struct Window {
    /// Everything committed after this and shown is in `entries`.
    floor: Position,
    entries: BTreeMap<Position, Told>,
    /// Every conversation of the entries: as it is now, if that is known, and how many entries
    /// speak of it.
    conversations: HashMap<ConversationId, Known<Conversation>>,
    /// The same for every message of the entries.
    messages: HashMap<Standing, Known<Message>>,
    /// Messages that stood there before, read since they were asked for.
    earlier: HashMap<Standing, Arc<Message>>,
    /// Times that something another node did made something known old.
    changes: u64,
}

/// A message where it stands: its stamp differs from conversation to conversation.
pub(super) type Standing = (ConversationId, MessageId);

#[derive(Clone)]
pub(super) struct Told {
    pub conversation: ConversationId,
    pub announcement: Announcement,
    message: Option<MessageId>,
    /// Who took part then, if another node said so.
    participants: Option<Arc<[UserId]>>,
}

struct Known<V> {
    now: Option<Arc<V>>,
    entries: usize,
    /// The count of changes when it was last made old.
    changed: u64,
}

impl<V> Default for Known<V> {
    fn default() -> Self {
        Self { now: None, entries: 0, changed: 0 }
    }
}

impl Told {
    /// Whether this user is among those it is made to, as far as the announcement itself says.
    pub fn may_be_for(&self, user: &UserId) -> bool {
        let took_part = self.participants.as_ref().is_none_or(|people| people.contains(user));
        took_part && self.announcement.is_for(user)
    }

    pub fn standing(&self) -> Option<Standing> {
        Some((self.conversation.clone(), self.message.clone()?))
    }
}

impl Window {
    pub fn starting_at(tail: Position) -> Self {
        Self {
            floor: tail,
            entries: BTreeMap::new(),
            conversations: HashMap::new(),
            messages: HashMap::new(),
            earlier: HashMap::new(),
            changes: 0,
        }
    }

    pub fn floor(&self) -> Position {
        self.floor
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn changes(&self) -> u64 {
        self.changes
    }

    pub fn entries(
        &self,
        range: impl RangeBounds<Position>,
    ) -> impl Iterator<Item = (Position, &Told)> {
        self.entries.range(range).map(|(position, told)| (*position, told))
    }

    pub fn conversation(&self, id: &ConversationId) -> Option<Arc<Conversation>> {
        self.conversations.get(id)?.now.clone()
    }

    pub fn message(&self, conversation: &ConversationId, id: &MessageId) -> Option<Arc<Message>> {
        let standing = (conversation.clone(), id.clone());
        let known = self.messages.get(&standing).and_then(|known| known.now.as_ref());
        known.or_else(|| self.earlier.get(&standing)).cloned()
    }

    /// What is known of this conversation is older than this entry.
    pub fn forget_conversation(&mut self, entry: &Entry) {
        self.changes += 1;
        if let Some(known) = self.conversations.get_mut(&entry.conversation) {
            (known.now, known.changed) = (None, self.changes);
        }
    }

    /// What is known of its message is older than this entry.
    pub fn forget_message(&mut self, entry: &Entry) {
        self.changes += 1;
        if let Some(message) = &entry.message {
            let standing = (entry.conversation.clone(), message.clone());
            self.earlier.remove(&standing);
            if let Some(known) = self.messages.get_mut(&standing) {
                (known.now, known.changed) = (None, self.changes);
            }
        }
    }

    pub fn take_in(&mut self, entry: &Entry, participants: Option<Arc<[UserId]>>) {
        let told = Told {
            conversation: entry.conversation.clone(),
            announcement: entry.announcement.clone(),
            message: entry.message.clone(),
            participants,
        };
        if self.entries.contains_key(&entry.position) {
            return;
        }
        self.conversations.entry(told.conversation.clone()).or_default().entries += 1;
        if let Some(standing) = told.standing() {
            self.messages.entry(standing).or_default().entries += 1;
        }
        self.entries.insert(entry.position, told);
    }

    /// Of a conversation that some entry speaks of.
    pub fn learn_conversation(&mut self, now: &Arc<Conversation>) {
        if let Some(known) = self.conversations.get_mut(&now.id)
            && known.now.as_ref().is_none_or(|before| before.version <= now.version)
        {
            known.now = Some(Arc::clone(now));
        }
    }

    pub fn learn_message(&mut self, conversation: &ConversationId, now: &Arc<Message>) {
        let standing = (conversation.clone(), now.id.clone());
        self.earlier.remove(&standing);
        if let Some(known) = self.messages.get_mut(&standing) {
            known.now = Some(Arc::clone(now));
        }
    }

    /// Read when there had been so many changes: kept unless it was made old since.
    pub fn keep_conversation(&mut self, read: &Arc<Conversation>, since: u64) {
        if self.conversations.get(&read.id).is_some_and(|known| known.changed <= since) {
            self.learn_conversation(read);
        }
    }

    pub fn keep_message(
        &mut self,
        conversation: &ConversationId,
        read: &Arc<Message>,
        since: u64,
        most: usize,
    ) {
        let standing = (conversation.clone(), read.id.clone());
        match self.messages.get_mut(&standing) {
            Some(known) if known.changed <= since && known.now.is_none() => {
                known.now = Some(Arc::clone(read));
            }
            Some(_) => {}
            // Any change since may have been one of it.
            None if self.changes == since => {
                if self.earlier.len() >= most {
                    self.earlier.clear();
                }
                self.earlier.insert(standing, Arc::clone(read));
            }
            None => {}
        }
    }

    pub fn lengthen(&mut self, floor: Position, past: Vec<Entry>) {
        for entry in &past {
            self.take_in(entry, None);
        }
        self.floor = floor;
    }

    pub fn trim(&mut self, most: usize) {
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

/// One entry less speaks of it; with the last one it goes.
fn forget_one<K: Hash + Eq, V>(known: &mut HashMap<K, Known<V>>, key: &K) {
    if let Some(one) = known.get_mut(key) {
        one.entries = one.entries.saturating_sub(1);
        if one.entries == 0 {
            known.remove(key);
        }
    }
}
