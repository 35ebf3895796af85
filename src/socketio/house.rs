use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actors::domain::Timestamp;
use actors::ports::Clock;
use actors::session::{Membership, Outbox, Roster, SocketId};
use bytes::Bytes;
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::{
    Admission, Answer, Application, Connect, Event, Limits, Pids, Refused, Rejection, Resumption,
};

/// What every connection of one server thread shares.
pub struct SocketIo<A: Application> {
    pub app: Rc<A>,
    pub roster: Rc<Roster>,
    pub pids: Pids<A>,
    pub limits: Arc<Limits>,
    pub clock: Arc<dyn Clock>,
}

/// Somebody at the door: let in by the application, in the directory, not yet told.
pub struct Entrance {
    pub(super) membership: Option<Membership>,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) resumption: Resumption,
}

/// What a client emitted.
pub(super) struct Asked {
    pub name: String,
    pub args: Vec<Box<RawValue>>,
    pub attachments: Vec<Bytes>,
    pub ack: Option<i64>,
}

impl<A: Application> SocketIo<A> {
    /// Asks the application whether this one may join; if so it joins, and what it missed is asked
    /// for. In this order: between joining and asking nothing can fall.
    pub(super) async fn enter(
        &self,
        ask: Rc<Connect>,
        member: Rc<OnceCell<Rc<A::Member>>>,
        outbox: Arc<Outbox>,
    ) -> Result<Entrance, Rejection> {
        let comes_back = self.app.is_coming_back(&ask);
        let entered = self.let_in(ask, member, outbox).await;
        entered.map_err(|mut rejection| {
            rejection.is_passing &= comes_back;
            rejection
        })
    }

    async fn let_in(
        &self,
        ask: Rc<Connect>,
        member: Rc<OnceCell<Rc<A::Member>>>,
        outbox: Arc<Outbox>,
    ) -> Result<Entrance, Rejection> {
        let too_late = |_| self.app.turned_away(Refused::TooLate);
        let deadline = self.limits.ack_deadline;
        let connect = Rc::clone(&self.app).connect(Rc::clone(&ask));
        let Admission { member: admitted, audience, expires_at } =
            tokio::time::timeout(deadline, connect).await.map_err(too_late)??;

        if let Some(audience) = &audience
            && let Some(user) = &audience.user
        {
            let most = self.limits.connections_per_user;
            let namespace = audience.namespace;
            let has = self.roster.directory().sockets_of(user, namespace)
                + self.app.sockets_elsewhere(user, namespace);
            if most > 0 && has >= most {
                return Err(self.app.turned_away(Refused::TooMany));
            }
        }
        let admitted = Rc::new(admitted);
        let membership = audience.map(|audience| {
            self.roster.join(audience, ask.socket_id.clone(), outbox, self.limits.outbox)
        });
        let resume = Rc::clone(&self.app).resume(Rc::clone(&admitted), ask);
        let resumption = tokio::time::timeout(deadline, resume).await.map_err(too_late)??;
        // Last, so that an event that came early is not asked of somebody who is not in yet.
        let _ = member.set(admitted);
        Ok(Entrance { membership, expires_at, resumption })
    }

    pub(super) async fn ask(
        &self,
        namespace: Rc<str>,
        socket_id: SocketId,
        member: Rc<A::Member>,
        asked: Asked,
    ) -> Option<Answer> {
        let Asked { name, args, attachments, ack } = asked;
        let ack = ack.is_some();
        let event = Event { namespace, socket_id, member, name, args, attachments, ack };
        let answer = Rc::clone(&self.app).event(event);
        match tokio::time::timeout(self.limits.ack_deadline, answer).await {
            Ok(answer) => answer,
            Err(_) => {
                tracing::warn!("event not answered within its deadline");
                Some(self.app.refusal(Refused::TooLate))
            }
        }
    }

    /// A moment of the clock as one of tokio's; what has passed is `now`.
    pub(super) fn instant(&self, at: Timestamp, now: Instant) -> Instant {
        let left = at.0.saturating_sub(self.clock.now().0);
        // A year is beyond any connection, and within what an instant can hold.
        let left = u64::try_from(left).unwrap_or(0).min(365 * 24 * 3600 * 1000);
        now + Duration::from_millis(left)
    }
}
