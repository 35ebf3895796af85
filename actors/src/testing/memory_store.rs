//! A store for tests of actors: it keeps everything in a map and can be told to fail.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;

use crate::Watermark;
use crate::domain::*;
use crate::ports::*;

#[derive(Default)]
pub(super) struct Kept {
    pub(super) conversations: HashMap<ConversationId, Conversation>,
    messages: Vec<Placed>,
    pub(super) log: Vec<Entry>,
    channels: HashMap<ChannelId, Arc<Channel>>,
    users: HashMap<UserId, Arc<User>>,
    pub(super) contacts: BTreeMap<ContactId, Arc<Contact>>,
    communications: HashMap<MessageId, Communication>,
    /// In the order they entered, with the instant each is due.
    outbox: Vec<(Timestamp, Due)>,
    sent: HashMap<ProviderMessageId, Sent>,
    consent: Vec<ConsentEntry>,
    /// With whether it was claimed.
    scheduled: Vec<(bool, ScheduledMessage)>,
    pub(super) pushes: Vec<(PushDecision, DuePush, Timestamp)>,
    pub(super) pushed_up_to: Position,
    pub(super) hops: Vec<KeptHop>,
    pub(super) subscriptions: BTreeMap<SubscriptionId, Standing>,
    pub(super) numbered: BTreeMap<AccountId, Numbered>,
    pub(super) numbers: Vec<(AccountId, NumberedEvent)>,
    pub(super) tags: BTreeMap<TagId, Tag>,
    pub(super) statuses: BTreeMap<ContactStatusId, ContactStatus>,
    pub(super) retired: Vec<(AccountId, LabelId)>,
    pub(super) contexts: BTreeMap<ContactId, ProspectContext>,
    pub(super) score_rules: BTreeMap<AccountId, ScoreRules>,
    /// With when each was changed.
    pub(super) unspread: Vec<(Timestamp, Unspread)>,
}

pub struct MemoryStore {
    kept: Mutex<Kept>,
    watermark: Arc<Watermark>,
    failures: AtomicUsize,
    reads: AtomicUsize,
}

impl MemoryStore {
    pub fn new(watermark: Arc<Watermark>) -> Self {
        Self {
            kept: Mutex::default(),
            watermark,
            failures: AtomicUsize::new(0),
            reads: AtomicUsize::new(0),
        }
    }

    /// The next `count` commits keep nothing.
    pub fn fail_commits(&self, count: usize) {
        self.failures.store(count, Ordering::SeqCst);
    }

    pub fn messages_kept(&self) -> usize {
        self.kept().messages.len()
    }

    /// Reads of conversations, messages and log so far.
    pub fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }

    pub(super) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }

    fn outbox_row(&self, message: &MessageId, change: impl FnOnce(&mut Timestamp, &mut Due)) {
        let mut kept = self.kept();
        let row = kept.outbox.iter_mut().find(|(_, due)| due.message.id == *message);
        if let Some((at, due)) = row {
            change(at, due);
        }
    }

    fn read(&self) -> MutexGuard<'_, Kept> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.kept()
    }
}

impl Kept {
    fn placed(&self, id: &MessageId) -> Option<&Placed> {
        self.messages.iter().find(|placed| placed.message.id == *id)
    }

    fn sent_as(&self, id: &MessageId) -> Option<ProviderMessageId> {
        self.sent.iter().find(|(_, sent)| sent.message == *id).map(|(name, _)| name.clone())
    }

    /// The message that stands where this one would.
    fn repeated(&self, conversation: &ConversationId, message: &Message) -> Option<&Placed> {
        self.messages.iter().filter(|placed| placed.conversation == *conversation).find(|placed| {
            let there = &placed.message;
            let same_name = there.author == message.author && there.uuid == message.uuid;
            let same_provider =
                message.provider_id.is_some() && there.provider_id == message.provider_id;
            there.id == message.id || same_name || same_provider
        })
    }
}

