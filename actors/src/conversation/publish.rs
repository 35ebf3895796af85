//! The one road by which people learn of a change: each who may see it, as they may see it.

use std::sync::Arc;
use std::time::Duration;

use super::Tools;
use crate::domain::{
    Announcement, Change, Conversation, Entry, Kind, Message, Participant, Position, Sight, To,
    UserId,
};
use crate::ports::{Committed, Company, Hop, News, PushOffer, Ready, Spelled, Unavailable};
use crate::session::{Batch, CloseReason, Namespace};
use crate::view::{Composer, StatusView};
use crate::watermark::{Begun, Handing};

/// Where participants watch conversations: the namespace and its alias.
pub(super) const WATCHED: [Namespace; 2] = [Namespace::Conversation, Namespace::ConversationLive];

/// Times the people of an announcement are looked up before its receivers are sent away to come
/// back and recover, and how long between.
const LOOKUPS: u32 = 20;
const BETWEEN_LOOKUPS: Duration = Duration::from_millis(250);

/// How long what was committed here waits for what another node committed before it. Then both are
/// shown as the log is read.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whose eyes something is spelled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Sockets of this node.
    Here,
    /// Those of the others, too.
    Everywhere,
}

/// How something looks, for each of those who watch.
#[derive(Default)]
pub(super) struct Spelling {
    /// Who may see it, watching or not.
    pub audience: Vec<UserId>,
    pub batches: Vec<Batch>,
}

/// Tries a look-up until the store answers or patience ends.
macro_rules! patiently {
    ($look_up:expr) => {{
        let mut tries = 0;
        loop {
            tries += 1;
            match $look_up.await {
                Err(_) if tries < LOOKUPS => tokio::time::sleep(BETWEEN_LOOKUPS).await,
                answer => break answer,
            }
        }
    }};
}

struct Watching {
    /// On this node, with how many sockets.
    sessions: Vec<(UserId, usize)>,
    /// On any node.
    connected: Vec<UserId>,
}

impl Tools {
    /// Tells people of a change that is kept. When it returns, every position was handed out, or
    /// is left to whoever reads the log.
    pub(super) async fn publish(
        &self,
        conversation: &Arc<Conversation>,
        change: &Change,
        committed: &Committed,
    ) {
        let mut previous = committed.previous;
        for (announcement, &position) in change.announcements.iter().zip(&committed.positions) {
            let status = change.status.as_ref().map(|status| &status.message);
            let message = change.message.as_ref().map(|(_, message)| message).or(status);
            let named = match announcement {
                Announcement::Message | Announcement::Status => message.map(|m| m.id.clone()),
                Announcement::Conversation { .. } => None,
            };
            let entry = Entry {
                position,
                previous,
                conversation: conversation.id.clone(),
                announcement: announcement.clone(),
                message: named,
            };
            let spelled = match self.take_up(&entry).await {
                Some(handing) => self.announce(handing, &entry, conversation, message).await,
                None => None,
            };
            self.tell_others(entry, conversation, spelled);
            previous = position;
        }
    }

    /// Waits for its turn. `None`: it is, or will be, shown by who reads the log.
    async fn take_up(&self, entry: &Entry) -> Option<Handing> {
        loop {
            match self.watermark.begin(entry.position, entry.previous) {
                Begun::Now(handing) => return Some(handing),
                Begun::Already => return None,
                Begun::TooEarly => {
                    self.gate.look_up();
                    if !self.watermark.wait_for(entry.previous, PATIENCE).await {
                        return None;
                    }
                }
            }
        }
    }

    /// Shows an announcement to the sessions here. Gives how it looks to those elsewhere.
    async fn announce(
        &self,
        handing: Handing,
        entry: &Entry,
        conversation: &Arc<Conversation>,
        message: Option<&Arc<Message>>,
    ) -> Option<Ready> {
        let position = entry.position;
        self.recent.remember(entry, conversation, message);
        // Before they are told: who leaves meanwhile has seen it or recovers it.
        let reach = match self.cluster.company() {
            Company::Together => Reach::Everywhere,
            _ => Reach::Here,
        };
        let watching = message.map(|message| self.watching(conversation, message, reach));
        let offset = self.watermark.value_with(position);
        let spelling = self.spell(conversation, &entry.announcement, message, offset, reach).await;
        let ready = match (&spelling, reach) {
            (Some(spelling), Reach::Everywhere) => Some(spelling.ready()),
            _ => None,
        };
        self.deliver(spelling);
        if let (Some(message), Some(watching)) = (message, watching) {
            self.note(entry, conversation, message, watching);
        }
        handing.done();
        self.go_on(self.gate.release(position));
        ready
    }

