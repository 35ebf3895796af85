use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actix::Addr;
use actors::session::{LaneId, Session, Tell};
use dashmap::DashMap;

use super::connection::{Command, Connection};
use super::{Application, EngineIo};

/// Which live socket answers to which `pid`: one each.
///
/// The newer one wins, since the older one's network is most likely gone without a word. Lives as
/// long as its sockets, so it is bounded by them.
pub struct Pids<A: Application>(Arc<Claims<A>>);

struct Claims<A: Application> {
    holders: DashMap<String, Holder<A>>,
    serial: AtomicU64,
}

struct Holder<A: Application> {
    serial: u64,
    session: Addr<Session<EngineIo<Connection<A>>>>,
    socket: LaneId,
}

/// A socket answers to its `pid` until this is dropped or another socket claims it.
pub(super) struct Claim<A: Application> {
    pids: Pids<A>,
    pid: String,
    serial: u64,
}

impl<A: Application> Clone for Pids<A> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<A: Application> Default for Pids<A> {
    fn default() -> Self {
        Self(Arc::new(Claims { holders: DashMap::new(), serial: AtomicU64::new(0) }))
    }
}

impl<A: Application> Pids<A> {
    #[expect(clippy::disallowed_methods, reason = "once per claim, to a session that is leaving")]
    pub(super) fn claim(
        &self,
        pid: String,
        session: Addr<Session<EngineIo<Connection<A>>>>,
        socket: LaneId,
    ) -> Claim<A> {
        let serial = self.0.serial.fetch_add(1, Ordering::Relaxed);
        let before = self.0.holders.insert(pid.clone(), Holder { serial, session, socket });
        if let Some(before) = before {
            before.session.do_send(Tell(Command::Replaced(before.socket)));
        }
        Claim { pids: self.clone(), pid, serial }
    }
}

impl<A: Application> Drop for Claim<A> {
    fn drop(&mut self) {
        self.pids.0.holders.remove_if(&self.pid, |_, holder| holder.serial == self.serial);
    }
}