#[async_trait]
impl Conversations for MemoryStore {
    async fn load(&self, id: &ConversationId) -> Result<Option<Conversation>, Unavailable> {
        Ok(self.read().conversations.get(id).cloned())
    }

    async fn find(&self, key: &Key) -> Result<Option<ConversationId>, Unavailable> {
        let kept = self.read();
        Ok(kept.conversations.values().find(|c| c.key == *key && !c.deleted).map(|c| c.id.clone()))
    }

    async fn of_contact(
        &self,
        account: &AccountId,
        contact: &ContactId,
    ) -> Result<Vec<ConversationId>, Unavailable> {
        let kept = self.read();
        let theirs = |c: &&Conversation| {
            c.key.account == *account && c.key.contact == *contact && !c.deleted
        };
        Ok(kept.conversations.values().filter(theirs).map(|c| c.id.clone()).collect())
    }

    async fn commit(&self, change: &Change) -> Result<Committed, CommitError> {
        if self.failures.load(Ordering::SeqCst) > 0 {
            self.failures.fetch_sub(1, Ordering::SeqCst);
            return Err(Unavailable::new("committing", "told to fail").into());
        }
        let mut kept = self.kept();
        let next = &change.next;
        if let Some((_, message)) = &change.message
            && let Some(placed) = kept.repeated(&next.id, message)
        {
            return Err(CommitError::Repeated(Box::new(placed.clone())));
        }
        let there = kept.conversations.get(&next.id).map_or(0, |c| c.version);
        let key_taken =
            kept.conversations.values().any(|c| c.key == next.key && c.id != next.id && !c.deleted);
        if there + 1 != next.version || key_taken {
            return Err(CommitError::Stale);
        }
        let mut positions = Vec::new();
        for announcement in &change.announcements {
            let position = Position(kept.log.len() as u64 + 1);
            positions.push(position);
            let message = change.message.as_ref().map(|(_, message)| message.id.clone());
            kept.log.push(Entry {
                position,
                conversation: next.id.clone(),
                announcement: announcement.clone(),
                message: message
                    .filter(|_| *announcement == Announcement::Message)
                    .or_else(|| change.status.as_ref().map(|status| status.message.id.clone())),
            });
        }
        if let Some((seq, message)) = &change.message {
            kept.messages.push(Placed {
                conversation: next.id.clone(),
                seq: *seq,
                position: positions.last().copied().unwrap_or_default(),
                message: Arc::clone(message),
            });
        }
        if let Some(change) = &change.status {
            for placed in &mut kept.messages {
                if placed.message.id == change.message.id {
                    placed.message = Arc::clone(&change.message);
                }
            }
        }
        if let Some((_, message)) = change.message.as_ref().filter(|_| change.to_contact) {
            let due = Due {
                account: message.account.clone(),
                conversation: next.id.clone(),
                message: Arc::clone(message),
                attempts: 0,
                called_at: None,
                provider_id: None,
            };
            kept.outbox.push((Timestamp::default(), due));
        }
        kept.conversations.insert(next.id.clone(), next.clone());
        self.watermark.committed(&positions);
        Ok(Committed { positions })
    }
}

