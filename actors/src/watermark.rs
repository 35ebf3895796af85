use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::domain::Position;

/// Which positions were handed to the sessions of this node, and up to where all of them were.
///
/// Conversations are shown side by side, and what other nodes committed comes in as it comes; so a
/// later position may be handed out before an earlier one. What a session is told to come back with
/// must never lie beyond something it is still owed.
///
/// The store names positions here before it answers a commit; who shows them takes them up with
/// [`Watermark::begin`], so that nothing is handed out twice.
#[derive(Debug)]
pub struct Watermark {
    marks: Mutex<Marks>,
    progress: Notify,
}

#[derive(Debug)]
struct Marks {
    /// Everything up to here was handed out here, or was nothing.
    reached: Position,
    /// Handed out beyond that; never the very next.
    handed: BTreeSet<Position>,
    /// Being handed out now.
    under_way: BTreeSet<Position>,
    /// Committed by this node since then; who committed them is about to show them.
    owed: BTreeMap<Position, Instant>,
    newest: Position,
}

/// Most positions handed out ahead of one that is missing. Beyond it the missing one has to come first.
const MOST_AHEAD: usize = 1_000_000;

/// Whether a position may be handed out.
#[derive(Debug)]
pub enum Begun {
    Now(Handing),
    /// What came before it in its conversation was not handed out yet.
    TooEarly,
    /// It was, or is being handed out.
    Already,
}

/// The right to hand a position out. Dropped without [`Handing::done`], it was not handed out.
#[derive(Debug)]
pub struct Handing {
    watermark: Arc<Watermark>,
    position: Position,
}

impl Watermark {
    /// `tail` is a position up to which nothing is under way in the store.
    pub fn starting_at(tail: Position) -> Self {
        let marks = Marks {
            reached: tail,
            handed: BTreeSet::new(),
            under_way: BTreeSet::new(),
            owed: BTreeMap::new(),
            newest: tail,
        };
        Self { marks: Mutex::new(marks), progress: Notify::new() }
    }

    /// These are in the record, by a commit of this node. Called before anybody can show them.
    pub fn committed(&self, positions: &[Position]) {
        let (now, mut marks) = (Instant::now(), self.marks());
        for &position in positions {
            marks.newest = marks.newest.max(position);
            if !marks.is_handed(position) {
                marks.owed.insert(position, now);
            }
        }
    }

    /// Somebody said that the record reaches this far.
    pub fn heard_of(&self, position: Position) {
        let mut marks = self.marks();
        marks.newest = marks.newest.max(position);
    }

    /// Asks to hand out a position, which comes after `previous` in its conversation.
    pub fn begin(self: &Arc<Self>, position: Position, previous: Position) -> Begun {
        let mut marks = self.marks();
        if marks.is_handed(position) || marks.under_way.contains(&position) {
            return Begun::Already;
        }
        let is_next = position == next(marks.reached);
        if !marks.is_handed(previous) || (marks.handed.len() >= MOST_AHEAD && !is_next) {
            return Begun::TooEarly;
        }
        marks.newest = marks.newest.max(position);
        marks.under_way.insert(position);
        Begun::Now(Handing { watermark: Arc::clone(self), position })
    }

    /// Nothing else lies between this position and that one: what is not named is no announcement.
    pub fn nothing_between(&self, after: Position, up_to: Position) {
        self.marks().nothing_between(after, up_to);
        self.progress.notify_waiters();
    }

    /// These were handed to every session that may see them.
    pub fn published(&self, positions: &[Position]) {
        let mut marks = self.marks();
        for position in positions {
            marks.done(*position);
        }
        drop(marks);
        self.progress.notify_waiters();
    }

    /// Waits until a position was handed out; `false` if it was not within this time.
    pub async fn wait_for(&self, position: Position, patience: Duration) -> bool {
        let wait = async {
            loop {
                let progress = self.progress.notified();
                if self.is_handed(position) {
                    return;
                }
                progress.await;
            }
        };
        tokio::time::timeout(patience, wait).await.is_ok()
    }

    pub fn is_handed(&self, position: Position) -> bool {
        self.marks().is_handed(position)
    }

    /// Whether this node committed it so lately that whoever did is still about to show it.
    pub fn is_owed(&self, position: Position, patience: Duration) -> bool {
        self.marks().owed.get(&position).is_some_and(|since| since.elapsed() < patience)
    }

    /// Committed here this long ago, and still not handed out.
    pub fn owes_since(&self, patience: Duration) -> bool {
        self.marks().owed.values().any(|since| since.elapsed() >= patience)
    }

    /// The newest position that was heard of, handed out or not.
    pub fn newest(&self) -> Position {
        self.marks().newest
    }

    /// Everything up to here was handed out.
    pub fn value(&self) -> Position {
        self.marks().reached
    }

