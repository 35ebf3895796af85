//! An empty store, a clock that stands still, and a way to close and open the store again.
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use actors::Watermark;
use actors::domain::{Change, Timestamp};
use actors::ports::{Clock, CommitError, Committed, Store};

type Opened = (Arc<dyn Store>, Arc<Watermark>);
type Open = Box<dyn Fn(Arc<dyn Clock>) -> Pin<Box<dyn Future<Output = Opened>>>>;

pub struct Stage {
    pub store: Arc<dyn Store>,
    pub watermark: Arc<Watermark>,
    pub clock: Arc<SetClock>,
    open: Open,
    /// Where an embedded store has its files.
    _directory: tempfile::TempDir,
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
    let open = move |clock: Arc<dyn Clock>| -> Pin<Box<dyn Future<Output = Opened>>> {
        let url = url.clone();
        Box::pin(async move { switchboard::store::open(&url, clock).await.unwrap() })
    };
    Stage::new(directory, Box::new(open)).await
}

impl Stage {
    async fn new(directory: tempfile::TempDir, open: Open) -> Self {
        let clock = Arc::new(SetClock::default());
        let (store, watermark) = open(clock.clone()).await;
        Self { store, watermark, clock, open, _directory: directory }
    }

    /// The same store, closed and opened again.
    pub async fn reopen(self) -> Self {
        let Self { store, watermark, clock, open, _directory } = self;
        drop((store, watermark));
        let (store, watermark) = open(clock.clone()).await;
        Self { store, watermark, clock, open, _directory }
    }

    pub async fn commit(&self, change: &Change) -> Result<Committed, CommitError> {
        self.store.commit(change).await
    }

    /// Commits a change that has to be kept.
    pub async fn keep(&self, change: &Change) -> Committed {
        self.commit(change).await.unwrap()
    }
}
