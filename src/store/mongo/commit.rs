//! A commit: one conditional update of the conversation, which is the moment at which it happened,
//! and everything that follows from it.
//!
//! 1. Look whether it fits, so that what does not costs nobody a position (`judge`).
//! 2. Take positions (`positions`).
//! 3. Write the conversation's next version, and with it all that has to follow, if it still is at
//!    the version before and nothing is pending there.
//! 4. Write out what follows (`finish`); then say that it is kept.
//! 5. Clear what is pending, later and only if nothing was committed on top of it.
//!
//! Whoever finds a conversation with something pending does 4 and 5 first. Positions of a commit
//! that did not come to 3 are void.
use std::time::Duration;

use actors::domain::{Change, ConversationId, Position};
use actors::ports::{CommitError, Committed, Unavailable};
use bson::oid::ObjectId;
use bson::{Bson, Document, doc};

use super::ask::{ask, ask_unique};
use super::collections::CONVERSATIONS;
use super::conversation_document::{key, state};
use super::judge::{Head, Verdict};
use super::pending::Pending;
use super::positions::Taken;
use super::{Mongo, Step, ids};

/// Most bytes of messages that one update of a conversation carries. A server takes documents of
/// 16 MiB.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// A busy conversation's next commit overwrites what is pending; a quiet one's is cleared after this.
const QUIET: Duration = Duration::from_millis(50);

pub type Outcome = Result<Committed, CommitError>;

impl Mongo {
    /// Commits as many as fit into one update; at least one. As many outcomes, the last of which
    /// may have failed.
    pub(super) async fn commit_some(&self, changes: &[Change]) -> Vec<Outcome> {
        let changes = &changes[..at_once(changes)];
        let Some(first) = changes.first() else { return Vec::new() };
        let outcome = self.try_commit(first, changes).await;
        if outcome.as_ref().map_or(true, |outcomes| outcomes.iter().any(Result::is_err)) {
            // What is remembered of it may be the reason.
            self.heads.invalidate(&first.next.id);
        }
        outcome.unwrap_or_else(|error| vec![Err(error.into())])
    }

    async fn try_commit(
        &self,
        first: &Change,
        changes: &[Change],
    ) -> Result<Vec<Outcome>, Unavailable> {
        let head = match self.heads.get(&first.next.id) {
            Some(head) if head.version + 1 == first.next.version => head,
            _ => self.head(first).await?,
        };
        let Verdict { fit, wrong } = self.judge(&head, changes).await?;
        let mut outcomes = match fit {
            0 => Vec::new(),
            _ => self.carry_out(&head, &changes[..fit]).await?,
        };
        if outcomes.len() == fit && outcomes.iter().all(Result::is_ok) {
            outcomes.extend(wrong.map(Err));
        }
        Ok(outcomes)
    }

    /// Steps 2 to 5 for changes that fitted when they were looked at.
    async fn carry_out(
        &self,
        head: &Head,
        changes: &[Change],
    ) -> Result<Vec<Outcome>, Unavailable> {
        let (Some(first), Some(last)) = (changes.first(), changes.last()) else {
            return Ok(Vec::new());
        };
        let count = changes.iter().map(|change| change.announcements.len()).sum();
        let taken = self.positions.take(count).await?;
        self.reached(Step::PositionsTaken).await?;
        let pending = Pending::of(changes, &taken.positions, head.last, self.clock.now());
        if !self.step(head, last, &pending).await? {
            self.give_back(taken).await;
            return Ok(vec![Err(self.why_not(first).await?)]);
        }
        self.reached(Step::Committed).await?;
        let pending = self.follow(last, pending).await?;
        self.remember(last, &pending);
        Ok(outcomes(changes, &self.used(taken, &pending), head.last))
    }

