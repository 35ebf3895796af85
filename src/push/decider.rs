//! Decides on each new message whom to tell, and keeps every decision with its reason.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actors::domain::{
    Announcement, Conversation, Entry, Kind, Message, Position, PushDecision, PushReason,
    Timestamp, UserId,
};
use actors::ports::{PushOffer, Unavailable};
use tokio::sync::{Notify, mpsc, watch};

use super::{Ground, Left};

/// Entries of the log that are read in one go.
const PAGE: usize = 256;
/// Between two attempts to read the log of a store that is away.
const AGAIN: Duration = Duration::from_secs(1);
/// How long offers gather before they are decided on, so that decisions cost few commits, however
/// busy it is.
const GATHER: Duration = Duration::from_millis(50);

pub(super) struct Decider<'a> {
    pub ground: Ground,
    pub offers: &'a mut mpsc::Receiver<PushOffer>,
    /// Something may be in the log that was not offered here.
    pub behind: Arc<AtomicBool>,
    /// What other nodes committed, of which only the log says more.
    pub left: Arc<Left>,
    pub news: Arc<Notify>,
}

impl Decider<'_> {
    pub async fn run(mut self, mut halted: watch::Receiver<bool>) {
        loop {
            if !self.ground.knows_who_is_connected() {
                // Who is connected elsewhere would be told as if they were not; it waits in the log.
                self.behind.store(true, Ordering::SeqCst);
                tokio::select! {
                    () = tokio::time::sleep(AGAIN) => continue,
                    _ = halted.wait_for(|halted| *halted) => return,
                }
            }
            if self.behind.load(Ordering::SeqCst)
                && let Err(error) = self.catch_up().await
            {
                self.behind.store(true, Ordering::SeqCst);
                tracing::warn!(%error, "pushes are decided later");
                tokio::select! {
                    () = tokio::time::sleep(AGAIN) => continue,
                    _ = halted.wait_for(|halted| *halted) => return,
                }
            }
            let offer = tokio::select! {
                Some(offer) = self.offers.recv() => offer,
                () = self.left.news.notified() => {
                    tokio::time::sleep(GATHER).await;
                    continue;
                }
                _ = halted.wait_for(|halted| *halted) => return,
            };
            tokio::time::sleep(GATHER).await;
            self.take(offer).await;
        }
    }

    /// Decides on everything that was offered up to now.
    async fn take(&mut self, first: PushOffer) {
        // In this order: all that was published up to here was offered before, so it is in the
        // queue, or `behind` says that it is not.
        let reached = self.ground.watermark.value();
        let behind = self.behind.load(Ordering::SeqCst);
        let now = self.ground.clock.now();
        let mut decisions = Vec::new();
        let mut offer = Some(first);
        while let Some(PushOffer { conversation, message, connected }) = offer {
            let is_connected = |user: &UserId| connected.contains(user);
            decide(&conversation, &message, is_connected, now, &mut decisions);
            offer = self.offers.try_recv().ok();
        }
        if let Err(error) = self.keep(&decisions, now, (!behind).then_some(reached)).await {
            self.behind.store(true, Ordering::SeqCst);
            tracing::warn!(%error, "pushes are decided later");
        }
    }

    /// Decides on what the log says and nobody decided on.
    async fn catch_up(&mut self) -> Result<(), Unavailable> {
        // First, so that what is left to the log from now on is seen the next time.
        self.behind.store(false, Ordering::SeqCst);
        let Ground { store, watermark, .. } = &self.ground;
        let reached = watermark.value();
        let mut after = store.push_decided_up_to().await?;
        while after < reached {
            let page = store.entries_after(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.position;
            let up_to = after.min(reached);
            self.decide_again(page, up_to).await?;
        }
        if self.left.up_to.load(Ordering::SeqCst) > reached.0 {
            // Something before it is still to be shown; then it is looked at again.
            self.behind.store(true, Ordering::SeqCst);
            self.left.news.notify_one();
        }
        Ok(())
    }

    async fn decide_again(&self, page: Vec<Entry>, up_to: Position) -> Result<(), Unavailable> {
        let now = self.ground.clock.now();
        let mut decisions = Vec::new();
        for entry in page.into_iter().filter(|entry| entry.position <= up_to) {
            let (Announcement::Message, Some(id)) = (&entry.announcement, &entry.message) else {
                continue;
            };
            let store = &self.ground.store;
            let Some(conversation) = store.load(&entry.conversation).await? else { continue };
            let Some(placed) = store.message(&entry.conversation, id).await? else { continue };
            let is_connected = |user: &UserId| self.ground.is_connected(user);
            decide(&conversation, &placed.message, is_connected, now, &mut decisions);
        }
        self.keep(&decisions, now, Some(up_to)).await
    }

    async fn keep(
        &self,
        decisions: &[PushDecision],
        due: Timestamp,
        up_to: Option<Position>,
    ) -> Result<(), Unavailable> {
        self.ground.store.keep_push_decisions(decisions, due, up_to).await?;
        if decisions.iter().any(|decision| decision.reason == PushReason::Offline) {
            self.news.notify_one();
        }
        Ok(())
    }
}