#[async_trait]
impl History for MemoryStore {
    async fn messages(
        &self,
        conversation: &ConversationId,
        cut: Option<&Cut>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Placed>, Unavailable> {
        let key = |placed: &Placed| (placed.message.created_at, placed.message.id.clone());
        let beyond = |placed: &&Placed| {
            let Some(cut) = cut else { return true };
            let order = match &cut.id {
                Some(id) => key(placed).cmp(&(cut.at, id.clone())),
                None => placed.message.created_at.cmp(&cut.at),
            };
            match direction {
                Direction::Older => order.is_lt(),
                Direction::Newer => order.is_gt(),
            }
        };
        let kept = self.read();
        let here = kept.messages.iter().filter(|placed| placed.conversation == *conversation);
        let mut page: Vec<_> = here.filter(beyond).cloned().collect();
        page.sort_by_key(key);
        if direction == Direction::Older {
            page.reverse();
        }
        page.truncate(limit);
        Ok(page)
    }

    async fn message(
        &self,
        conversation: &ConversationId,
        id: &MessageId,
    ) -> Result<Option<Placed>, Unavailable> {
        let kept = self.read();
        let here = |p: &&Placed| p.conversation == *conversation && p.message.id == *id;
        Ok(kept.messages.iter().find(here).cloned())
    }

    async fn message_by_uuid(
        &self,
        conversation: &ConversationId,
        author: &UserId,
        uuid: &Uuid,
    ) -> Result<Option<Placed>, Unavailable> {
        let kept = self.read();
        let here = |p: &&Placed| {
            p.conversation == *conversation
                && p.message.author.is_user(author)
                && p.message.uuid == *uuid
        };
        Ok(kept.messages.iter().find(here).cloned())
    }

    async fn committed_after(
        &self,
        conversation: &ConversationId,
        seq: Seq,
        limit: usize,
    ) -> Result<Vec<Placed>, Unavailable> {
        let kept = self.read();
        let here = |p: &&Placed| p.conversation == *conversation && p.seq > seq;
        Ok(kept.messages.iter().filter(here).take(limit).cloned().collect())
    }
}

#[async_trait]
impl Inbox for MemoryStore {
    async fn page(&self, query: &InboxQuery) -> Result<Vec<InboxRow>, Unavailable> {
        let kept = self.read();
        let mut rows: Vec<_> = kept
            .conversations
            .values()
            .filter(|conversation| conversation.key.channel == query.channel)
            .filter_map(|c| c.participant(&query.user).map(|own| c.inbox_row(own)))
            .filter(|row| query.state.holds(row, query.now))
            .collect();
        let newest = query.sort == Sort::Newest;
        let place =
            |pinned: bool, at: Timestamp, id: Option<&ConversationId>| (!pinned, at, id.cloned());
        let order = |a: &(bool, Timestamp, Option<ConversationId>), b: &(bool, _, _)| {
            let rest = (a.1, &a.2).cmp(&(b.1, &b.2));
            a.0.cmp(&b.0).then(if newest { rest.reverse() } else { rest })
        };
        let own = |row: &InboxRow| place(row.show_on_top, row.at, Some(&row.conversation));
        rows.sort_by(|a, b| order(&own(a), &own(b)));
        if let Some(cut) = &query.cut {
            let at = place(cut.pinned, cut.at, cut.id.as_ref());
            rows.retain(|row| {
                let same_instant = row.at == cut.at && row.show_on_top == cut.pinned;
                order(&own(row), &at).is_gt() && !(cut.id.is_none() && same_instant)
            });
        }
        rows.truncate(query.limit);
        Ok(rows)
    }

    async fn snoozes_over(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(ConversationId, UserId)>, Unavailable> {
        let kept = self.read();
        let over = kept.conversations.values().flat_map(|conversation| {
            let ended = conversation
                .participants()
                .filter(move |own| own.snooze.is_some_and(|snooze| snooze.is_over(now)));
            ended.map(|own| (conversation.id.clone(), own.user.clone()))
        });
        Ok(over.take(limit).collect())
    }
}

#[async_trait]
impl Log for MemoryStore {
    async fn tail(&self) -> Result<Position, Unavailable> {
        Ok(Position(self.read().log.len() as u64))
    }

    async fn floor(&self) -> Result<Position, Unavailable> {
        Ok(Position(0))
    }

    async fn forget_before(&self, _: Timestamp) -> Result<(), Unavailable> {
        Ok(())
    }

    async fn entries_after(
        &self,
        position: Position,
        limit: usize,
    ) -> Result<Vec<Entry>, Unavailable> {
        let kept = self.read();
        let later = |entry: &&Entry| entry.position > position;
        Ok(kept.log.iter().filter(later).take(limit).cloned().collect())
    }
}

#[async_trait]
impl People for MemoryStore {
    async fn account(&self, _: &AccountId) -> Result<Option<Arc<Account>>, Unavailable> {
        Ok(None)
    }

