//! Who may take from an outbox: polls, and the websocket that may follow them.
use std::task::{Context, Poll};

use super::{Lease, Outbox, PollRefused, Reader, SwitchRefused, Taken, wake};

impl Outbox {
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
            Reader::Socket(..) => Err(PollRefused::NotPolling),
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
        state.reader = Reader::Socket(lease, None);
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
                state.reader = Reader::Socket(lease, None);
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
        let (ours, switching) = match &state.reader {
            Reader::Socket(holder, _) => (*holder == lease, false),
            Reader::Polling { pending, switching } => (*pending == Some(lease), *switching),
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
        state.wait(cx);
        Poll::Pending
    }

    /// [`Outbox::poll_take`] as a future.
    pub async fn take(&self, lease: Lease, max_bytes: usize) -> Taken {
        std::future::poll_fn(|cx| self.poll_take(lease, cx, max_bytes)).await
    }
}
