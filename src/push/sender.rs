//! Hands over what is due. Never the same push twice: that the provider is about to be called is
//! kept first, and one that was being called when the program died may have arrived.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use actors::domain::{
    Conversation, ConversationId, MessageId, Placed, Position, PushReason, PushToken, Timestamp,
    UserId,
};
use actors::ports::{DuePush, Unavailable};
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt};
use sha2::{Digest, Sha256};
use tokio::sync::{Notify, watch};

use super::ending::{Ending, ending};
use super::{Carrier, Ground, NotCarried, Notification};

/// Pushes taken up in one go; the rest waits in the store.
const AT_ONCE: usize = 64;
/// Of those, handed over side by side.
const SIDE_BY_SIDE: usize = 8;
/// How often it looks up without being told: for what was put off.
const TICK: Duration = Duration::from_millis(500);
/// How long nobody is told after a start: people who were connected when the program died are on
/// their way back, and see for themselves what came meanwhile.
const RETURN: Duration = Duration::from_secs(3);
/// How long one that cannot be looked up stands back for the others, in milliseconds.
const UNREADABLE: i64 = 30_000;

pub(super) struct Sender {
    pub ground: Ground,
    pub news: Arc<Notify>,
}

/// What pushes of one round are about, each looked up once: a message is told to many.
type Seen = HashMap<(ConversationId, MessageId), Option<(Placed, Conversation)>>;

/// A push that is to be handed over.
struct Ready {
    push: DuePush,
    tokens: Vec<PushToken>,
    notification: Notification,
}

impl Sender {
    pub async fn run(self, mut halted: watch::Receiver<bool>) {
        // Where nothing was ever decided, nobody was here before.
        let first = self.ground.store.push_decided_up_to().await;
        if first.is_ok_and(|position| position > Position(0)) {
            tokio::select! {
                () = tokio::time::sleep(RETURN) => {}
                _ = halted.wait_for(|halted| *halted) => return,
            }
        }
        loop {
            if *halted.borrow() {
                return;
            }
            let round = match self.ground.knows_who_is_connected() {
                true => self.round().await,
                false => Ok(0),
            };
            match round {
                Ok(AT_ONCE) => continue,
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "pushes put off"),
            }
            tokio::select! {
                () = self.news.notified() => {}
                () = tokio::time::sleep(TICK) => {}
                _ = halted.wait_for(|halted| *halted) => return,
            }
        }
    }

    /// Takes up what is due; how many there were.
    async fn round(&self) -> Result<usize, Unavailable> {
        let Ground { store, clock, carrier, .. } = &self.ground;
        let due = store.pushes_due(clock.now(), AT_ONCE).await?;
        let found = due.len();
        let (mut seen, mut ready, mut settled) = (Seen::new(), Vec::new(), Vec::new());
        for push in due {
            match self.look(&push, &mut seen).await {
                Ok(Ok(found)) => ready.push(found),
                Ok(Err(reason)) => settled.push((key(&push), reason)),
                Err(error) => {
                    tracing::warn!(message.id = %push.message, %error, "push put off");
                    let until = Timestamp(clock.now().0.saturating_add(UNREADABLE));
                    store.put_push_off(&key(&push), until, &push.reached).await?;
                }
            }
        }
        // Side by side, so that they share a commit.
        let settling = settled.iter().map(|(push, reason)| self.settle(push, *reason));
        join_all(settling).await.into_iter().collect::<Result<(), _>>()?;
        let Some(carrier) = carrier else { return Ok(found) };
        // Each is marked only when its turn has come: all that are marked when the program dies are
        // never sent again.
        let carried = ready.into_iter().map(|ready| self.hand_over(&**carrier, ready));
        let mut carried = stream::iter(carried).buffer_unordered(SIDE_BY_SIDE);
        while let Some(done) = carried.next().await {
            if let Err(error) = done {
                tracing::warn!(%error, "what became of a push is not kept");
            }
        }
        Ok(found)
    }

    /// Looks once more at whether the user may see the message and has not seen it.
    async fn look(
        &self,
        push: &DuePush,
        seen: &mut Seen,
    ) -> Result<Result<Ready, PushReason>, Unavailable> {
        if push.called_at.is_some() {
            return Ok(Err(PushReason::PerhapsSent));
        }
        let Ground { store, carrier, .. } = &self.ground;
        let subject = match seen.entry((push.conversation.clone(), push.message.clone())) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let placed = store.message(&push.conversation, &push.message).await?;
                unknown.insert(placed.zip(store.load(&push.conversation).await?))
            }
        };
        let Some((placed, conversation)) = subject else {
            return Ok(Err(PushReason::NotVisible));
        };
        let message = &placed.message;
        let connected = self.ground.is_connected(&push.user);
        match conversation.push(message, &push.user, connected) {
            PushReason::Offline => {}
            reason => return Ok(Err(reason)),
        }
        let account = &conversation.key.account;
        let user = store.user(&push.user).await?;
        if user.is_some_and(|user| !user.active || user.account != *account) {
            return Ok(Err(PushReason::Inactive));
        }
        let mut tokens = store.push_tokens(&push.user).await?;
        if tokens.is_empty() {
            return Ok(Err(PushReason::NoDevice));
        }
        if carrier.is_none() {
            return Ok(Err(PushReason::NoProvider));
        }
        tokens.retain(|token| !push.reached.contains(&fingerprint(token)));
        let contact = store.contact(&conversation.key.contact).await?;
        let notification = Notification::new(conversation, contact.as_deref(), message);
        Ok(Ok(Ready { push: push.clone(), tokens, notification }))
    }

    async fn hand_over(&self, carrier: &dyn Carrier, ready: Ready) -> Result<(), Unavailable> {
        let Ready { push, tokens, notification } = ready;
        let store = &self.ground.store;
        store.pushing(&[key(&push)], self.ground.clock.now()).await?;
        let mut reached = push.reached.clone();
        let reached_before = !reached.is_empty();
        let mut outcomes = Vec::with_capacity(tokens.len());
        for token in &tokens {
            let outcome = carrier.carry(&token.token, &notification).await;
            match &outcome {
                Ok(()) => reached.push(fingerprint(token)),
                Err(NotCarried::Gone) => {
                    tracing::info!(user.id = %token.user, "dropped a device that is gone");
                    // One that stays is found gone again with the next push.
                    if let Err(error) = store.drop_push_token(token).await {
                        tracing::warn!(user.id = %token.user, %error, "device not dropped");
                    }
                }
                Err(error) => {
                    tracing::warn!(message.id = %push.message, user.id = %push.user, %error,
                        "device not told");
                    if let NotCarried::Unknown(_) = error {
                        reached.push(fingerprint(token));
                    }
                }
            }
            outcomes.push(outcome);
        }
        let now = self.ground.clock.now();
        let age = u64::try_from(now.0.saturating_sub(push.decided_at.0)).unwrap_or_default();
        let age = Duration::from_millis(age);
        match ending(&outcomes, reached_before, push.attempts + 1, age) {
            Ending::Settled(reason) => self.settle(&key(&push), reason).await,
            Ending::Later(wait) => {
                let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
                let until = Timestamp(now.0.saturating_add(wait));
                store.put_push_off(&key(&push), until, &reached).await
            }
        }
    }

    async fn settle(
        &self,
        push: &(MessageId, UserId),
        reason: PushReason,
    ) -> Result<(), Unavailable> {
        let (message, user) = push;
        metrics::counter!("switchboard_pushes_total", "reason" => reason.as_str()).increment(1);
        tracing::debug!(message.id = %message, user.id = %user, reason = reason.as_str(), "push");
        self.ground.store.settle_push(push, reason, self.ground.clock.now()).await
    }
}