    async fn channel(&self, id: &ChannelId) -> Result<Option<Arc<Channel>>, Unavailable> {
        Ok(self.kept().channels.get(id).cloned())
    }

    async fn channels_of(&self, account: &AccountId) -> Result<Vec<Arc<Channel>>, Unavailable> {
        let kept = self.kept();
        Ok(kept.channels.values().filter(|c| c.account == *account).cloned().collect())
    }

    async fn user(&self, id: &UserId) -> Result<Option<Arc<User>>, Unavailable> {
        Ok(self.kept().users.get(id).cloned())
    }

    async fn contact(&self, id: &ContactId) -> Result<Option<Arc<Contact>>, Unavailable> {
        Ok(self.kept().contacts.get(id).cloned())
    }

    async fn members_of(&self, account: &AccountId) -> Result<Vec<Member>, Unavailable> {
        let kept = self.kept();
        let theirs = kept.users.values().filter(|user| user.active && user.account == *account);
        let member = |user: &Arc<User>| Member { user: Arc::clone(user), since: Timestamp(0) };
        let mut members: Vec<_> = theirs.map(member).collect();
        members.sort_by(|a, b| a.user.id.cmp(&b.user.id));
        Ok(members)
    }

    async fn channel_by_address(
        &self,
        kind: &ChannelKind,
        address: &str,
    ) -> Result<Option<Arc<Channel>>, Unavailable> {
        let kept = self.kept();
        let here = |c: &&Arc<Channel>| c.kind == *kind && c.address.as_deref() == Some(address);
        Ok(kept.channels.values().find(here).cloned())
    }

    async fn put_account(&self, _: &Account) -> Result<(), PutError> {
        Ok(())
    }

    async fn put_channel(&self, channel: &Channel) -> Result<(), PutError> {
        self.kept().channels.insert(channel.id.clone(), Arc::new(channel.clone()));
        Ok(())
    }

    async fn put_user(&self, user: &User) -> Result<(), PutError> {
        self.kept().users.insert(user.id.clone(), Arc::new(user.clone()));
        Ok(())
    }

    async fn put_contact(&self, contact: &Contact) -> Result<(), PutError> {
        self.kept().contacts.insert(contact.id.clone(), Arc::new(contact.clone()));
        Ok(())
    }

    async fn contact_by_phone(
        &self,
        phone: &PhoneNumber,
        fresh: Contact,
    ) -> Result<Arc<Contact>, Unavailable> {
        let mut kept = self.kept();
        let there = kept.contacts.values().find(|contact| {
            contact.account == fresh.account && contact.phone.as_deref() == Some(phone.as_str())
        });
        if let Some(there) = there {
            return Ok(Arc::clone(there));
        }
        let fresh = Arc::new(fresh);
        kept.contacts.insert(fresh.id.clone(), Arc::clone(&fresh));
        Ok(fresh)
    }

    async fn contact_by_email(
        &self,
        address: &MailAddress,
        fresh: Contact,
    ) -> Result<Arc<Contact>, Unavailable> {
        let mut kept = self.kept();
        let there = kept.contacts.values().find(|contact| {
            let known = contact.email.as_deref();
            contact.account == fresh.account && known.is_some_and(|known| address.same(known))
        });
        if let Some(there) = there {
            return Ok(Arc::clone(there));
        }
        let fresh = Arc::new(fresh);
        kept.contacts.insert(fresh.id.clone(), Arc::clone(&fresh));
        Ok(fresh)
    }

    async fn put_push_token(&self, _: &PushToken) -> Result<(), Unavailable> {
        Ok(())
    }

    async fn drop_push_token(&self, _: &PushToken) -> Result<(), Unavailable> {
        Ok(())
    }

