use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::roster::SeatId;
use super::{CloseReason, Frame};

/// What a worker may be asked.
pub(super) enum Work {
    Deliver(Vec<Part>),
    Dismiss(SeatId, CloseReason),
    DismissAll(CloseReason),
}

/// A frame, and who gets it here.
pub(super) struct Part {
    pub frame: Frame,
    pub seats: Vec<SeatId>,
}

/// What waits for one worker. Bounded; an actix mailbox grows with the number of its senders.
///
/// Too much is never lost in silence: everything is dropped, and the worker closes its sessions,
/// which come back and are replayed what they missed.
pub(super) struct Inbox {
    state: Mutex<State>,
    limit: usize,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Work>,
    overflowed: bool,
    waker: Option<Waker>,
}

impl Inbox {
    pub fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), limit })
    }

    pub fn push(&self, work: Work) {
        let mut state = self.state();
        if state.overflowed {
            return;
        }
        if state.queue.len() >= self.limit {
            state.overflowed = true;
            state.queue.clear();
        } else {
            state.queue.push_back(work);
        }
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Everything that waits, at once: what a session gets of it shares one write.
    pub fn poll_take(&self, cx: &mut Context<'_>) -> Poll<VecDeque<Work>> {
        let mut state = self.state();
        if std::mem::take(&mut state.overflowed) {
            return Poll::Ready([Work::DismissAll(CloseReason::Overwhelmed)].into());
        }
        if !state.queue.is_empty() {
            return Poll::Ready(std::mem::take(&mut state.queue));
        }
        state.waker = Some(cx.waker().clone());
        Poll::Pending
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
