mod line;
mod reading;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use actix::Recipient;

use super::{Close, CloseReason, Frame};
use line::Wired;
pub use line::{Ended, Line};

/// How much one session may owe its client before it is closed as [`CloseReason::Lagging`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutboxLimits {
    pub frames: usize,
    pub bytes: usize,
}

impl Default for OutboxLimits {
    fn default() -> Self {
        Self { frames: 1024, bytes: 4 * 1024 * 1024 }
    }
}

/// What one session has yet to be sent, in order, and who may take it: one transport at a time.
///
/// Frames wait here until somebody takes them, or until [`Outbox::flush`] writes them to the line
/// of a websocket; what was put in between shares one write.
///
/// It may be read on another thread than the one the session lives on, since a poll (or the
/// websocket of an upgrade) comes in wherever the kernel put it. The lock is held for a few
/// instructions and nearly always by the same thread.
pub struct Outbox {
    state: Mutex<State>,
    limits: OutboxLimits,
    session: Recipient<Close>,
}

struct State {
    queue: VecDeque<Frame>,
    bytes: usize,
    /// Part of a replay that is still in the queue; it does not count against the limits.
    owed_frames: usize,
    owed_bytes: usize,
    reader: Reader,
    leases: u64,
    waker: Option<Waker>,
    closed: Option<CloseReason>,
    farewell: bool,
}

enum Reader {
    Polling { pending: Option<Lease>, switching: bool },
    Socket(Lease, Option<Wired>),
}

/// The right to take from an outbox, until it is given to somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease(u64);

/// What there was to take.
#[derive(Debug, PartialEq, Eq)]
pub enum Taken {
    /// Everything that was ready, up to the size asked for; at least one frame.
    Frames(Vec<Frame>),
    /// Nothing; a websocket is about to take over and waits for this poll to end.
    Switching,
    /// Another transport has taken over.
    Revoked,
    /// Nothing will come any more.
    Closed(CloseReason),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PollRefused {
    /// Another poll waits already.
    Overlap,
    /// The session has moved to a websocket.
    NotPolling,
    Closed(CloseReason),
}

/// The session is not polling any more, is closed, or another websocket came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SwitchRefused;

impl Outbox {
    /// `session` learns once that the outbox was closed, whoever closed it.
    pub fn new(limits: OutboxLimits, session: Recipient<Close>) -> Arc<Self> {
        let state = State {
            queue: VecDeque::new(),
            bytes: 0,
            owed_frames: 0,
            owed_bytes: 0,
            reader: Reader::Polling { pending: None, switching: false },
            leases: 0,
            waker: None,
            closed: None,
            farewell: false,
        };
        Arc::new(Self { state: Mutex::new(state), limits, session })
    }

    /// Adds frames that belong together; all of them or none. Who adds calls [`Outbox::flush`]
    /// before the turn ends.
    ///
    /// # Errors
    ///
    /// The reason for which the outbox is closed; [`CloseReason::Lagging`] when this was too much.
    pub fn push(&self, frames: &[Frame]) -> Result<(), CloseReason> {
        let mut state = self.state();
        if let Some(reason) = state.closed {
            return Err(reason);
        }
        let more: usize = frames.iter().map(Frame::wire_len).sum();
        if state.queue.len() + frames.len() > self.limits.frames + state.owed_frames
            || state.bytes + more > self.limits.bytes + state.owed_bytes
        {
            drop(state);
            self.close(CloseReason::Lagging);
            return Err(CloseReason::Lagging);
        }
        state.queue.extend(frames.iter().cloned());
        state.bytes += more;
        call_reader(state);
        Ok(())
    }

    /// Adds a replay, which may be longer than the limits: who closed a session for being sent
    /// what it missed would do so again each time it came back. Who composes it bounds it.
    ///
    /// # Errors
    ///
    /// The reason for which the outbox is closed.
    pub fn push_owed(&self, frames: &[Frame]) -> Result<(), CloseReason> {
        let mut state = self.state();
        if let Some(reason) = state.closed {
            return Err(reason);
        }
        let more: usize = frames.iter().map(Frame::wire_len).sum();
        state.queue.extend(frames.iter().cloned());
        state.bytes += more;
        state.owed_frames += frames.len();
        state.owed_bytes += more;
        call_reader(state);
        Ok(())
    }

    /// Closes it; `false` when it was closed before (the first reason stays).
    #[expect(clippy::disallowed_methods, reason = "once per session; a stopped one ignores it")]
    pub fn close(&self, reason: CloseReason) -> bool {
        let mut state = self.state();
        if state.closed.is_some() {
            return false;
        }
        state.closed = Some(reason);
        state.farewell = reason == CloseReason::ClientClosed
            && matches!(state.reader, Reader::Polling { pending: None, .. });
        if !reason.flushes() {
            state.queue = VecDeque::new();
            state.bytes = 0;
        }
        wake(state);
        self.session.do_send(Close(reason));
        true
    }

    pub fn closed(&self) -> Option<CloseReason> {
        self.state().closed
    }

    pub fn is_polling(&self) -> bool {
        matches!(self.state().reader, Reader::Polling { .. })
    }

    /// Frames that wait.
    pub fn depth(&self) -> usize {
        self.state().queue.len()
    }

    /// Whether a poll that was on its way when the client closed may still be answered. Once.
    pub fn take_farewell(&self) -> bool {
        std::mem::take(&mut self.state().farewell)
    }

    pub fn owes_farewell(&self) -> bool {
        self.state().farewell
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Something waits. A line is written to when the turn is over, so that frames share a write.
fn call_reader(state: MutexGuard<'_, State>) {
    if !matches!(state.reader, Reader::Socket(_, Some(_))) {
        wake(state);
    }
}

/// Wakes the reader after the lock is gone: it may run on another thread and want it at once.
fn wake(mut state: MutexGuard<'_, State>) {
    let waker = state.waker.take();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl State {
    fn lease(&mut self) -> Lease {
        self.leases += 1;
        Lease(self.leases)
    }

    fn take(&mut self, max_bytes: usize) -> Vec<Frame> {
        let mut size = 0;
        let mut count = 0;
        for frame in &self.queue {
            size += frame.wire_len();
            if count > 0 && size > max_bytes {
                size -= frame.wire_len();
                break;
            }
            count += 1;
        }
        let frames: Vec<Frame> = self.queue.drain(..count).collect();
        self.taken(count, size);
        frames
    }

    /// So many frames and bytes have left the queue.
    fn taken(&mut self, frames: usize, bytes: usize) {
        self.bytes -= bytes;
        self.owed_frames = self.owed_frames.saturating_sub(frames);
        self.owed_bytes = self.owed_bytes.saturating_sub(bytes);
        if self.queue.is_empty() {
            // An idle session shall not keep what a burst needed.
            self.queue = VecDeque::new();
        }
    }
}
