use std::collections::BTreeSet;
use std::sync::Mutex;

use crate::domain::Position;

/// Up to which position everything committed has been handed to the sessions.
///
/// Conversations publish side by side, so a later position may go out before an earlier one. What
/// a session is told to come back with must never lie beyond something it is still owed.
///
/// The store names positions here before it answers a commit; who publishes takes them off.
#[derive(Debug)]
pub struct Watermark(Mutex<Marks>);

#[derive(Debug)]
struct Marks {
    /// Committed, not yet published. As many as commits under way: one per conversation at most.
    owed: BTreeSet<Position>,
    newest: Position,
}

impl Watermark {
    /// `tail` is the newest position of a store on which nothing is under way.
    pub fn starting_at(tail: Position) -> Self {
        Self(Mutex::new(Marks { owed: BTreeSet::new(), newest: tail }))
    }

    /// These are in the record. Called in the order of positions, before anybody can publish them.
    pub fn committed(&self, positions: &[Position]) {
        let mut marks = self.marks();
        marks.owed.extend(positions);
        marks.newest = marks.newest.max(positions.iter().copied().max().unwrap_or_default());
    }

    /// These have been handed to every session that may see them.
    pub fn published(&self, positions: &[Position]) {
        let mut marks = self.marks();
        for position in positions {
            marks.owed.remove(position);
        }
    }

    /// The newest position there is, handed out or not.
    pub fn newest(&self) -> Position {
        self.marks().newest
    }

    /// Everything up to here was handed out.
    pub fn value(&self) -> Position {
        self.marks().before(None)
    }

    /// The same, once `position` will have been.
    pub fn value_with(&self, position: Position) -> Position {
        self.marks().before(Some(position))
    }

    fn marks(&self) -> std::sync::MutexGuard<'_, Marks> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Marks {
    fn before(&self, but: Option<Position>) -> Position {
        let first = self.owed.iter().find(|owed| Some(**owed) != but);
        first.map_or(self.newest, |first| Position(first.0 - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_passes_what_is_still_owed() {
        let watermark = Watermark::starting_at(Position(10));
        watermark.committed(&[Position(11), Position(12)]);
        watermark.committed(&[Position(13)]);

        watermark.published(&[Position(13)]);
        assert_eq!(watermark.value(), Position(10));
        assert_eq!(watermark.value_with(Position(11)), Position(11));

        watermark.published(&[Position(11)]);
        assert_eq!(watermark.value(), Position(11));

        watermark.published(&[Position(12)]);
        assert_eq!(watermark.value(), Position(13));
    }
}
