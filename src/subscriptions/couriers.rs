//! A courier for each subscription in force.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use actors::domain::{Position, SubscriptionId};
use actors::engine::Engine;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use super::courier::{Courier, Tools};
use super::event_name::EventNames;
use super::{Caller, Pace};

/// Most subscriptions served by one node; more wait until some are gone.
const MOST: usize = 10_000;
/// How often couriers learn that there is news.
const NEWS: Duration = Duration::from_millis(100);
/// The store is asked this often who is to be served, besides whenever somebody says so.
const REVIEW_TICKS: u32 = 50;

#[derive(Clone)]
pub struct Couriers {
    pub engine: Engine,
    pub caller: Caller,
    pub names: Arc<EventNames>,
    pub pace: Pace,
    /// Attempts under way at a time, over all subscriptions.
    pub concurrency: usize,
    /// Told when a subscription was put, dropped or rewound.
    pub changed: Arc<Notify>,
}

struct Serving {
    revision: u64,
    task: JoinHandle<()>,
}

impl Couriers {
    /// Serves until `stop`. What is under way then is broken off: an event that arrived without our
    /// hearing of it comes again, under the same name.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self { engine, caller, names, pace, concurrency, changed } = self;
        let tools = Arc::new(Tools {
            engine: engine.clone(),
            caller,
            names,
            pace,
            slots: Semaphore::new(concurrency),
        });
        let (tell, news) = watch::channel(engine.reached());
        let mut serving = HashMap::new();
        let mut tick = interval(NEWS);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut ticks = 0_u32;
        tokio::pin!(stop);
        loop {
            let review = tokio::select! {
                () = &mut stop => break,
                () = changed.notified() => true,
                _ = tick.tick() => {
                    ticks = ticks.wrapping_add(1);
                    ticks % REVIEW_TICKS == 1
                }
            };
            let reached = engine.reached();
            tell.send_if_modified(|told| std::mem::replace(told, reached) != reached);
            if review {
                assign(&tools, &mut serving, &news).await;
            }
        }
    }
}

impl Drop for Serving {
    /// Also when it is no longer this node's turn, and nobody asked it to stop.
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Sees that exactly those in force are served, as they are now.
async fn assign(
    tools: &Arc<Tools>,
    serving: &mut HashMap<SubscriptionId, Serving>,
    news: &watch::Receiver<Position>,
) {
    let in_force = match tools.engine.store.subscriptions_in_force(MOST).await {
        Ok(in_force) => in_force,
        Err(error) => return tracing::warn!(%error, "cannot tell who is to be served"),
    };
    metrics::gauge!("switchboard_webhook_subscriptions").set(in_force.len() as f64);
    let revisions: HashMap<_, _> =
        in_force.iter().map(|one| (one.subscription.id.clone(), one.revision)).collect();
    serving.retain(|id, one| revisions.get(id) == Some(&one.revision) && !one.task.is_finished());
    for standing in in_force {
        let (id, revision) = (standing.subscription.id.clone(), standing.revision);
        serving.entry(id).or_insert_with(|| {
            let courier = Courier::new(Arc::clone(tools), standing);
            Serving { revision, task: actix::spawn(courier.run(news.clone())) }
        });
    }
}
