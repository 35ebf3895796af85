use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use actix::{Actor, AsyncContext, Context, StreamHandler};

use super::inbox::{Inbox, Work};
use super::{Directory, Roster};

/// Sessions that are written to before others on this thread get to run.
const WRITES: usize = 256;

/// How often the depth of outboxes is sampled.
const SAMPLES: Duration = Duration::from_secs(5);

/// One per server thread: takes what waits, hands frames to the sessions here, and
/// writes to each session once.
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
}

impl Actor for Worker {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(SAMPLES, |this, _| this.sample());
        let (inbox, roster) = (Arc::clone(&self.inbox), Rc::clone(&self.roster));
        ctx.add_stream(futures_util::stream::poll_fn(move |cx| {
            // What was handed out is written before more is: the inbox has the bound.
            if roster.write(WRITES) {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            inbox.poll_take(cx).map(Some)
        }));
    }
}

impl Worker {
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

impl StreamHandler<VecDeque<Work>> for Worker {
    fn handle(&mut self, waiting: VecDeque<Work>, _: &mut Self::Context) {
        let mut delivered = 0;
        for work in waiting {
            match work {
                Work::Deliver(batch) => {
                    for (frame, users) in &batch.to {
                        for user in users {
                            delivered += self.roster.show(batch.namespace, user, frame);
                        }
                    }
                }
                Work::DeliverToSocket(socket, frame) => self.roster.show_socket(&socket, &frame),
                Work::Dismiss(user, only, reason) => self.roster.dismiss(&user, only, reason),
                Work::DismissAll(reason) => {
                    tracing::warn!(%reason, "closing every session of a server thread");
                    self.roster.dismiss_all(reason);
                }
            }
        }
        metrics::counter!("switchboard_socket_deliveries_total").increment(delivered as u64);
    }
}
