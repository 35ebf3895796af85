use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::rc::Rc;

use tokio::sync::mpsc;

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
pub(super) struct Lanes<O> {
    /// A lane is in here as long as it runs.
    waiting: Rc<RefCell<HashMap<LaneId, VecDeque<Job<O>>>>>,
    outcomes: mpsc::Sender<O>,
    limit: usize,
}

impl<O: 'static> Lanes<O> {
    pub fn new(limit: usize) -> (Self, mpsc::Receiver<O>) {
        // One slot does: a lane that waits for it only begins its next job later.
        let (outcomes, outlet) = mpsc::channel(1);
        (Self { waiting: Rc::default(), outcomes, limit }, outlet)
    }

    pub fn run(&mut self, lane: LaneId, job: Job<O>) -> Result<(), LanesFull> {
        let mut lanes = self.waiting.borrow_mut();
        if lanes.values().map(VecDeque::len).sum::<usize>() >= self.limit {
            return Err(LanesFull);
        }
        if let Some(queue) = lanes.get_mut(&lane) {
            queue.push_back(job);
            return Ok(());
        }
        lanes.insert(lane, VecDeque::new());
        drop(lanes);
        actix::spawn(drive(lane, job, Rc::clone(&self.waiting), self.outcomes.clone()));
        Ok(())
    }
}

async fn drive<O>(
    lane: LaneId,
    mut job: Job<O>,
    waiting: Rc<RefCell<HashMap<LaneId, VecDeque<Job<O>>>>>,
    outcomes: mpsc::Sender<O>,
) {
    loop {
        let outcome = job.await;
        // A session that has ended does not listen; what was accepted is done all the same.
        let _ = outcomes.send(outcome).await;

        let mut lanes = waiting.borrow_mut();
        match lanes.get_mut(&lane).and_then(VecDeque::pop_front) {
            Some(next) => job = next,
            None => {
                lanes.remove(&lane);
                return;
            }
        }
    }
}
