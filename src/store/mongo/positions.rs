//! Positions in the log: dense numbers from one counter, and what becomes of those that nobody used.
use std::sync::Arc;
use std::time::{Duration, Instant};

use actors::Watermark;
use actors::domain::Position;
use actors::ports::Unavailable;
use bson::{Document, doc};
use mongodb::Collection;
use mongodb::options::ReturnDocument;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::Mongo;
use super::ask::{Failure, answer};
use super::bulk::Update;
use super::collections::{COUNTERS, LOG};
use super::fields::{date, optional_integer};
use super::foreign::SINCE;

/// The document that counts them.
pub const COUNTER: &str = "log";

/// Hands out positions. Who asks while a question is under way shares the next one, so that the
/// counter is no bottleneck however many commit at a time.
pub struct Positions {
    counter: Collection<Document>,
    watermark: Arc<Watermark>,
    asked: Mutex<Asked>,
    /// Taken here, and nobody knows what came of them, since then. As many as commits that broke off.
    doubtful: Mutex<Vec<(i64, Instant)>>,
}

#[derive(Default)]
struct Asked {
    waiting: Vec<(i64, Answer)>,
    under_way: bool,
}

type Answer = oneshot::Sender<Result<i64, Failure>>;

/// Positions that are to be used, or given back. Dropped, they are doubtful.
pub struct Taken {
    pub positions: Vec<i64>,
    from: Arc<Positions>,
}

impl Positions {
    pub fn new(counter: Collection<Document>, watermark: Arc<Watermark>) -> Arc<Self> {
        let (asked, doubtful) = (Mutex::default(), Mutex::default());
        Arc::new(Self { counter, watermark, asked, doubtful })
    }

    /// So many positions, one after the other. They are named to the watermark.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: some may be taken for nothing; whoever reads the log passes over them.
    pub async fn take(self: &Arc<Self>, count: usize) -> Result<Taken, Unavailable> {
        let (answer, first) = oneshot::channel();
        let is_first = {
            let mut asked = self.asked.lock();
            asked.waiting.push((i64::try_from(count).unwrap_or(i64::MAX), answer));
            !std::mem::replace(&mut asked.under_way, true)
        };
        if is_first {
            // Not on the caller's time: others wait for it, too, and the caller may stop waiting.
            tokio::spawn(Arc::clone(self).draw());
        }
        let failed = |failure| Unavailable::new("taking positions", failure);
        let first = first.await.map_err(|_| failed(Failure::Driver))?.map_err(failed)?;
        let positions = (first..).take(count).collect();
        Ok(Taken { positions, from: Arc::clone(self) })
    }

    /// Answers whoever waits, until nobody does.
    async fn draw(self: Arc<Self>) {
        loop {
            let waiting = {
                let mut asked = self.asked.lock();
                asked.under_way = !asked.waiting.is_empty();
                std::mem::take(&mut asked.waiting)
            };
            if waiting.is_empty() {
                return;
            }
            let total = waiting.iter().map(|(count, _)| count).sum();
            let mut first = self.rise(total).await.map(|last| last - total + 1);
            if let Ok(first) = first {
                self.watermark.committed(&domain(first..first + total));
            }
            for (count, answer) in waiting {
                if answer.send(first).is_err()
                    && let Ok(first) = first
                {
                    self.doubt(first..first + count);
                }
                first = first.map(|first| first + count);
            }
        }
    }

    async fn rise(&self, by: i64) -> Result<i64, Failure> {
        let (counter, more) = (doc! { "_id": COUNTER }, doc! { "$inc": { "value": by } });
        let rising = self.counter.find_one_and_update(counter, more);
        let risen = answer(rising.upsert(true).return_document(ReturnDocument::After)).await?;
        let value = risen.as_ref().map(|risen| optional_integer(risen, "value"));
        value.and_then(|value| value.ok().flatten()).ok_or(Failure::Senseless)
    }

    fn doubt(&self, positions: impl IntoIterator<Item = i64>) {
        let now = Instant::now();
        self.doubtful.lock().extend(positions.into_iter().map(|position| (position, now)));
    }

    /// Those that were doubtful for so long.
    fn old_doubts(&self, patience: Duration) -> Vec<i64> {
        let old = |(_, since): &mut (i64, Instant)| since.elapsed() >= patience;
        self.doubtful.lock().extract_if(.., old).map(|(position, _)| position).collect()
    }

    fn given_back(&self, positions: &[i64]) {
        self.watermark.published(&domain(positions.iter().copied()));
    }
}

impl Taken {
    /// They are in the record; who publishes takes them off the watermark.
    pub fn used(mut self) -> Vec<Position> {
        domain(std::mem::take(&mut self.positions))
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.from.doubt(std::mem::take(&mut self.positions));
    }
}

impl Mongo {
    /// Makes what counts, the first time, so that nobody has to later.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: opening again is safe.
    pub(super) async fn begin(&self) -> Result<(), Unavailable> {
        let once = |name: &str, first| Update {
            filter: doc! { "_id": name },
            change: doc! { "$setOnInsert": first },
            upsert: true,
        };
        let counters = vec![
            once(COUNTER, doc! { "value": 0_i64, "floor": 0_i64 }),
            once(SINCE, doc! { "at": date(self.clock.now()) }),
        ];
        self.update_all("opening", COUNTERS, counters).await.map(drop)
    }

    /// Marks positions as void, unless something stands there.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: some may be marked; marking them again is safe.
    pub(super) async fn void(&self, positions: &[i64]) -> Result<(), Unavailable> {
        let at = date(self.clock.now());
        let updates = positions.iter().map(|position| Update {
            filter: doc! { "_id": position },
            change: doc! { "$setOnInsert": { "position": position, "void": true, "at": &at } },
            upsert: true,
        });
        self.update_all("giving positions back", LOG, updates.collect()).await.map(drop)
    }

    /// Gives back what was taken for something that surely is not in the record.
    pub(super) async fn give_back(&self, mut taken: Taken) {
        if self.void(&taken.positions).await.is_ok() {
            self.positions.given_back(&std::mem::take(&mut taken.positions));
        }
    }

    /// Finds out what became of positions whose commits broke off here a while ago. Else what is at
    /// the very end of the log would be waited for until something else is committed.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: they stay doubtful.
    pub(super) async fn settle_doubtful(&self) -> Result<(), Unavailable> {
        let doubtful = self.positions.old_doubts(self.patience);
        if doubtful.is_empty() {
            return Ok(());
        }
        match self.settle(&doubtful).await {
            // What is in the record after all stays owed: nobody has shown it here.
            Ok(void) => self.positions.given_back(&void),
            Err(cause) => {
                self.positions.doubt(doubtful);
                return Err(cause);
            }
        }
        Ok(())
    }
}

fn domain(positions: impl IntoIterator<Item = i64>) -> Vec<Position> {
    positions.into_iter().filter_map(|p| u64::try_from(p).ok()).map(Position).collect()
}
