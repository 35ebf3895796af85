use std::sync::Arc;

use actix::{
    Actor, ActorContext, Addr, AsyncContext, Context, Handler, Message, SpawnHandle, StreamHandler,
};
use futures_util::stream::poll_fn;
use tokio::time::Instant;

use super::lanes::Lanes;
use super::{CloseReason, Outbox, OutboxLimits, Protocol, Turn};

/// One connection, on the server thread that accepted it: its protocol, its deadlines, its jobs.
///
/// Transports come and go; they read from the [`Outbox`] and hand in what they hear.
pub struct Session<P: Protocol> {
    protocol: P,
    outbox: Arc<Outbox>,
    lanes: Lanes<P::Outcome>,
    timer: Option<(Instant, SpawnHandle)>,
    ended: Option<CloseReason>,
}

/// What a transport needs of a session. Cheap to clone; usable from any thread.
pub struct Handle<P: Protocol> {
    pub address: Addr<Session<P>>,
    pub outbox: Arc<Outbox>,
}

impl<P: Protocol> Clone for Handle<P> {
    fn clone(&self) -> Self {
        Self { address: self.address.clone(), outbox: Arc::clone(&self.outbox) }
    }
}

impl<P: Protocol> Session<P> {
    /// Starts a session on this thread. At most `jobs` wait in its lanes.
    pub fn open(
        limits: OutboxLimits,
        jobs: usize,
        protocol: impl FnOnce(&Handle<P>) -> P,
    ) -> Handle<P> {
        let mut handle = None;
        Self::create(|ctx| {
            let address = ctx.address();
            let outbox = Outbox::new(limits, address.clone().recipient());
            let made = Handle { address, outbox: Arc::clone(&outbox) };
            let protocol = protocol(&made);
            handle = Some(made);
            let (lanes, outcomes) = Lanes::new(jobs);
            ctx.add_stream(poll_fn(move |cx| outcomes.poll_next(cx).map(Some)));
            Self { protocol, outbox, lanes, timer: None, ended: None }
        });
        // `create` calls its closure before it returns.
        handle.unwrap_or_else(|| unreachable!())
    }

    fn turn(
        &mut self,
        ctx: &mut Context<Self>,
        act: impl FnOnce(&mut P, &mut Turn<'_, P>),
    ) -> Result<(), CloseReason> {
        if let Some(reason) = self.ended {
            return Err(reason);
        }
        let mut turn = Turn {
            now: Instant::now(),
            outbox: &self.outbox,
            lanes: &mut self.lanes,
            address: ctx.address(),
            closing: None,
        };
        act(&mut self.protocol, &mut turn);
        self.outbox.flush();
        match turn.closing {
            Some(reason) => {
                self.end(reason, ctx);
                Err(reason)
            }
            None => {
                self.arm(ctx);
                Ok(())
            }
        }
    }

    fn end(&mut self, reason: CloseReason, ctx: &mut Context<Self>) {
        if self.ended.is_some() {
            return;
        }
        self.outbox.close(reason);
        // Somebody else may have closed it first, for a reason of their own.
        let reason = self.outbox.closed().unwrap_or(reason);
        self.ended = Some(reason);
        self.protocol.closed(reason);
        ctx.stop();
    }

    /// One timer. It is moved only forward: one that rings early finds nothing due and is set anew.
    fn arm(&mut self, ctx: &mut Context<Self>) {
        let Some(deadline) = self.protocol.deadline() else { return };
        if let Some((set, handle)) = self.timer {
            if set <= deadline {
                return;
            }
            ctx.cancel_future(handle);
        }
        let wait = deadline.saturating_duration_since(Instant::now());
        let handle = ctx.run_later(wait, |this, ctx| {
            this.timer = None;
            let _ = this.turn(ctx, |protocol, turn| protocol.expire(turn));
        });
        self.timer = Some((deadline, handle));
    }
}

impl<P: Protocol> Actor for Session<P> {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let _ = self.turn(ctx, |protocol, turn| protocol.open(turn));
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        if self.ended.is_none() {
            // Not by `end`: the thread itself is going away.
            self.outbox.close(CloseReason::ShuttingDown);
            self.protocol.closed(CloseReason::ShuttingDown);
        }
    }
}

/// A transport read this. The answer comes when the protocol has seen it, not when it is acted on.
/// With nothing in it: is this session still there, by its deadlines?
#[derive(Message)]
#[rtype(result = "Result<(), CloseReason>")]
pub struct Receive<P: Protocol>(pub Vec<P::Packet>);

impl<P: Protocol> Handler<Receive<P>> for Session<P> {
    type Result = Result<(), CloseReason>;

    fn handle(&mut self, read: Receive<P>, ctx: &mut Self::Context) -> Self::Result {
        if read.0.is_empty() {
            return self.turn(ctx, |protocol, turn| protocol.expire(turn));
        }
        self.turn(ctx, |protocol, turn| {
            for packet in read.0 {
                if turn.is_closing() {
                    break;
                }
                protocol.receive(packet, turn);
            }
        })
    }
}

/// Another session, or another thread, wants something of this session's protocol.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Tell<P: Protocol>(pub P::Command);

impl<P: Protocol> Handler<Tell<P>> for Session<P> {
    type Result = ();

    fn handle(&mut self, told: Tell<P>, ctx: &mut Self::Context) {
        let _ = self.turn(ctx, |protocol, turn| protocol.obey(told.0, turn));
    }
}

/// The session ends for this reason, if it has not ended yet.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Close(pub CloseReason);

impl<P: Protocol> Handler<Close> for Session<P> {
    type Result = ();

    fn handle(&mut self, Close(reason): Close, ctx: &mut Self::Context) {
        self.end(reason, ctx);
    }
}

impl<P: Protocol> StreamHandler<P::Outcome> for Session<P> {
    fn handle(&mut self, outcome: P::Outcome, ctx: &mut Self::Context) {
        let _ = self.turn(ctx, |protocol, turn| protocol.finish(outcome, turn));
    }

    /// Lanes keep their end of the channel, so it does not end before the session.
    fn finished(&mut self, _: &mut Self::Context) {}
}
