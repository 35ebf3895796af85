//! What one node does for all of them, for as long as it holds the lease of that name.
//!
//! A lease is counted from before it was asked for, and work ends before the lease does, so that two
//! nodes never do the same. A node that cannot renew in time stops, whatever the reason.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use actors::domain::NodeId;
use actors::ports::Leases;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};

/// How long a lease lasts when it is not renewed: so late does another node take over for one that
/// died.
const LEASE: Duration = Duration::from_secs(10);
const RENEW: Duration = Duration::from_secs(2);
/// Work ends so long before its lease.
const MARGIN: Duration = Duration::from_secs(3);
/// How long work may take to end when it is told to. What is broken off is taken up where it was.
const ENDING: Duration = Duration::from_secs(5);
/// How often a lease that another node holds is asked for.
const ASK: Duration = Duration::from_secs(1);

/// Told when work is to end. It resolves once.
pub type Stop = std::pin::Pin<Box<dyn Future<Output = ()>>>;

pub struct Duties {
    leases: Arc<dyn Leases>,
    node: NodeId,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Duties {
    pub fn new(leases: Arc<dyn Leases>, node: NodeId) -> Self {
        Self { leases, node, stop: watch::channel(false).0, tasks: Vec::new() }
    }

    /// Does `work` whenever it is this node's turn, on this thread. It is told to stop, and dropped if
    /// it has not stopped when the lease ends.
    pub fn take_on<F: Future<Output = ()> + 'static>(
        &mut self,
        name: &'static str,
        work: impl Fn(Stop) -> F + 'static,
    ) {
        let turn = Turn { leases: Arc::clone(&self.leases), node: self.node.clone(), name };
        let mut stopped = self.stop.subscribe();
        self.tasks.push(actix::spawn(async move {
            loop {
                let end = stopped.wait_for(|stopped| *stopped);
                let good_until = tokio::select! {
                    _ = end => return,
                    good_until = turn.take() => good_until,
                };
                tracing::debug!(duty = name, "this node's turn");
                let goes_on = turn.work(good_until, &work, &mut stopped).await;
                turn.give_back().await;
                if !goes_on {
                    return;
                }
            }
        }));
    }

    /// Ends all work, and gives the leases back.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for task in self.tasks {
            let _ = task.await;
        }
    }
}

struct Turn {
    leases: Arc<dyn Leases>,
    node: NodeId,
    name: &'static str,
}

impl Turn {
    /// Waits until it is this node's turn. Gives until when.
    async fn take(&self) -> Instant {
        loop {
            if let Some(good_until) = self.hold().await {
                return good_until;
            }
            sleep(ASK).await;
        }
    }

    async fn hold(&self) -> Option<Instant> {
        let asked = Instant::now();
        let good_until = asked + LEASE - MARGIN;
        let held = self.leases.hold_lease(self.name, self.node.as_str(), LEASE);
        match timeout_at(good_until, held).await {
            Ok(Ok(true)) => Some(good_until),
            Ok(Ok(false)) | Err(_) => None,
            Ok(Err(error)) => {
                tracing::debug!(%error, duty = self.name, "lease not held");
                None
            }
        }
    }

    /// `false`: it is over for good.
    async fn work<F: Future<Output = ()>>(
        &self,
        mut good_until: Instant,
        work: &impl Fn(Stop) -> F,
        stopped: &mut watch::Receiver<bool>,
    ) -> bool {
        let (halt, mut halted) = watch::channel(false);
        let stop: Stop = Box::pin(async move {
            let _ = halted.wait_for(|halted| *halted).await;
        });
        let mut working = pin!(work(stop));
        let (renewed, mut renewals) = watch::channel(good_until);
        let mut renewing = pin!(async move {
            loop {
                sleep(RENEW).await;
                if let Some(later) = self.hold().await {
                    renewed.send_replace(later);
                }
            }
        });
        let mut goes_on = true;
        loop {
            tokio::select! {
                biased;
                () = sleep_until(good_until) => {
                    tracing::warn!(duty = self.name, "broken off");
                    return goes_on;
                }
                () = &mut working => return goes_on,
                _ = stopped.wait_for(|stopped| *stopped), if goes_on => {
                    goes_on = false;
                    good_until = good_until.min(Instant::now() + ENDING);
                    halt.send_replace(true);
                }
                Ok(()) = renewals.changed(), if goes_on => {
                    good_until = *renewals.borrow_and_update();
                }
                () = &mut renewing => {}
            }
        }
    }