    async fn push_tokens(&self, _: &UserId) -> Result<Vec<PushToken>, Unavailable> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl Communications for MemoryStore {
    async fn put_communication(&self, communication: &Communication) -> Result<Put, Unavailable> {
        let id = communication.message.id.clone();
        self.kept().communications.insert(id, communication.clone());
        Ok(Put::Stored)
    }

    async fn communication(&self, id: &MessageId) -> Result<Option<Communication>, Unavailable> {
        Ok(self.kept().communications.get(id).cloned())
    }

    async fn forgotten(&self, _: Timestamp, _: usize) -> Result<Vec<MessageId>, Unavailable> {
        Ok(Vec::new())
    }

    async fn forget_anew(&self, _: &MessageId, _: Timestamp) -> Result<(), Unavailable> {
        Ok(())
    }

    async fn emitted(&self, communication: &Communication) -> Result<(), Unavailable> {
        let id = communication.message.id.clone();
        self.kept().communications.insert(id, communication.clone());
        Ok(())
    }
}

#[async_trait]
impl Outbox for MemoryStore {
    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<Due>, Unavailable> {
        let kept = self.kept();
        let mut seen = HashSet::new();
        let firsts = kept.outbox.iter().filter(|(_, due)| seen.insert(due.conversation.clone()));
        let mut due: Vec<_> = firsts.filter(|(at, _)| *at <= now).collect();
        due.sort_by_key(|(at, _)| *at);
        let picture = |due: &Due| Due {
            message: kept.placed(&due.message.id).map_or(&due.message, |p| &p.message).clone(),
            provider_id: kept.sent_as(&due.message.id),
            ..due.clone()
        };
        Ok(due.into_iter().take(limit).map(|(_, due)| picture(due)).collect())
    }

    async fn calling(&self, message: &MessageId, now: Timestamp) -> Result<(), Unavailable> {
        self.outbox_row(message, |_, due| {
            due.called_at = Some(now);
            due.attempts += 1;
        });
        Ok(())
    }

    async fn taken(
        &self,
        message: &MessageId,
        provider_id: &ProviderMessageId,
    ) -> Result<(), Unavailable> {
        let mut sent = None;
        self.outbox_row(message, |_, Due { account, conversation, .. }| {
            let (account, conversation) = (account.clone(), conversation.clone());
            sent = Some(Sent { account, conversation, message: message.clone() });
        });
        if let Some(sent) = sent {
            self.kept().sent.entry(provider_id.clone()).or_insert(sent);
        }
        Ok(())
    }

    async fn put_off(&self, message: &MessageId, until: Timestamp) -> Result<(), Unavailable> {
        self.outbox_row(message, |at, due| (*at, due.called_at) = (until, None));
        Ok(())
    }

    async fn in_doubt(&self, message: &MessageId, until: Timestamp) -> Result<(), Unavailable> {
        self.outbox_row(message, |at, _| *at = until);
        Ok(())
    }

    async fn leave(&self, message: &MessageId) -> Result<(), Unavailable> {
        self.kept().outbox.retain(|(_, due)| due.message.id != *message);
        Ok(())
    }

    async fn by_provider_id(
        &self,
        provider_id: &ProviderMessageId,
    ) -> Result<Option<Sent>, Unavailable> {
        Ok(self.kept().sent.get(provider_id).cloned())
    }
}

#[async_trait]
impl Consent for MemoryStore {
    async fn record_consent(&self, entry: &ConsentEntry) -> Result<(), Unavailable> {
        let mut kept = self.kept();
        if !kept.consent.contains(entry) {
            kept.consent.push(entry.clone());
        }
        Ok(())
    }

    async fn opted_out(
        &self,
        contact: &ContactId,
        channel: &ChannelId,
    ) -> Result<bool, Unavailable> {
        let kept = self.kept();
        let theirs = kept
            .consent
            .iter()
            .rev()
            .filter(|entry| entry.contact == *contact && entry.channel == *channel);
        let last = theirs
            .map(|entry| entry.says)
            .find(|says| matches!(says, ConsentWord::OptIn | ConsentWord::OptOut));
        Ok(last == Some(ConsentWord::OptOut))
    }

