use std::cell::RefCell;
use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use smallvec::SmallVec;

/// Work that takes its time. Runs when everything before it in its lane is done.
pub type Job<O> = Pin<Box<dyn Future<Output = O>>>;

/// Jobs of one lane run one after the other, those of different lanes side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LaneId(pub u32);

/// As many jobs wait as may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many jobs wait")]
pub struct LanesFull;

/// The jobs of one session.
///
/// What was accepted is done even if the session ends meanwhile (a client may speak and leave);
/// only the outcome goes nowhere then. Jobs bring their own deadline.
///
/// An idle session is nearly all of its life without a job, so that this is small then: a channel
/// would keep room for dozens of outcomes.
pub(super) struct Lanes<O> {
    shared: Rc<RefCell<Shared<O>>>,
    limit: usize,
}

struct Shared<O> {
    /// A lane is in here as long as it runs.
    lanes: SmallVec<[(LaneId, VecDeque<Job<O>>); 1]>,
    /// Of jobs that are done and of which the session has not heard: no more than were accepted.
    outcomes: VecDeque<O>,
    listener: Option<Waker>,
}

/// The session's end of its lanes.
pub(super) struct Outcomes<O>(Rc<RefCell<Shared<O>>>);

impl<O> Outcomes<O> {
    pub fn poll_next(&self, cx: &Context<'_>) -> Poll<O> {
        let mut shared = self.0.borrow_mut();
        if let Some(outcome) = shared.outcomes.pop_front() {
            if shared.outcomes.is_empty() {
                shared.outcomes = VecDeque::new();
            }
            return Poll::Ready(outcome);
        }
        shared.listener = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl<O: 'static> Lanes<O> {
    pub fn new(limit: usize) -> (Self, Outcomes<O>) {
        let shared = Shared { lanes: SmallVec::new(), outcomes: VecDeque::new(), listener: None };
        let shared = Rc::new(RefCell::new(shared));
        (Self { shared: Rc::clone(&shared), limit }, Outcomes(shared))
    }

    pub fn run(&mut self, lane: LaneId, job: Job<O>) -> Result<(), LanesFull> {
        let mut shared = self.shared.borrow_mut();
        let waiting: usize = shared.lanes.iter().map(|(_, queue)| queue.len()).sum();
        if waiting + shared.outcomes.len() >= self.limit {
            return Err(LanesFull);
        }
        if let Some((_, queue)) = shared.lanes.iter_mut().find(|(id, _)| *id == lane) {
            queue.push_back(job);
            return Ok(());
        }
        shared.lanes.push((lane, VecDeque::new()));
        drop(shared);
        actix::spawn(drive(lane, job, Rc::clone(&self.shared)));
        Ok(())
    }
}

async fn drive<O>(lane: LaneId, mut job: Job<O>, shared: Rc<RefCell<Shared<O>>>) {
    loop {
        // A session that has ended does not listen; what was accepted is done all the same.
        let outcome = job.await;
        let mut shared = shared.borrow_mut();
        shared.outcomes.push_back(outcome);
        if let Some(listener) = shared.listener.take() {
            listener.wake();
        }
        let Some(at) = shared.lanes.iter().position(|(id, _)| *id == lane) else { return };
        match shared.lanes[at].1.pop_front() {
            Some(next) => job = next,
            None => {
                shared.lanes.swap_remove(at);
                return;
            }
        }
    }
}
