use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix::fut::wrap_future;
use actix::{Actor, AsyncContext};

use super::inbox::{Inbox, Part, Work};
use super::roster::Way;
use super::{Directory, Roster};

/// People who are served before others on this thread get to run.
const TURN: usize = 256;

/// How often the depth of outboxes is sampled.
const SAMPLES: Duration = Duration::from_secs(5);

/// One per server thread: takes what waits, hands frames to the sessions here, and writes to each
/// session once for all that was taken together.
pub struct Worker {
    roster: Rc<Roster>,
    inbox: Arc<Inbox>,
}

impl Worker {
    /// Batches that may wait before everybody on this thread is asked to come back.
    const INBOX: usize = 8192;

    /// Starts the worker of this thread. Call it once per thread.
    pub fn start_here(directory: &Directory) -> Rc<Roster> {
        Self::start_with(directory, Self::INBOX)
    }

    pub(super) fn start_with(directory: &Directory, limit: usize) -> Rc<Roster> {
        let inbox = Inbox::new(limit);
        let roster = Roster::new(directory.clone(), directory.enlist(Arc::clone(&inbox)));
        Self { roster: Rc::clone(&roster), inbox }.start();
        roster
    }

    /// What sessions are owed now, since a count kept at every frame would cost as much as a frame.
    fn sample(&self) {
        let owed = self.roster.owed();
        let worker = self.roster.worker().to_string();
        metrics::gauge!("switchboard_socket_owed_frames", "worker" => worker.clone())
            .set(owed.all as f64);
        metrics::gauge!("switchboard_socket_owed_frames_most", "worker" => worker)
            .set(owed.most as f64);
    }
}

impl Actor for Worker {
    type Context = actix::Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(SAMPLES, |this, _| this.sample());
        let mut round = Round::new(Rc::clone(&self.roster), Arc::clone(&self.inbox));
        ctx.spawn(wrap_future(std::future::poll_fn(move |cx| round.poll(cx))));
    }
}

/// What was taken together, and how far it is handed out. Nothing else is taken before it is all
/// written: the inbox has the bound, and what comes meanwhile shares the next writes.
struct Round {
    roster: Rc<Roster>,
    inbox: Arc<Inbox>,
    work: VecDeque<Work>,
    way: Way,
    /// In the first of it: the part, and the seat there, that is next.
    next: (usize, usize),
    delivered: usize,
}

impl Round {
    fn new(roster: Rc<Roster>, inbox: Arc<Inbox>) -> Self {
        let (work, way) = (VecDeque::new(), Way::Straight);
        Self { roster, inbox, work, way, next: (0, 0), delivered: 0 }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut left = TURN;
        while left > 0 {
            match self.work.front() {
                Some(Work::Deliver(_)) => {
                    if self.deliver(&mut left) {
                        self.work.pop_front();
                        self.next = (0, 0);
                    }
                }
                Some(_) => {
                    left -= 1;
                    if let Some(work) = self.work.pop_front() {
                        self.obey(work);
                    }
                }
                None if self.roster.write(&mut left) => {}
                None => {
                    let delivered = std::mem::take(&mut self.delivered) as u64;
                    metrics::counter!("switchboard_socket_deliveries_total").increment(delivered);
                    self.work = std::task::ready!(self.inbox.poll_take(cx));
                    self.way = if self.work.len() == 1 { Way::Straight } else { Way::Gathered };
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Hands the first of it to as many seats as may be served now; whether that was all.
    fn deliver(&mut self, left: &mut usize) -> bool {
        let Some(Work::Deliver(parts)) = self.work.front() else { return true };
        let (mut at, mut seat) = self.next;
        while let Some(Part { frame, seats }) = parts.get(at) {
            while let Some(id) = seats.get(seat) {
                if *left == 0 {
                    self.next = (at, seat);
                    return false;
                }
                *left -= 1;
                seat += 1;
                self.delivered += usize::from(self.roster.show(*id, frame, self.way));
            }
            (at, seat) = (at + 1, 0);
        }
        true
    }

    fn obey(&self, work: Work) {
        match work {
            // Handed out seat by seat.
            Work::Deliver(_) => {}
            Work::Dismiss(seat, reason) => self.roster.dismiss(seat, reason),
            Work::DismissAll(reason) => {
                tracing::warn!(%reason, "closing every session of a server thread");
                self.roster.dismiss_all(reason);
            }
        }
    }
}
