//! Takes kept requests out of the journal and delivers them: one sender's one after another,
//! different senders' side by side.

mod porter;

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use actors::domain::Timestamp;
use actors::ports::Clock;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::watch;

use self::porter::{End, Porter};
use super::{Deliver, Delivered, Journal, Kept, Row, Source, count};

/// Requests in memory. When so many wait for a store that is away, the rest waits on disk.
const IN_HAND: usize = 512;
/// Bytes of bodies read in one go, so that big requests do not fill the memory.
const BYTES_IN_HAND: usize = 8 << 20;
/// Most that is carried together.
const RUN: usize = 64;
/// Delivered requests that no other commit took along: from here on they get their own.
const UNFORGOTTEN: usize = 256;

pub struct Feed {
    pub journal: Arc<Journal>,
    pub deliver: Arc<dyn Deliver>,
    pub clock: Arc<dyn Clock>,
    pub pace: Pace,
}

/// How often the feed does what it does.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Waits between attempts: twice as long each time, from the first to the longest.
    pub first_wait: Duration,
    pub longest_wait: Duration,
    /// How often it looks up without being told: for what a failed read left behind, for what is
    /// to be deleted, for the gauges.
    pub tick: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            first_wait: Duration::from_millis(100),
            longest_wait: Duration::from_secs(15),
            tick: Duration::from_secs(1),
        }
    }
}

/// What has to stay in order. Messages: who wrote to whom; `None` where it could not be read,
/// which then forms one lane of its own. Reports, which may come in any order: each message's,
/// so that one nobody knows yet keeps no other waiting.
type Lane = (Option<Source>, Option<String>, Option<String>);
type Carried = Pin<Box<dyn Future<Output = (Lane, Vec<Row>, Vec<End>)> + Send>>;

impl Feed {
    /// Delivers until `stop`, then waits for what is being delivered and returns. What is not
    /// delivered stays on disk for the next start.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let (halt, halted) = watch::channel(false);
        let mut hand = Hand::new(&self, halted);
        let mut stop = pin!(stop);
        let mut tick = tokio::time::interval(self.pace.tick);
        loop {
            hand.fill().await;
            tokio::select! {
                // In this order: a stop that came in is a stop, and no load keeps gauges still.
                biased;
                () = &mut stop => break,
                _ = tick.tick() => {
                    hand.more = true;
                    hand.measure().await;
                    hand.forget();
                }
                Some(end) = hand.carried.next(), if !hand.carried.is_empty() => hand.settle(end),
                () = self.journal.news() => hand.more = true,
            }
            if self.journal.unforgotten() >= UNFORGOTTEN {
                hand.forget();
            }
        }
        halt.send_replace(true);
        while let Some(end) = hand.carried.next().await {
            hand.settle(end);
        }
        if let Err(error) = self.journal.forget().await {
            tracing::warn!(%error, "delivered requests stay in the journal");
        }
    }
}

/// What the feed holds in memory.
struct Hand<'a> {
    feed: &'a Feed,
    halted: watch::Receiver<bool>,
    /// At most one run of each lane.
    carried: FuturesUnordered<Carried>,
    /// Those behind them. A lane is here as long as one of it is being carried.
    lanes: HashMap<Lane, VecDeque<Row>>,
    received: HashMap<Kept, Timestamp>,
    /// Everything up to here was read.
    last: Kept,
    /// There may be something behind `last`.
    more: bool,
}

impl<'a> Hand<'a> {
    fn new(feed: &'a Feed, halted: watch::Receiver<bool>) -> Self {
        Self {
            feed,
            halted,
            carried: FuturesUnordered::new(),
            lanes: HashMap::new(),
            received: HashMap::new(),
            last: Kept(0),
            more: true,
        }
    }

    async fn fill(&mut self) {
        let room = IN_HAND.saturating_sub(self.received.len());
        if !self.more || room < IN_HAND / 4 {
            return;
        }
        // On failure the next tick asks again.
        self.more = false;
        match self.feed.journal.kept_after(self.last, room, BYTES_IN_HAND).await {
            Ok(rows) => {
                self.more = !rows.is_empty();
                rows.into_iter().for_each(|row| self.take(row));
            }
            Err(error) => tracing::warn!(%error, "could not read the intake journal"),
        }
    }

    fn take(&mut self, row: Row) {
        self.last = row.id;
        self.received.insert(row.id, row.received_at);
        let lane = lane(&row);
        if let Some(behind) = self.lanes.get_mut(&lane) {
            behind.push_back(row);
        } else {
            self.lanes.insert(lane.clone(), VecDeque::new());
            self.carry(lane, vec![row]);
        }
    }

    fn carry(&self, lane: Lane, rows: Vec<Row>) {
        let Feed { journal, deliver, pace, .. } = self.feed;
        let porter = Porter {
            journal: Arc::clone(journal),
            deliver: Arc::clone(deliver),
            pace: *pace,
            halted: self.halted.clone(),
        };
        self.carried.push(Box::pin(async move {
            let ends = porter.carry(&rows).await;
            (lane, rows, ends)
        }));
    }

    fn settle(&mut self, (lane, mut rows, ends): (Lane, Vec<Row>, Vec<End>)) {
        let others = rows.split_off(ends.len());
        for (row, end) in rows.iter().zip(ends) {
            self.settle_one(row.id, end);
        }
        let behind = self.lanes.entry(lane.clone()).or_default();
        others.into_iter().rev().for_each(|row| behind.push_front(row));
        let run = next_run(behind);
        if run.is_empty() || *self.halted.borrow() {
            self.lanes.remove(&lane);
        } else {
            self.carry(lane, run);
        }
    }

    fn settle_one(&mut self, id: Kept, end: End) {
        self.received.remove(&id);
        match end {
            End::Delivered(delivered) => {
                count(match delivered {
                    Delivered::Stored => "stored",
                    Delivered::Duplicate => "duplicate",
                    Delivered::Foreign => "foreign",
                });
                self.feed.journal.done(id);
            }
            End::Quarantined => count("quarantined"),
            End::Left => {}
        }
    }

    /// Deletes beside the deliveries, which need not wait for it.
    fn forget(&self) {
        if self.feed.journal.unforgotten() == 0 {
            return;
        }
        let journal = Arc::clone(&self.feed.journal);
        tokio::spawn(async move {
            if let Err(error) = journal.forget().await {
                tracing::warn!(%error, "could not delete delivered requests");
            }
        });
    }

    async fn measure(&mut self) {
        if let Ok(depth) = self.feed.journal.depth().await {
            metrics::gauge!("switchboard_intake_depth").set(depth as f64);
        }
        let oldest = self.received.values().min();
        let age = oldest.map_or(0, |at| (self.feed.clock.now().0 - at.0).max(0));
        metrics::gauge!("switchboard_intake_age_seconds").set(age as f64 / 1_000.0);
    }
}

/// What is carried next of a lane: texts together, which then share a commit; anything else alone,
/// since it may take its time.
fn next_run(behind: &mut VecDeque<Row>) -> Vec<Row> {
    let texts = behind.iter().take(RUN).take_while(|row| row.is_text()).count();
    behind.drain(..texts.max(1).min(behind.len())).collect()
}

fn lane(row: &Row) -> Lane {
    match row.source {
        Some(Source::TwilioStatus) => (row.source, row.provider_id.clone(), None),
        Some(Source::SendgridEvents) => (row.source, Some(row.id.0.to_string()), None),
        _ => (None, row.from.clone(), row.to.clone()),
    }
}

#[cfg(test)]
mod tests;
