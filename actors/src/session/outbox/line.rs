//! A websocket that is written to at once: by the turn that has something for it.
use std::io::{self, IoSlice};
use std::sync::{Arc, MutexGuard};
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use smallvec::SmallVec;

use super::super::{CloseReason, Frame};
use super::{Lease, Outbox, Reader, State, wake};

/// Frames that one write takes at most.
const MOST: usize = 64;

/// Where a transport's bytes go without waiting.
pub trait Line: Send + Sync {
    /// Takes as many bytes as it can now.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::WouldBlock`] when it can take none; any other error is the line's end.
    fn write(&self, parts: &[IoSlice<'_>]) -> io::Result<usize>;

    /// Whether it may take bytes again; wakes when it does.
    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<()>;
}

/// Why a websocket is not written to any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Another transport has taken over.
    Revoked,
    /// The peer is gone.
    Broken,
    Closed(CloseReason),
}

pub(super) struct Wired {
    line: Arc<dyn Line>,
    /// What comes before the queue; nearly always nothing does, and a session is small then.
    first: Option<Box<First>>,
}

#[derive(Default)]
struct First {
    /// What is left of a frame that the line took a part of. Nothing may come before it.
    rest: Bytes,
    /// A control frame of the transport's own. Only the last one that waits is sent.
    control: Bytes,
    /// The line took less than there was: its owner waits for it to take more.
    blocked: bool,
}

impl First {
    fn is_nothing(&self) -> bool {
        !self.blocked && self.rest.is_empty() && self.control.is_empty()
    }
}

impl Wired {
    fn is_blocked(&self) -> bool {
        self.first.as_ref().is_some_and(|first| first.blocked)
    }

    fn first(&mut self) -> &mut First {
        self.first.get_or_insert_default()
    }
}

enum Written {
    All,
    Blocked,
    Broken,
}

impl Outbox {
    /// From now on what comes is written to this line, by whoever calls [`Outbox::flush`].
    pub fn attach(&self, lease: Lease, line: Arc<dyn Line>) {
        if let Reader::Socket(holder, wired) = &mut self.state().reader
            && *holder == lease
        {
            *wired = Some(Wired { line, first: None });
        }
    }

    /// Writes what waits, if a line is there and takes it. What it does not take its owner writes
    /// later.
    pub fn flush(&self) {
        Self::write(self.state());
    }

    /// [`Outbox::push`] and [`Outbox::flush`] of one frame, without a stop in the queue if the line
    /// is free.
    pub fn send(&self, frame: &Frame) {
        let mut state = self.state();
        if let State { queue, reader: Reader::Socket(_, Some(wired)), closed: None, .. } =
            &mut *state
            && queue.is_empty()
            && wired.first.is_none()
        {
            let bytes = frame.websocket();
            match wired.line.write(&[IoSlice::new(bytes)]) {
                Ok(took) if took == bytes.len() => {}
                Ok(took) => {
                    wired.first().rest = bytes.slice(took..);
                    Self::write(state);
                }
                // The owner finds it there, or finds out what is wrong.
                Err(_) => {
                    *wired.first() =
                        First { rest: bytes.clone(), blocked: true, ..First::default() };
                    wake(state);
                }
            }
            return;
        }
        drop(state);
        if self.push(std::slice::from_ref(frame)).is_ok() {
            self.flush();
        }
    }

    /// A control frame of the transport's own goes out, before frames that wait.
    pub fn control(&self, lease: Lease, frame: Bytes) {
        let mut state = self.state();
        if let Reader::Socket(holder, Some(wired)) = &mut state.reader
            && *holder == lease
        {
            wired.first().control = frame;
            Self::write(state);
        }
    }

    /// For the owner of the line: writes what the line did not take before, as soon as it does,
    /// until the outbox is closed.
    pub fn poll_line(&self, lease: Lease, cx: &mut Context<'_>) -> Poll<Ended> {
        let mut state = self.state();
        loop {
            let Some(written) = state.resume(lease, cx) else {
                return Poll::Ready(Ended::Revoked);
            };
            if let Some(reason) = state.closed {
                return Poll::Ready(Ended::Closed(reason));
            }
            match written {
                Poll::Ready(Written::Blocked) => {}
                Poll::Ready(Written::Broken) => {
                    return Poll::Ready(Ended::Broken);
                }
                Poll::Ready(Written::All) | Poll::Pending => {
                    state.wait(cx);
                    return Poll::Pending;
                }
            }
        }
    }

    /// For the owner of the line, once the outbox is closed: until what it still owes is written,
    /// or never will be.
    pub fn poll_drained(&self, lease: Lease, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state();
        loop {
            match state.resume(lease, cx) {
                Some(Poll::Ready(Written::Blocked)) => {}
                Some(Poll::Pending) => return Poll::Pending,
                Some(Poll::Ready(Written::All | Written::Broken)) | None => return Poll::Ready(()),
            }
        }
    }

    /// What is left, its owner has to see to.
    fn write(mut state: MutexGuard<'_, State>) {
        if !matches!(state.write(), Written::All) {
            wake(state);
        }
    }
}

impl State {
    /// `None`: the line is another one's.
    fn resume(&mut self, lease: Lease, cx: &mut Context<'_>) -> Option<Poll<Written>> {
        match &mut self.reader {
            Reader::Socket(holder, Some(wired)) if *holder == lease => {
                if wired.is_blocked() && wired.line.poll_writable(cx).is_pending() {
                    return Some(Poll::Pending);
                }
                if let Some(first) = &mut wired.first {
                    first.blocked = false;
                }
                Some(Poll::Ready(self.write()))
            }
            _ => None,
        }
    }

    /// As much as the line takes now.
    fn write(&mut self) -> Written {
        let Self { queue, reader: Reader::Socket(_, Some(wired)), .. } = self else {
            return Written::All;
        };
        if wired.is_blocked() {
            return Written::All;
        }
        let Wired { line, first } = wired;
        let mut now = first.take().map_or_else(First::default, |first| *first);
        let mut frames = 0;
        let mut bytes = 0;
        let written = loop {
            let waiting = queue.iter().map(|frame: &Frame| &frame.websocket()[..]);
            let own = [&now.rest[..], &now.control[..]];
            let parts = own.into_iter().filter(|part| !part.is_empty()).chain(waiting);
            let parts: SmallVec<[IoSlice<'_>; 8]> = parts.take(MOST).map(IoSlice::new).collect();
            if parts.is_empty() {
                break Written::All;
            }
            let mut took = match line.write(&parts) {
                Ok(0) => break Written::Broken,
                Ok(took) => took,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break Written::Blocked,
                Err(_) => break Written::Broken,
            };
            drop(parts);
            let part = took.min(now.rest.len());
            now.rest.advance(part);
            took -= part;
            while took > 0 {
                let mut next = std::mem::take(&mut now.control);
                if next.is_empty() {
                    let Some(frame) = queue.pop_front() else { break };
                    frames += 1;
                    bytes += frame.wire_len();
                    next = frame.into_websocket();
                }
                let part = took.min(next.len());
                took -= part;
                if part < next.len() {
                    next.advance(part);
                    now.rest = next;
                }
            }
        };
        now.blocked = !matches!(written, Written::All);
        *first = (!now.is_nothing()).then(|| Box::new(now));
        self.taken(frames, bytes);
        written
    }

    /// The reader waits.
    pub(super) fn wait(&mut self, cx: &Context<'_>) {
        match &mut self.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
    }
}
