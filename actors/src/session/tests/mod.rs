//! Delivery as sockets see it: rosters and outboxes, without any protocol.
mod delivery;
mod session;

use std::rc::Rc;
use std::sync::Arc;

use actix::{Actor, Context, Handler};
use futures_util::FutureExt;

use super::*;
use crate::domain::UserId;

/// Stands for a session that is told why it was closed.
struct Owner;

impl Actor for Owner {
    type Context = Context<Self>;
}

impl Handler<Close> for Owner {
    type Result = ();

    fn handle(&mut self, _: Close, _: &mut Self::Context) {}
}

/// One socket of a user, and what it was sent.
struct Device {
    outbox: Arc<Outbox>,
    lease: Lease,
    membership: Option<Membership>,
}

impl Device {
    fn join(roster: &Rc<Roster>, user: &str, namespace: Namespace, limits: OutboxLimits) -> Self {
        let outbox = Outbox::new(limits, Owner.start().recipient());
        let lease = outbox.begin_socket();
        let audience = Audience::from((namespace, self::user(user)));
        let socket = SocketId::new(format!("socket of {user}"));
        let membership = roster.join(audience, socket, Arc::clone(&outbox), limits);
        Self { outbox, lease, membership: Some(membership) }
    }

    fn live(roster: &Rc<Roster>, user: &str) -> Self {
        let device = Self::join(roster, user, Namespace::Conversation, OutboxLimits::default());
        device.admit(&[]);
        device
    }

    fn admit(&self, replay: &[&str]) {
        let replay: Vec<_> = replay.iter().map(Frame::text).collect();
        self.membership.as_ref().unwrap().admit(&[], &replay).unwrap();
    }

    fn got(&self) -> Vec<String> {
        match self.outbox.take(self.lease, usize::MAX).now_or_never() {
            Some(Taken::Frames(frames)) => frames.iter().map(text).collect(),
            Some(other) => vec![format!("{other:?}")],
            None => Vec::new(),
        }
    }
}

fn text(frame: &Frame) -> String {
    String::from_utf8(frame.packet().to_vec()).unwrap()
}

fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

fn batch(namespace: Namespace, text: &str, users: &[&str]) -> Batch {
    let users = users.iter().map(|id| user(id)).collect();
    Batch { namespace, to: vec![(Frame::text(text), users)] }
}

/// Lets every actor of this thread do what is waiting for it.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}
