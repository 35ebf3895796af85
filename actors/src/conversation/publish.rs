//! The one road by which people learn of a change: each who may see it, as they may see it.

use std::sync::Arc;
use std::time::Duration;

use super::Tools;
use crate::domain::{
    Announcement, Change, Conversation, Kind, Message, Participant, Position, Sight, To, UserId,
};
use crate::ports::{Hop, PushOffer, Unavailable};
use crate::session::{Batch, CloseReason, Namespace};
use crate::view::{Composer, StatusView};

/// Where participants watch conversations: the namespace and its alias.
const WATCHED: [Namespace; 2] = [Namespace::Conversation, Namespace::ConversationLive];

/// Times the people of an announcement are looked up before its receivers are sent away to come
/// back and recover, and how long between.
const LOOKUPS: u32 = 20;
const BETWEEN_LOOKUPS: Duration = Duration::from_millis(250);

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

impl Tools {
    /// Tells people of a change that is kept. When it returns, every position was handed out.
    pub(super) async fn publish(
        &self,
        conversation: &Arc<Conversation>,
        change: &Change,
        positions: &[Position],
    ) {
        for (announcement, &position) in change.announcements.iter().zip(positions) {
            let status = change.status.as_ref().map(|status| &status.message);
            let message = change.message.as_ref().map(|(_, message)| message).or(status);
            self.recent.remember(position, conversation, announcement, message).await;
            let offset = self.watermark.value_with(position);
            match (announcement, message) {
                (Announcement::Conversation { is_new, to }, _) => {
                    self.tell_conversation(conversation, to, *is_new, message, offset).await;
                }
                (Announcement::Message, Some(message)) => {
                    // Before they are told: who leaves meanwhile has seen it or recovers it.
                    let sessions = self.sessions_of(conversation, message);
                    self.tell_message(conversation, message, offset).await;
                    self.offer_push(conversation, message, &sessions);
                    let conversation = conversation.id.clone();
                    let hop = Hop::Announced { conversation, position, sessions };
                    self.recorder.record(&message.id, self.clock.now(), hop);
                }
                (Announcement::Status, Some(message)) => {
                    self.tell_status(conversation, message, offset);
                    let (status, error_code) = (message.status, message.error_code.clone());
                    let hop = Hop::Status { status, error_code };
                    self.recorder.record(&message.id, self.clock.now(), hop);
                }
                (Announcement::Message | Announcement::Status, None) => {}
            }
            self.watermark.published(&[position]);
        }
    }

    /// Shows the conversation to its participants, or to one of them, each their own way. A
    /// `known` message need not be looked up should it be the last one.
    pub(super) async fn tell_conversation(
        &self,
        conversation: &Arc<Conversation>,
        to: &To,
        is_new: bool,
        known: Option<&Arc<Message>>,
        offset: Position,
    ) {
        let receivers: Vec<&Participant> = match to {
            To::Participants => conversation.participants().collect(),
            To::User(user) => conversation.told(user).into_iter().collect(),
            To::Team => Vec::new(),
        };
        let receivers: Vec<_> =
            receivers.into_iter().filter(|own| self.watches(&own.user)).collect();
        if receivers.is_empty() {
            return;
        }
        let mut views = Vec::with_capacity(receivers.len());
        let now = self.clock.now();
        let mut composer = Composer::new(&*self.store, Arc::clone(conversation), now);
        if let Some(message) = known {
            composer.know(&message.id, Some(Arc::clone(message)));
        }
        for receiver in &receivers {
            match patiently!(composer.conversation(receiver)) {
                Ok(view) => views.push(view),
                Err(cause) => return self.send_away(receivers.iter().map(|p| &p.user), &cause),
            }
        }
        for namespace in self.watched() {
            let to = views.iter().map(|view| {
                let frame = self.presenter.conversation(namespace, view, is_new, offset);
                (frame, vec![view.own.user.clone()])
            });
            self.sessions.deliver(Batch { namespace, to: to.collect() });
        }
    }

    /// Shows a message to everybody who may see it; people who share a sight share the bytes.
    pub(super) async fn tell_message(
        &self,
        conversation: &Arc<Conversation>,
        message: &Arc<Message>,
        offset: Position,
    ) {
        let mut by_sight: [(Sight, Vec<UserId>); 2] =
            [(Sight::Own, Vec::new()), (Sight::Others, Vec::new())];
        for (user, sight) in conversation.audience(message) {
            by_sight[usize::from(sight == Sight::Others)].1.push(user.clone());
        }
        let namespaces: Vec<_> = self.watched().collect();
        if namespaces.is_empty() {
            return;
        }
        let composer = Composer::new(&*self.store, Arc::clone(conversation), self.clock.now());
        let mut batches: Vec<_> =
            namespaces.into_iter().map(|namespace| Batch { namespace, to: Vec::new() }).collect();
        for (sight, users) in by_sight.into_iter().filter(|(_, users)| !users.is_empty()) {
            match patiently!(composer.message(message, sight)) {
                Ok(view) => {
                    for batch in &mut batches {
                        let frame = self.presenter.message(batch.namespace, &view, offset);
                        batch.to.push((frame, users.clone()));
                    }
                }
                Err(cause) => {
                    let audience = conversation.audience(message).map(|(user, _)| user);
                    return self.send_away(audience, &cause);
                }
            }
        }
        for batch in batches {
            self.sessions.deliver(batch);
        }
    }

    /// Shows how far a message has come to everybody who may see it.
    fn tell_status(&self, conversation: &Conversation, message: &Message, offset: Position) {
        let audience: Vec<_> =
            conversation.audience(message).map(|(user, _)| user.clone()).collect();
        let view = StatusView::new(conversation.id.clone(), message, self.clock.now());
        for namespace in self.watched() {
            let frame = self.presenter.status(namespace, &view, offset);
            self.sessions.deliver(Batch { namespace, to: vec![(frame, audience.clone())] });
        }
    }

    /// Leaves it to push to tell those who are not connected.
    fn offer_push(
        &self,
        conversation: &Arc<Conversation>,
        message: &Arc<Message>,
        sessions: &[(UserId, usize)],
    ) {
        if message.kind == Kind::Outgoing {
            return;
        }
        self.push.offer(PushOffer {
            conversation: Arc::clone(conversation),
            message: Arc::clone(message),
            connected: sessions.iter().map(|(user, _)| user.clone()).collect(),
        });
    }

    /// Who may see a message and is connected, with how many sockets.
    pub(super) fn sessions_of(
        &self,
        conversation: &Conversation,
        message: &Message,
    ) -> Vec<(UserId, usize)> {
        if self.watched().next().is_none() {
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

    fn watches(&self, user: &UserId) -> bool {
        WATCHED.into_iter().any(|namespace| self.sessions.is_online(user, namespace))
    }

    fn watched(&self) -> impl Iterator<Item = Namespace> {
        WATCHED.into_iter().filter(|namespace| self.sessions.watching(*namespace))
    }

    /// They cannot be told, and a hole is worse than a reconnect: what they miss is in the record.
    fn send_away<'a>(&self, users: impl Iterator<Item = &'a UserId>, cause: &Unavailable) {
        tracing::error!(error = %cause, "receivers sent away to recover");
        for user in users {
            self.sessions.disconnect_user(user, CloseReason::Overwhelmed);
        }
    }
}