    /// What else has to know that a message was shown.
    fn note(
        &self,
        entry: &Entry,
        conversation: &Arc<Conversation>,
        message: &Arc<Message>,
        Watching { sessions, connected }: Watching,
    ) {
        match entry.announcement {
            Announcement::Message => {
                self.offer_push(conversation, message, connected);
                let (conversation, position) = (conversation.id.clone(), entry.position);
                let hop = Hop::Announced { conversation, position, sessions };
                self.recorder.record(&message.id, self.clock.now(), hop);
            }
            Announcement::Status => {
                let (status, error_code) = (message.status, message.error_code.clone());
                let hop = Hop::Status { status, error_code };
                self.recorder.record(&message.id, self.clock.now(), hop);
            }
            Announcement::Conversation { .. } => {}
        }
    }

    fn tell_others(&self, entry: Entry, conversation: &Conversation, spelled: Option<Ready>) {
        if self.cluster.company() == Company::Together {
            let participants = conversation.participants().map(|p| p.user.clone()).collect();
            self.cluster.tell(News { entry, participants, spelled });
        }
    }

    /// How an announcement looks to each who may see it. `None`: it cannot be told now, and who
    /// should have been told here was sent away to recover.
    pub(super) async fn spell(
        &self,
        conversation: &Arc<Conversation>,
        announcement: &Announcement,
        message: Option<&Arc<Message>>,
        offset: Position,
        reach: Reach,
    ) -> Option<Spelling> {
        match (announcement, message) {
            (Announcement::Conversation { is_new, to }, _) => {
                self.spell_conversation(conversation, to, *is_new, message, offset, reach).await
            }
            (Announcement::Message, Some(message)) => {
                self.spell_message(conversation, message, offset, reach).await
            }
            (Announcement::Status, Some(message)) => {
                Some(self.spell_status(conversation, message, offset, reach))
            }
            (Announcement::Message | Announcement::Status, None) => Some(Spelling::default()),
        }
    }

    /// The conversation as its participants, or one of them, see it, each their own way. A
    /// `known` message need not be looked up should it be the last one.
    pub(super) async fn spell_conversation(
        &self,
        conversation: &Arc<Conversation>,
        to: &To,
        is_new: bool,
        known: Option<&Arc<Message>>,
        offset: Position,
        reach: Reach,
    ) -> Option<Spelling> {
        let audience: Vec<&Participant> = match to {
            To::Participants => conversation.participants().collect(),
            To::User(user) => conversation.told(user).into_iter().collect(),
            To::Team => Vec::new(),
        };
        let receivers: Vec<_> =
            audience.iter().filter(|own| self.watches(&own.user, reach)).copied().collect();
        let mut views = Vec::with_capacity(receivers.len());
        let now = self.clock.now();
        let mut composer = Composer::new(&*self.store, &*self.links, Arc::clone(conversation), now);
        if let Some(message) = known {
            composer.know(&message.id, Some(Arc::clone(message)));
        }
        for receiver in &receivers {
            match patiently!(composer.conversation(receiver)) {
                Ok(view) => views.push(view),
                Err(cause) => {
                    self.send_away(receivers.iter().map(|p| &p.user), &cause);
                    return None;
                }
            }
        }
        let audience = audience.into_iter().map(|own| own.user.clone()).collect();
        let mut batches = Vec::new();
        if !views.is_empty() {
            for namespace in self.watched(reach) {
                let to = views.iter().map(|view| {
                    let frame = self.presenter.conversation(namespace, view, is_new, offset);
                    (frame, vec![view.own.user.clone()])
                });
                batches.push(Batch { namespace, to: to.collect() });
            }
        }
        Some(Spelling { audience, batches })
    }

    /// A message as everybody who may see it does; people who share a sight share the bytes.
    pub(super) async fn spell_message(
        &self,
        conversation: &Arc<Conversation>,
        message: &Arc<Message>,
        offset: Position,
        reach: Reach,
    ) -> Option<Spelling> {
        let mut by_sight: [(Sight, Vec<UserId>); 2] =
            [(Sight::Own, Vec::new()), (Sight::Others, Vec::new())];
        for (user, sight) in conversation.audience(message) {
            by_sight[usize::from(sight == Sight::Others)].1.push(user.clone());
        }
        let audience: Vec<_> =
            by_sight.iter().flat_map(|(_, users)| users.iter().cloned()).collect();
        let namespaces = self.watched(reach);
        let mut batches: Vec<_> =
            namespaces.into_iter().map(|namespace| Batch { namespace, to: Vec::new() }).collect();
        if batches.is_empty() {
            return Some(Spelling { audience, batches });
        }
        let composer =
            Composer::new(&*self.store, &*self.links, Arc::clone(conversation), self.clock.now());
        for (sight, users) in by_sight.into_iter().filter(|(_, users)| !users.is_empty()) {
            match patiently!(composer.message(message, sight)) {
                Ok(view) => {
                    for batch in &mut batches {
                        let frame = self.presenter.message(batch.namespace, &view, offset);
                        batch.to.push((frame, users.clone()));
                    }
                }
                Err(cause) => {
                    self.send_away(audience.iter(), &cause);
                    return None;
                }
            }
        }
        Some(Spelling { audience, batches })
    }

