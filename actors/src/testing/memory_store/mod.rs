//! A store for tests of actors: it keeps everything in a map and can be told to fail.
mod communications;
mod consent;
mod conversations;
mod event_numbers;
mod history;
mod inbox;
mod labels;
mod log;
mod outbox;
mod people;
mod prospects;
mod pushes;
mod scheduled;
mod search;
mod subscriptions;
mod team;
mod unkept;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::Watermark;
use crate::domain::*;
use crate::ports::*;

#[derive(Default)]
struct Kept {
    conversations: HashMap<ConversationId, Conversation>,
    messages: Vec<Placed>,
    log: Vec<Entry>,
    channels: HashMap<ChannelId, Arc<Channel>>,
    users: HashMap<UserId, Arc<User>>,
    contacts: BTreeMap<ContactId, Arc<Contact>>,
    communications: HashMap<MessageId, Communication>,
    /// In the order they entered, with the instant each is due.
    outbox: Vec<(Timestamp, Due)>,
    sent: HashMap<ProviderMessageId, Sent>,
    consent: Vec<ConsentEntry>,
    /// With whether it was claimed.
    scheduled: Vec<(bool, ScheduledMessage)>,
    pushes: Vec<(PushDecision, DuePush, Timestamp)>,
    pushed_up_to: Position,
    hops: Vec<KeptHop>,
    subscriptions: BTreeMap<SubscriptionId, Standing>,
    team_keys: Vec<TeamKey>,
    numbered: BTreeMap<AccountId, Numbered>,
    numbers: Vec<(AccountId, NumberedEvent)>,
    tags: BTreeMap<TagId, Tag>,
    statuses: BTreeMap<ContactStatusId, ContactStatus>,
    retired: Vec<(AccountId, LabelId)>,
    contexts: BTreeMap<ContactId, ProspectContext>,
    score_rules: BTreeMap<AccountId, ScoreRules>,
    /// With when each was changed.
    unspread: Vec<(Timestamp, Unspread)>,
}

pub struct MemoryStore {
    shared: Arc<Shared>,
    watermark: Arc<Watermark>,
}

#[derive(Default)]
struct Shared {
    kept: Mutex<Kept>,
    failures: AtomicUsize,
    reads: AtomicUsize,
}

impl MemoryStore {
    pub fn new(watermark: Arc<Watermark>) -> Self {
        Self { shared: Arc::default(), watermark }
    }

    /// The same store, as another node has it.
    pub fn beside(&self, watermark: Arc<Watermark>) -> Self {
        Self { shared: Arc::clone(&self.shared), watermark }
    }

    /// The next `count` commits keep nothing.
    pub fn fail_commits(&self, count: usize) {
        self.shared.failures.store(count, Ordering::SeqCst);
    }

    pub fn messages_kept(&self) -> usize {
        self.kept().messages.len()
    }

    /// Reads of conversations, messages and log so far.
    pub fn reads(&self) -> usize {
        self.shared.reads.load(Ordering::SeqCst)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.shared.kept.lock().unwrap()
    }

    fn read(&self) -> MutexGuard<'_, Kept> {
        self.shared.reads.fetch_add(1, Ordering::SeqCst);
        self.kept()
    }
}
