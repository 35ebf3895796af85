//! What came before its time: shown as soon as what comes before it in its conversation was.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::domain::Position;
use crate::ports::{News, Shown};

/// Most that is held, in pieces and in bytes. What finds no room is found in the log.
const MOST_HELD: usize = 4_096;
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// Something another node has for the sessions of this one.
#[derive(Clone, Debug)]
pub(super) enum Told {
    News(News),
    Shown(Shown),
}

#[derive(Default)]
pub struct Gate {
    held: Mutex<Held>,
    look: Notify,
    is_blind: AtomicBool,
}

#[derive(Default)]
struct Held {
    /// By what each waits for.
    waiting: HashMap<Position, Vec<Told>>,
    pieces: usize,
    bytes: usize,
}

impl Gate {
    /// The log is to be read now.
    pub fn look_up(&self) {
        self.look.notify_one();
    }

    /// Whether the log could be read the last time.
    pub fn reaches_the_store(&self) -> bool {
        !self.is_blind.load(Ordering::Acquire)
    }

    pub(super) fn looked(&self, is_blind: bool) {
        self.is_blind.store(is_blind, Ordering::Release);
    }

    pub(super) async fn asked_to_look(&self) {
        self.look.notified().await;
    }

    /// Keeps it until `previous` is taken out again.
    pub(super) fn hold(&self, previous: Position, told: Told) {
        let mut held = self.held();
        let bytes = told.bytes();
        if held.pieces >= MOST_HELD || held.bytes + bytes > MOST_BYTES {
            metrics::counter!("switchboard_cluster_left_to_log_total").increment(1);
            return;
        }
        held.pieces += 1;
        held.bytes += bytes;
        held.waiting.entry(previous).or_default().push(told);
    }

    /// What waited for this, in the order in which it came.
    pub(super) fn release(&self, previous: Position) -> VecDeque<Told> {
        let mut held = self.held();
        let told = held.waiting.remove(&previous).unwrap_or_default();
        held.pieces -= told.len();
        held.bytes -= told.iter().map(Told::bytes).sum::<usize>();
        told.into()
    }

    /// What is waited for.
    pub(super) fn awaited(&self) -> Vec<Position> {
        self.held().waiting.keys().copied().collect()
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Told {
    fn bytes(&self) -> usize {
        let packets = match self {
            Self::News(news) => news.spelled.as_ref().map_or(&[][..], |ready| &ready.packets),
            Self::Shown(shown) => &shown.packets,
        };
        packets.iter().map(|spelled| spelled.packet.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown() -> Told {
        Told::Shown(Shown { after: Position(1), with_offset: false, packets: vec![] })
    }

    #[test]
    fn what_finds_no_room_is_left_to_the_log_and_what_is_taken_out_makes_room() {
        let gate = Gate::default();
        for _ in 0..MOST_HELD + 10 {
            gate.hold(Position(1), shown());
        }

        assert_eq!(gate.release(Position(1)).len(), MOST_HELD);
        gate.hold(Position(2), shown());

        assert_eq!(gate.release(Position(2)).len(), 1);
        assert_eq!(gate.held().pieces, 0);
    }
}
