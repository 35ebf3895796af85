use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use actix::Recipient;

use super::{Close, CloseReason, Frame};

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
    Socket(Lease),
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

    /// Adds frames that belong together; all of them or none.
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
        wake(state);
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
        wake(state);
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

    /// A poll begins to wait.
    ///
    /// # Errors
    ///
    /// See [`PollRefused`].
    pub fn begin_poll(&self) -> Result<Lease, PollRefused> {
        let mut state = self.state();
        if let Some(reason) = state.closed {
            return Err(PollRefused::Closed(reason));
        }
        let lease = state.lease();
        match &mut state.reader {
            Reader::Socket(_) => Err(PollRefused::NotPolling),
            Reader::Polling { pending: Some(_), .. } => Err(PollRefused::Overlap),
            Reader::Polling { pending, .. } => {
                *pending = Some(lease);
                Ok(lease)
            }
        }
    }

    /// A poll ends without having taken anything.
    pub fn end_poll(&self, lease: Lease) {
        if let Reader::Polling { pending, .. } = &mut self.state().reader
            && *pending == Some(lease)
        {
            *pending = None;
        }
    }

    /// Whether a poll still waits under this lease.
    pub fn holds(&self, lease: Lease) -> bool {
        matches!(self.state().reader, Reader::Polling { pending, .. } if pending == Some(lease))
    }

    /// A websocket takes everything from now on: the first transport of a fresh session.
    pub fn begin_socket(&self) -> Lease {
        let mut state = self.state();
        let lease = state.lease();
        state.reader = Reader::Socket(lease);
        wake(state);
        lease
    }

    /// Whether a websocket may ask to take over.
    pub fn may_switch(&self) -> bool {
        let state = self.state();
        state.closed.is_none() && matches!(state.reader, Reader::Polling { switching: false, .. })
    }

    /// Whether a websocket has asked to take over and has not yet.
    pub fn is_switching(&self) -> bool {
        matches!(self.state().reader, Reader::Polling { switching: true, .. })
    }

    /// A websocket wants to take over; polls are asked to end.
    ///
    /// # Errors
    ///
    /// See [`SwitchRefused`].
    pub fn begin_switch(&self) -> Result<(), SwitchRefused> {
        let mut state = self.state();
        if state.closed.is_some() {
            return Err(SwitchRefused);
        }
        match &mut state.reader {
            Reader::Polling { switching, .. } if !*switching => {
                *switching = true;
                wake(state);
                Ok(())
            }
            _ => Err(SwitchRefused),
        }
    }

    /// The websocket that wanted to take over will not.
    pub fn abandon_switch(&self) {
        if let Reader::Polling { switching, .. } = &mut self.state().reader {
            *switching = false;
        }
    }

    /// The websocket that began to switch takes over.
    ///
    /// # Errors
    ///
    /// See [`SwitchRefused`].
    pub fn switch(&self) -> Result<Lease, SwitchRefused> {
        let mut state = self.state();
        match state.reader {
            Reader::Polling { switching: true, .. } if state.closed.is_none() => {
                let lease = state.lease();
                state.reader = Reader::Socket(lease);
                wake(state);
                Ok(lease)
            }
            _ => Err(SwitchRefused),
        }
    }

    /// Takes what is ready, up to `max_bytes` (but one frame at least), or waits. A poll that has
    /// taken something has ended.
    pub fn poll_take(&self, lease: Lease, cx: &mut Context<'_>, max_bytes: usize) -> Poll<Taken> {
        let mut state = self.state();
        let (ours, switching) = match state.reader {
            Reader::Socket(holder) => (holder == lease, false),
            Reader::Polling { pending, switching } => (pending == Some(lease), switching),
        };
        if !ours {
            return Poll::Ready(Taken::Revoked);
        }
        if !state.queue.is_empty() {
            let frames = state.take(max_bytes);
            if let Reader::Polling { pending, .. } = &mut state.reader {
                *pending = None;
            }
            return Poll::Ready(Taken::Frames(frames));
        }
        if let Some(reason) = state.closed {
            return Poll::Ready(Taken::Closed(reason));
        }
        if switching {
            return Poll::Ready(Taken::Switching);
        }
        match &mut state.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    /// [`Outbox::poll_take`] as a future.
    pub async fn take(&self, lease: Lease, max_bytes: usize) -> Taken {
        std::future::poll_fn(|cx| self.poll_take(lease, cx, max_bytes)).await
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
        self.bytes -= size;
        self.owed_frames = self.owed_frames.saturating_sub(count);
        self.owed_bytes = self.owed_bytes.saturating_sub(size);
        if self.queue.is_empty() && self.queue.capacity() > 64 {
            // An idle session shall not keep what a burst needed.
            self.queue = VecDeque::new();
        }
        frames
    }
}