fn key(push: &DuePush) -> (MessageId, UserId) {
    (push.message.clone(), push.user.clone())
}

/// Tells a device from a user's others without keeping its token once more.
fn fingerprint(token: &PushToken) -> String {
    let hash = Sha256::digest(token.token.as_bytes());
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use actors::Watermark;
    use actors::domain::command::{Command, Place};
    use actors::domain::{Decision, PushDecision};
    use actors::ports::{Company, Conversations, Lone, PushLog};
    use actors::session::Directory;
    use actors::testing::MemoryStore;
    use actors::testing::domain::{absent, incoming, user};

    use super::*;
    use crate::http::testing::FixedClock;

    #[actix::test]
    async fn of_a_message_that_many_are_told_all_is_read_once() {
        let watermark = Arc::new(Watermark::starting_at(Position(0)));
        let store = Arc::new(MemoryStore::new(Arc::clone(&watermark)));
        let members: Vec<_> = (0..20).map(|n| user(&format!("user{n}"))).collect();
        let message = incoming("m1", "hello");
        let place = Place { message: message.clone(), dated: false, members: members.clone() };
        let Ok(Decision::Record(change)) = place.decide(&absent(), Timestamp(1)) else {
            panic!("nothing to record")
        };
        store.commit(&change).await.unwrap();
        let offline = |user: &UserId| PushDecision {
            message: message.id.clone(),
            user: user.clone(),
            conversation: change.next.id.clone(),
            reason: PushReason::Offline,
            at: Timestamp(1),
        };
        let decisions: Vec<_> = members.iter().map(offline).collect();
        store.keep_push_decisions(&decisions, Timestamp(1), None).await.unwrap();
        let ground = Ground {
            store: store.clone(),
            clock: Arc::new(FixedClock(Timestamp(7))),
            sessions: Directory::new(),
            cluster: Arc::new(Lone(Company::Alone)),
            watermark,
            carrier: None,
        };
        let before = store.reads();

        let found = Sender { ground, news: Arc::new(Notify::new()) }.round().await.unwrap();

        assert_eq!(found, members.len());
        assert_eq!(store.reads() - before, 2, "the message, and its conversation");
        let told = store.pushes_of(&message.id).await.unwrap();
        assert!(told.iter().all(|told| told.reason == PushReason::NoDevice), "{told:?}");
    }
}