    /// Step 3. `false`: the conversation is not as it was, or another one has its key.
    async fn step(
        &self,
        head: &Head,
        last: &Change,
        pending: &Pending,
    ) -> Result<bool, Unavailable> {
        let next = &last.next;
        let conversations = self.collection(CONVERSATIONS);
        let id = ids::id(next.id.as_str());
        let mut after = state(next);
        after.insert("last_position", pending.positions.last().copied().unwrap_or_default());
        after.insert("pending", pending.document());
        if head.version == 0 {
            let mut whole = doc! { "_id": id };
            whole.extend(key(&next.key));
            whole.extend(after);
            let kept = ask_unique("committing", conversations.insert_one(whole)).await?;
            return Ok(kept.is_some());
        }
        let mut before = doc! {
            "_id": id,
            "version": super::fields::signed(head.version),
            "pending.id": nothing_pending(head.finished),
        };
        before.extend(key(&next.key));
        let update = conversations.update_one(before, doc! { "$set": after });
        Ok(ask("committing", update).await?.matched_count == 1)
    }

    /// Steps 4 and 5.
    async fn follow(&self, last: &Change, mut pending: Pending) -> Result<Pending, Unavailable> {
        loop {
            match self.finish(&last.next, pending).await? {
                Some(pending) => return Ok(pending),
                // Whoever found it took positions anew. It stays ours to show.
                None => {
                    let found = self.pending_of(&last.next).await?;
                    let gone = || Unavailable::new("committing", "finished elsewhere");
                    pending = found.ok_or_else(gone)?;
                }
            }
        }
    }

    /// The next commit here need not look, and what is pending need not be cleared before it.
    fn remember(&self, last: &Change, pending: &Pending) {
        let id = &last.next.id;
        let newest = pending.positions.last().copied().unwrap_or_default();
        let head = Head {
            version: last.next.version,
            last: Position(u64::try_from(newest).unwrap_or_default()),
            finished: Some(pending.id),
        };
        self.heads.insert(id.clone(), head);
        self.clear_later(id.clone(), pending.id);
    }

    fn clear_later(&self, id: ConversationId, pending: ObjectId) {
        let (conversations, heads) = (self.collection(CONVERSATIONS), self.heads.clone());
        let newest = move |id: &ConversationId| heads.get(id).and_then(|head| head.finished);
        tokio::spawn(async move {
            tokio::time::sleep(QUIET).await;
            if newest(&id) == Some(pending) {
                let there = doc! { "_id": ids::id(id.as_str()), "pending.id": pending };
                let done = doc! { "$unset": { "pending": "" } };
                // If it fails, whoever finds it carries it out again.
                let _ = ask("committing", conversations.update_one(there, done)).await;
            }
        });
    }

    /// The positions at which it was kept. Those it had to give away meanwhile are void.
    fn used(&self, taken: Taken, pending: &Pending) -> Vec<Position> {
        let was = taken.used();
        let is: Vec<Position> =
            pending.positions.iter().filter_map(|p| u64::try_from(*p).ok()).map(Position).collect();
        let void: Vec<_> = was.into_iter().filter(|position| !is.contains(position)).collect();
        self.watermark.published(&void);
        is
    }

    /// Why a change that fitted does not fit any more.
    async fn why_not(&self, change: &Change) -> Result<CommitError, Unavailable> {
        let head = self.head(change).await?;
        let verdict = self.judge(&head, std::slice::from_ref(change)).await?;
        Ok(verdict.wrong.unwrap_or(CommitError::Stale))
    }
}

/// What must be pending for a commit to take its place: nothing, or what was written out already.
pub fn nothing_pending(finished: Option<ObjectId>) -> Document {
    let finished = finished.map(Bson::ObjectId);
    doc! { "$in": std::iter::once(Bson::Null).chain(finished).collect::<Vec<_>>() }
}

fn outcomes(changes: &[Change], positions: &[Position], before: Position) -> Vec<Outcome> {
    let mut rest = positions.iter().copied();
    let mut previous = before;
    let outcomes = changes.iter().map(|change| {
        let positions: Vec<_> = rest.by_ref().take(change.announcements.len()).collect();
        let committed = Committed { previous, positions };
        previous = committed.positions.last().copied().unwrap_or(previous);
        Ok(committed)
    });
    outcomes.collect()
}

/// How many of the changes one document can carry; the first, in any case.
fn at_once(changes: &[Change]) -> usize {
    let mut bytes = 0;
    let fit = changes.iter().take_while(|change| {
        bytes += change.message.as_ref().map_or(0, |(_, message)| message.bytes());
        bytes <= MOST_BYTES
    });
    fit.count().max(1).min(changes.len())
}