    async fn consent_of(
        &self,
        account: &AccountId,
        contact: &ContactId,
        limit: usize,
    ) -> Result<Vec<ConsentEntry>, Unavailable> {
        let kept = self.kept();
        let theirs = kept
            .consent
            .iter()
            .rev()
            .filter(|entry| entry.account == *account && entry.contact == *contact);
        Ok(theirs.take(limit).cloned().collect())
    }

    async fn doubtful(
        &self,
        account: &AccountId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Flagged>, Unavailable> {
        let kept = self.kept();
        let decided = |place: usize, doubt: &ConsentEntry| {
            kept.consent[place..].iter().any(|entry| {
                entry.contact == doubt.contact
                    && entry.channel == doubt.channel
                    && matches!(entry.says, ConsentWord::OptIn | ConsentWord::OptOut)
            })
        };
        let open = kept.consent.iter().enumerate().rev().filter(|(place, entry)| {
            entry.account == *account
                && entry.says == ConsentWord::Doubtful
                && before.is_none_or(|before| (*place as u64) < before)
                && !decided(*place, entry)
        });
        let flagged = |(place, entry): (usize, &ConsentEntry)| Flagged {
            place: place as u64,
            entry: entry.clone(),
        };
        Ok(open.take(limit).map(flagged).collect())
    }
}

#[async_trait]
impl Scheduled for MemoryStore {
    async fn schedule(&self, message: &ScheduledMessage) -> Result<ScheduledMessage, Unavailable> {
        let mut kept = self.kept();
        let name =
            |m: &ScheduledMessage| (m.conversation.clone(), m.author.clone(), m.uuid.clone());
        let there = kept.scheduled.iter().find(|(_, there)| name(there) == name(message));
        if let Some((_, there)) = there {
            return Ok(there.clone());
        }
        kept.scheduled.push((false, message.clone()));
        Ok(message.clone())
    }

    async fn scheduled_in(
        &self,
        conversation: &ConversationId,
        limit: usize,
    ) -> Result<Vec<ScheduledMessage>, Unavailable> {
        let kept = self.kept();
        let here = kept
            .scheduled
            .iter()
            .filter(|(claimed, m)| !claimed && m.conversation == *conversation);
        let mut here: Vec<_> = here.map(|(_, message)| message.clone()).collect();
        here.sort_by_key(|message| (message.send_at, message.id.clone()));
        here.truncate(limit);
        Ok(here)
    }

    async fn scheduled_due(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<ScheduledMessage>, Unavailable> {
        let kept = self.kept();
        let due = kept.scheduled.iter().filter(|(_, message)| message.send_at <= now);
        let mut due: Vec<_> = due.map(|(_, message)| message.clone()).collect();
        due.sort_by_key(|message| (message.send_at, message.id.clone()));
        due.truncate(limit);
        Ok(due)
    }

    async fn claim_scheduled(&self, id: &MessageId) -> Result<bool, Unavailable> {
        let mut kept = self.kept();
        let found = kept.scheduled.iter_mut().find(|(_, message)| message.id == *id);
        Ok(found.map(|(claimed, _)| *claimed = true).is_some())
    }

    async fn withdraw_scheduled(
        &self,
        conversation: &ConversationId,
        id: &MessageId,
    ) -> Result<bool, Unavailable> {
        let mut kept = self.kept();
        let before = kept.scheduled.len();
        kept.scheduled.retain(|(claimed, message)| {
            *claimed || message.id != *id || message.conversation != *conversation
        });
        Ok(kept.scheduled.len() < before)
    }

    async fn forget_scheduled(&self, id: &MessageId) -> Result<(), Unavailable> {
        self.kept().scheduled.retain(|(_, message)| message.id != *id);
        Ok(())
    }
}