    /// How far a message has come, for everybody who may see it.
    fn spell_status(
        &self,
        conversation: &Conversation,
        message: &Message,
        offset: Position,
        reach: Reach,
    ) -> Spelling {
        let audience: Vec<_> =
            conversation.audience(message).map(|(user, _)| user.clone()).collect();
        let view = StatusView::new(conversation.id.clone(), message, self.clock.now());
        let batches = self.watched(reach).into_iter().map(|namespace| {
            let frame = self.presenter.status(namespace, &view, offset);
            Batch { namespace, to: vec![(frame, audience.clone())] }
        });
        let batches = batches.collect();
        Spelling { audience, batches }
    }

    /// Hands it to the sessions here.
    pub(super) fn deliver(&self, spelling: Option<Spelling>) {
        for batch in spelling.into_iter().flat_map(|spelling| spelling.batches) {
            self.sessions.deliver(batch);
        }
    }

    /// Leaves it to push to tell those who are not connected.
    fn offer_push(
        &self,
        conversation: &Arc<Conversation>,
        message: &Arc<Message>,
        connected: Vec<UserId>,
    ) {
        if message.kind == Kind::Outgoing {
            return;
        }
        let (conversation, message) = (Arc::clone(conversation), Arc::clone(message));
        self.push.offer(PushOffer { conversation, message, connected });
    }

    /// Who of those who may see a message is there to see it.
    fn watching(&self, conversation: &Conversation, message: &Message, reach: Reach) -> Watching {
        let sessions = self.sessions_of(conversation, message);
        let connected = match reach {
            Reach::Here => sessions.iter().map(|(user, _)| user.clone()).collect(),
            Reach::Everywhere => {
                let users = conversation.audience(message).map(|(user, _)| user);
                users.filter(|user| self.watches(user, reach)).cloned().collect()
            }
        };
        Watching { sessions, connected }
    }

    /// Who may see a message and is connected here, with how many sockets.
    pub(super) fn sessions_of(
        &self,
        conversation: &Conversation,
        message: &Message,
    ) -> Vec<(UserId, usize)> {
        if self.watched(Reach::Here).is_empty() {
            return Vec::new();
        }
        let sockets =
            |user| WATCHED.into_iter().map(|name| self.sessions.sockets_of(user, name)).sum();
        conversation
            .audience(message)
            .map(|(user, _)| (user.clone(), sockets(user)))
            .filter(|(_, sockets)| *sockets > 0)
            .collect()
    }

    /// Whether this user watches conversations.
    pub(super) fn watches(&self, user: &UserId, reach: Reach) -> bool {
        WATCHED.into_iter().any(|namespace| {
            self.sessions.is_online(user, namespace)
                || (reach == Reach::Everywhere
                    && self.cluster.sockets_elsewhere(user, namespace) > 0)
        })
    }

    fn watched(&self, reach: Reach) -> Vec<Namespace> {
        let watched = |namespace: &Namespace| {
            self.sessions.watching(*namespace)
                || (reach == Reach::Everywhere && self.cluster.is_watched_elsewhere(*namespace))
        };
        WATCHED.into_iter().filter(watched).collect()
    }

    /// They cannot be told, and a hole is worse than a reconnect: what they miss is in the record.
    fn send_away<'a>(&self, users: impl Iterator<Item = &'a UserId>, cause: &Unavailable) {
        tracing::error!(error = %cause, "receivers sent away to recover");
        for user in users {
            self.sessions.disconnect_user(user, CloseReason::Overwhelmed);
        }
    }
}

impl Spelling {
    /// The same, on its way to other nodes.
    pub(super) fn ready(&self) -> Ready {
        let packets = self.batches.iter().flat_map(|batch| {
            batch.to.iter().map(|(frame, users)| Spelled {
                namespace: batch.namespace,
                packet: frame.packet(),
                users: users.clone(),
            })
        });
        Ready { audience: self.audience.clone(), packets: packets.collect() }
    }
}