    /// The same, once `position` will have been.
    pub fn value_with(&self, position: Position) -> Position {
        let marks = self.marks();
        let mut reached = marks.reached;
        if position == next(reached) {
            reached = position;
            let beyond = marks.handed.range(next(reached)..);
            for handed in beyond {
                if *handed != next(reached) {
                    break;
                }
                reached = *handed;
            }
        }
        reached
    }

    fn marks(&self) -> MutexGuard<'_, Marks> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Handing {
    pub fn position(&self) -> Position {
        self.position
    }

    /// It was handed to every session here that may see it.
    pub fn done(self) {
        self.watermark.published(&[self.position]);
    }
}

impl Drop for Handing {
    fn drop(&mut self) {
        self.watermark.marks().under_way.remove(&self.position);
    }
}

impl Marks {
    fn is_handed(&self, position: Position) -> bool {
        position <= self.reached || self.handed.contains(&position)
    }

    fn done(&mut self, position: Position) {
        self.owed.remove(&position);
        self.under_way.remove(&position);
        self.newest = self.newest.max(position);
        if position > self.reached {
            self.handed.insert(position);
            self.move_on();
        }
    }

    fn nothing_between(&mut self, after: Position, up_to: Position) {
        if after <= self.reached {
            self.reached = self.reached.max(Position(up_to.0.saturating_sub(1)));
            self.handed = self.handed.split_off(&next(self.reached));
        } else if up_to.0.saturating_sub(after.0) < MOST_AHEAD as u64 {
            self.handed.extend((after.0 + 1..up_to.0).map(Position));
        }
        self.move_on();
    }

    fn move_on(&mut self) {
        while self.handed.first() == Some(&next(self.reached)) {
            self.handed.pop_first();
            self.reached = next(self.reached);
        }
        self.newest = self.newest.max(self.reached);
    }
}

fn next(position: Position) -> Position {
    Position(position.0.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(tail: u64) -> Arc<Watermark> {
        Arc::new(Watermark::starting_at(Position(tail)))
    }

    #[test]
    fn it_never_passes_what_is_still_owed() {
        let watermark = at(10);
        watermark.committed(&[Position(11), Position(12)]);
        watermark.committed(&[Position(13)]);

        watermark.published(&[Position(13)]);
        assert_eq!(watermark.value(), Position(10));
        assert_eq!(watermark.value_with(Position(11)), Position(11));

        watermark.published(&[Position(11)]);
        assert_eq!(watermark.value(), Position(11));
        assert_eq!(watermark.value_with(Position(12)), Position(13), "and what waited behind it");

        watermark.published(&[Position(12)]);
        assert_eq!(watermark.value(), Position(13));
    }

    #[test]
    fn a_position_is_handed_out_by_one_and_given_back_by_who_did_not() {
        let watermark = at(0);
        let Begun::Now(first) = watermark.begin(Position(1), Position(0)) else { panic!("free") };
        assert!(matches!(watermark.begin(Position(1), Position(0)), Begun::Already));

        drop(first);
        let Begun::Now(again) = watermark.begin(Position(1), Position(0)) else { panic!("free") };
        again.done();

        assert!(matches!(watermark.begin(Position(1), Position(0)), Begun::Already));
        assert_eq!(watermark.value(), Position(1));
    }

    #[test]
    fn what_follows_in_a_conversation_waits_for_what_came_before() {
        let watermark = at(0);

        assert!(matches!(watermark.begin(Position(3), Position(1)), Begun::TooEarly));
        assert!(matches!(watermark.begin(Position(2), Position(0)), Begun::Now(_)));
        watermark.published(&[Position(1)]);

        assert!(matches!(watermark.begin(Position(3), Position(1)), Begun::Now(_)));
    }

    #[test]
    fn what_is_no_announcement_is_passed_over_wherever_it_lies() {
        let watermark = at(0);
        watermark.published(&[Position(3), Position(7)]);

        watermark.nothing_between(Position(3), Position(7));
        assert_eq!(watermark.value(), Position(0));
        watermark.nothing_between(Position(0), Position(2));
        assert_eq!(watermark.value(), Position(1));

        watermark.published(&[Position(2)]);
        assert_eq!(watermark.value(), Position(7));
    }

    #[tokio::test]
    async fn who_waits_for_a_position_is_woken_by_it_or_told_in_time_that_it_did_not_come() {
        let watermark = at(0);
        let moment = Duration::from_millis(1);
        assert!(!watermark.wait_for(Position(1), moment).await);

        let waiting = watermark.wait_for(Position(1), Duration::from_secs(60));
        let (came, ()) = tokio::join!(waiting, async { watermark.published(&[Position(1)]) });

        assert!(came);
    }
}