/// Decides on one message for each participant.
fn decide(
    conversation: &Conversation,
    message: &Message,
    is_connected: impl Fn(&UserId) -> bool,
    now: Timestamp,
    decisions: &mut Vec<PushDecision>,
) {
    if message.kind == Kind::Outgoing {
        return;
    }
    decisions.extend(conversation.participants().map(|participant| PushDecision {
        message: message.id.clone(),
        user: participant.user.clone(),
        conversation: conversation.id.clone(),
        reason: conversation.push(message, &participant.user, is_connected(&participant.user)),
        at: now,
    }));
}

#[cfg(test)]
mod tests {
    use actors::Watermark;
    use actors::domain::command::{Command, Place};
    use actors::domain::{Change, Decision};
    use actors::ports::{Clock, Company, Conversations, Lone, Push, PushLog};
    use actors::session::Directory;
    use actors::testing::MemoryStore;
    use actors::testing::domain::{conversation, incoming, user};

    use super::*;
    use crate::http::testing::FixedClock;
    use crate::push::Offers;

    /// A store that holds a conversation of these users and one message in it.
    async fn stage() -> (Ground, Arc<MemoryStore>, Change, Vec<Position>) {
        let watermark = Arc::new(Watermark::starting_at(Position(0)));
        let store = Arc::new(MemoryStore::new(Arc::clone(&watermark)));
        let place =
            Place { message: incoming("m1", "hello"), dated: false, members: vec![user("ana")] };
        let absent = actors::testing::domain::absent();
        let change = match place.decide(&absent, Timestamp(1)) {
            Ok(Decision::Record(change)) => *change,
            other => panic!("expected a change, got {other:?}"),
        };
        let positions = store.commit(&change).await.unwrap().positions;
        let clock: Arc<dyn Clock> = Arc::new(FixedClock(Timestamp(7)));
        let sessions = Directory::new();
        let cluster = Arc::new(Lone(Company::Alone));
        let store_too = store.clone();
        let ground =
            Ground { store: store_too, clock, sessions, cluster, watermark, carrier: None };
        (ground, store, change, positions)
    }

    fn decider<'a>(
        ground: &Ground,
        offers: &'a mut mpsc::Receiver<PushOffer>,
        behind: bool,
    ) -> Decider<'a> {
        let behind = Arc::new(AtomicBool::new(behind));
        let (left, news) = (Arc::default(), Arc::new(Notify::new()));
        Decider { ground: ground.clone(), offers, behind, left, news }
    }

    fn offer(change: &Change) -> PushOffer {
        let (_, message) = change.message.clone().unwrap();
        let conversation = Arc::new(change.next.clone());
        PushOffer { conversation, message, connected: vec![] }
    }

    async fn reasons(store: &MemoryStore) -> Vec<PushReason> {
        let id = incoming("m1", "").id;
        let decisions = store.pushes_of(&id).await.unwrap();
        decisions.iter().map(|decision| decision.reason).collect()
    }

    #[actix::test]
    async fn what_was_committed_and_never_offered_is_decided_after_a_restart() {
        let (ground, store, _, positions) = stage().await;
        ground.watermark.published(&positions);
        let (_queue, mut offers) = mpsc::channel(1);

        decider(&ground, &mut offers, true).catch_up().await.unwrap();

        assert_eq!(reasons(&store).await, [PushReason::Offline]);
        assert_eq!(store.push_decided_up_to().await.unwrap(), *positions.last().unwrap());
    }

    #[actix::test]
    async fn what_is_committed_and_not_yet_published_is_not_passed_over() {
        let (ground, store, change, positions) = stage().await;
        let other = conversation(&["ben"]);
        let other = PushOffer { conversation: Arc::new(other), ..offer(&change) };
        let (_queue, mut offers) = mpsc::channel(1);

        decider(&ground, &mut offers, false).take(other).await;

        assert!(store.push_decided_up_to().await.unwrap() < *positions.last().unwrap());
    }

    #[actix::test]
    async fn an_offer_that_finds_the_queue_full_is_found_in_the_log() {
        let (ground, store, change, positions) = stage().await;
        let (queue, mut offers) = mpsc::channel(1);
        let mut decider = decider(&ground, &mut offers, false);
        let left = Arc::clone(&decider.left);
        left.on_duty.store(true, Ordering::SeqCst);
        let gate = Offers { queue, behind: Arc::clone(&decider.behind), left };
        let ben = PushOffer {
            conversation: Arc::new(conversation(&["ben"])),
            message: Arc::new(incoming("m0", "before")),
            connected: vec![],
        };

        gate.offer(ben.clone());
        gate.offer(offer(&change));
        ground.watermark.published(&positions);
        let first = decider.offers.recv().await.unwrap();
        decider.take(first).await;
        assert_eq!(store.push_decided_up_to().await.unwrap(), Position(0));
        assert_eq!(reasons(&store).await, []);
        decider.catch_up().await.unwrap();

        assert_eq!(reasons(&store).await, [PushReason::Offline]);
    }
}
