use std::collections::HashSet;
use std::future::Future;
use std::pin::{Pin, pin};

use actors::domain::{ChannelId, MessageId};
use actors::engine::Engine;
use actors::ports::{Due, Unavailable};
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, sleep_until};

use super::carry::Carrier;
use super::letter;
use super::pace::Pace;
use super::route::Route;
use super::slots::{Slots, Turn};
use crate::provider::Providers;

/// Messages in memory. More wait in the store.
const IN_HAND: usize = 1_024;

/// Takes messages from the outbox to the providers. One of them is at work at a time.
#[derive(Clone)]
pub struct Worker {
    pub engine: Engine,
    pub providers: Providers,
    pub pace: Pace,
}

/// The message that was carried, and whose turn it had.
type End = (MessageId, ChannelId);
type Carried = Pin<Box<dyn Future<Output = End>>>;

impl Worker {
    /// Carries until `stop`, then waits for calls under way. What waits for its turn stays in the
    /// store for the next start.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let (halt, halted) = watch::channel(false);
        let carrier = Carrier { engine: self.engine.clone(), pace: self.pace };
        let mut hand = Hand {
            worker: &self,
            carrier,
            halted,
            carried: FuturesUnordered::new(),
            ids: HashSet::new(),
            slots: Slots::default(),
        };
        let mut stop = pin!(stop);
        let mut tick = tokio::time::interval(self.pace.tick);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = &mut stop => break,
                Some(end) = hand.carried.next(), if !hand.carried.is_empty() => hand.settle(&end),
                _ = tick.tick() => hand.slots.look_again(Instant::now()),
            }
            let filled = tokio::select! {
                biased;
                () = &mut stop => break,
                filled = hand.fill() => filled,
            };
            if let Err(error) = filled {
                tracing::warn!(%error, "cannot read the outbox");
                tick.reset();
            }
        }
        halt.send_replace(true);
        while let Some(end) = hand.carried.next().await {
            hand.settle(&end);
        }
    }
}

/// What the worker holds in memory.
struct Hand<'a> {
    worker: &'a Worker,
    carrier: Carrier,
    halted: watch::Receiver<bool>,
    carried: FuturesUnordered<Carried>,
    ids: HashSet<MessageId>,
    slots: Slots,
}

impl Hand<'_> {
    async fn fill(&mut self) -> Result<(), Unavailable> {
        if self.ids.len() >= IN_HAND {
            return Ok(());
        }
        let engine = &self.worker.engine;
        let due = engine.store.due(engine.clock.now(), IN_HAND).await?;
        for due in due {
            if self.ids.len() < IN_HAND && !self.ids.contains(&due.message.id) {
                self.take_up(due).await?;
            }
        }
        Ok(())
    }

    async fn take_up(&mut self, due: Due) -> Result<(), Unavailable> {
        let store = &self.worker.engine.store;
        if self.carrier.known(&due).await? {
            return Ok(());
        }
        let route = match Route::find(&**store, &self.worker.providers, &due).await? {
            Ok(route) => route,
            Err(no_way) => return self.carrier.no_way(&due, no_way).await,
        };
        let channel = route.channel.id.clone();
        let every = self.worker.pace.rates.every(&route.channel.kind);
        let at = match self.slots.turn(&channel, every, Instant::now()) {
            Turn::At(at) => at,
            Turn::Later(wait) if due.called_at.is_none() => {
                return store.put_off(&due.message.id, self.carrier.after(wait)).await;
            }
            Turn::Later(wait) => {
                return store.in_doubt(&due.message.id, self.carrier.after(wait)).await;
            }
        };
        self.ids.insert(due.message.id.clone());
        let (carrier, mut halted) = (self.carrier.clone(), self.halted.clone());
        self.carried.push(Box::pin(async move {
            let id = due.message.id.clone();
            tokio::select! {
                biased;
                _ = halted.wait_for(|halted| *halted) => return (id, channel),
                () = sleep_until(at) => {}
            }
            if let Err(error) = go(&carrier, &due, &route).await {
                tracing::warn!(message.id = %id, %error, "message to a contact waits for the store");
                tokio::time::sleep(carrier.pace.first_wait).await;
            }
            (id, channel)
        }));
        Ok(())
    }

    fn settle(&mut self, (id, channel): &End) {
        self.ids.remove(id);
        self.slots.done(channel);
    }
}

async fn go(carrier: &Carrier, due: &Due, route: &Route) -> Result<(), Unavailable> {
    let outgoing = letter::write(&*carrier.engine.store, due, route).await?;
    carrier.carry(due, route, &outgoing).await
}