    async fn give_back(&self) {
        let given = self.leases.give_lease_back(self.name, self.node.as_str());
        if !matches!(timeout(MARGIN, given).await, Ok(Ok(()))) {
            tracing::debug!(duty = self.name, "lease not given back; it ends by itself");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use actors::ports::Unavailable;
    use parking_lot::Mutex;

    use super::*;

    /// One lease, by tokio's clock.
    #[derive(Default)]
    struct OneLease {
        held: Mutex<Option<(String, Instant)>>,
        is_down: Mutex<bool>,
    }

    #[async_trait::async_trait]
    impl Leases for OneLease {
        async fn hold_lease(
            &self,
            _: &str,
            node: &str,
            ttl: Duration,
        ) -> Result<bool, Unavailable> {
            if *self.is_down.lock() {
                return Err(Unavailable::new("leasing", "down"));
            }
            let mut held = self.held.lock();
            let now = Instant::now();
            if held.as_ref().is_some_and(|(by, until)| by != node && *until > now) {
                return Ok(false);
            }
            *held = Some((node.to_owned(), now + ttl));
            Ok(true)
        }

        async fn give_lease_back(&self, _: &str, node: &str) -> Result<(), Unavailable> {
            self.held.lock().take_if(|(by, _)| by == node);
            Ok(())
        }
    }

    /// Counts who works at this moment.
    fn work(at_work: &Rc<Cell<usize>>) -> impl Fn(Stop) -> Stop + 'static {
        struct Leave(Rc<Cell<usize>>);
        impl Drop for Leave {
            fn drop(&mut self) {
                self.0.set(self.0.get() - 1);
            }
        }
        let at_work = Rc::clone(at_work);
        move |stop| {
            let at_work = Rc::clone(&at_work);
            Box::pin(async move {
                at_work.set(at_work.get() + 1);
                let _leave = Leave(at_work);
                stop.await;
            })
        }
    }

    fn node(lease: &Arc<OneLease>, name: &str, at_work: &Rc<Cell<usize>>) -> Duties {
        let mut duties = Duties::new(lease.clone(), NodeId::parse(name).unwrap());
        duties.take_on("duty", work(at_work));
        duties
    }

    #[actix::test]
    async fn one_node_works_at_a_time_and_another_takes_over_when_it_stops() {
        tokio::time::pause();
        let lease = Arc::new(OneLease::default());
        let (first, second) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        let one = node(&lease, "one", &first);
        sleep(ASK).await;
        let two = node(&lease, "two", &second);
        sleep(LEASE * 3).await;
        assert_eq!((first.get(), second.get()), (1, 0), "renewed");

        one.stop().await;
        sleep(ASK * 2).await;

        assert_eq!((first.get(), second.get()), (0, 1));
        two.stop().await;
        assert!(lease.held.lock().is_none());
    }

    #[actix::test]
    async fn a_node_that_cannot_renew_stops_before_its_lease_is_over() {
        tokio::time::pause();
        let (lease, at_work) = (Arc::new(OneLease::default()), Rc::new(Cell::new(0)));
        let duties = node(&lease, "one", &at_work);
        sleep(ASK).await;
        assert_eq!(at_work.get(), 1);
        let until = lease.held.lock().as_ref().unwrap().1;

        *lease.is_down.lock() = true;
        tokio::time::sleep_until(until - Duration::from_millis(1)).await;
        assert_eq!(at_work.get(), 0);

        *lease.is_down.lock() = false;
        sleep(ASK * 2).await;
        assert_eq!(at_work.get(), 1, "and begins again");
        duties.stop().await;
    }
}
