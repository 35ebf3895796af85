use std::sync::Arc;

use actix::Addr;
use tokio::time::Instant;

use super::lanes::Lanes;
use super::{CloseReason, Frame, Job, LaneId, LanesFull, Outbox, Session};

/// What a session speaks. Does no input or output: it is told what came and says what goes.
pub trait Protocol: Sized + Unpin + 'static {
    /// What transports read.
    type Packet: Send + 'static;
    /// What a job comes to.
    type Outcome: 'static;
    /// What other sessions and threads may ask.
    type Command: Send + 'static;

    /// The connection begins.
    fn open(&mut self, turn: &mut Turn<'_, Self>);

    /// A packet came. Called in the order of arrival.
    fn receive(&mut self, packet: Self::Packet, turn: &mut Turn<'_, Self>);

    /// A job is done. In the order of its lane.
    fn finish(&mut self, outcome: Self::Outcome, turn: &mut Turn<'_, Self>);

    /// Somebody asked for something.
    fn obey(&mut self, command: Self::Command, turn: &mut Turn<'_, Self>);

    /// The next instant at which time alone changes something.
    fn deadline(&self) -> Option<Instant>;

    /// [`Protocol::deadline`] may have passed; what is due by [`Turn::now`] happens.
    fn expire(&mut self, turn: &mut Turn<'_, Self>);

    /// The connection has ended, for this reason.
    fn closed(&mut self, reason: CloseReason);
}

/// What a protocol can do while it is called.
pub struct Turn<'a, P: Protocol> {
    pub(super) now: Instant,
    pub(super) outbox: &'a Arc<Outbox>,
    pub(super) lanes: &'a mut Lanes<P::Outcome>,
    pub(super) address: Addr<Session<P>>,
    pub(super) closing: Option<CloseReason>,
}

impl<P: Protocol> Turn<'_, P> {
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Frames that belong together go out, after everything sent before.
    pub fn send(&mut self, frames: &[Frame]) {
        if let Err(reason) = self.outbox.push(frames) {
            self.close(reason);
        }
    }

    /// Begins a job, or queues it behind the others of its lane.
    ///
    /// # Errors
    ///
    /// [`LanesFull`]: nothing was begun.
    pub fn run(&mut self, lane: LaneId, job: Job<P::Outcome>) -> Result<(), LanesFull> {
        self.lanes.run(lane, job)
    }

    /// Ends the session after this turn. The first reason counts.
    pub fn close(&mut self, reason: CloseReason) {
        self.closing.get_or_insert(reason);
    }

    pub fn is_closing(&self) -> bool {
        self.closing.is_some()
    }

    pub fn outbox(&self) -> &Arc<Outbox> {
        self.outbox
    }

    /// Where others may send commands.
    pub fn address(&self) -> &Addr<Session<P>> {
        &self.address
    }
}
