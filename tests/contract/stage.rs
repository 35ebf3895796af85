//! An empty store, a clock that stands still, and a way to close and open the store again.
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use actors::Watermark;
use actors::domain::{Change, Timestamp};
use actors::ports::{Clock, CommitError, Committed, Store};
use switchboard::store::{self, Durability};

use crate::mongodb::Database;

type Opened = (Arc<dyn Store>, Arc<Watermark>);
type Open = Box<dyn Fn(Arc<dyn Clock>) -> Pin<Box<dyn Future<Output = Opened>>>>;

pub struct Stage {
    pub store: Arc<dyn Store>,
    pub watermark: Arc<Watermark>,
    pub clock: Arc<SetClock>,
    open: Open,
    place: Place,
}

/// Where a store keeps what it keeps; gone with the test.
pub enum Place {
    Folder(#[expect(dead_code, reason = "held until the end")] tempfile::TempDir),
    Database(Database),
}

/// Shows what it was set to.
#[derive(Default)]
pub struct SetClock(AtomicI64);

impl SetClock {
    pub fn set(&self, now: i64) {
        self.0.store(now, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

pub async fn sqlite() -> Stage {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", directory.path().join("data/switchboard.db").display());
    Stage::new(url, Place::Folder(directory)).await
}

/// `None`: there is no server, as somebody said aloud.
pub async fn mongo() -> Option<Stage> {
    mongo_at(0).await
}

/// The same at another time than zero.
pub async fn mongo_at(now: i64) -> Option<Stage> {
    let database = Database::fresh()?;
    Some(Stage::at(now, database.url.clone(), Place::Database(database)).await)
}

impl Stage {
    async fn new(url: String, place: Place) -> Self {
        Self::at(0, url, place).await
    }

    async fn at(now: i64, url: String, place: Place) -> Self {
        let open: Open = Box::new(move |clock| {
            let url = url.clone();
            Box::pin(async move { store::open(&url, Durability::Whole, clock).await.unwrap() })
        });
        let clock = Arc::new(SetClock::default());
        clock.set(now);
        let (store, watermark) = open(clock.clone()).await;
        Self { store, watermark, clock, open, place }
    }

    /// The same store, closed and opened again.
    pub async fn reopen(self) -> Self {
        let Self { store, watermark, clock, open, place } = self;
        drop((store, watermark));
        let (store, watermark) = open(clock.clone()).await;
        Self { store, watermark, clock, open, place }
    }

    /// The same store, opened by another program meanwhile. Only where several may.
    pub async fn beside(&self) -> Arc<dyn Store> {
        (self.open)(self.clock.clone()).await.0
    }

    /// Straight to the documents, past the store.
    pub async fn documents(&self) -> mongodb::Database {
        match &self.place {
            Place::Database(database) => database.open().await,
            Place::Folder(_) => panic!("an embedded store has none"),
        }
    }

    pub async fn commit(&self, change: &Change) -> Result<Committed, CommitError> {
        self.store.commit(change).await
    }

    /// Commits a change that has to be kept.
    pub async fn keep(&self, change: &Change) -> Committed {
        self.commit(change).await.unwrap()
    }
}
