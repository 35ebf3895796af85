use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actors::session::{Handle, Outbox};
use dashmap::DashMap;

use super::engine::{EngineIo, Messages};

/// How long a closed session's id is kept when a poll may still be on its way to it.
const FAREWELL: Duration = Duration::from_millis(100);

/// Every connection of this node by its Engine.IO id, which is a bearer secret.
pub(super) struct Table<M: Messages>(Arc<DashMap<String, Entry<M>>>);

pub(super) struct Entry<M: Messages> {
    pub handle: Handle<EngineIo<M>>,
    posting: Arc<AtomicBool>,
}

impl<M: Messages> Clone for Table<M> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<M: Messages> Clone for Entry<M> {
    fn clone(&self) -> Self {
        Self { handle: self.handle.clone(), posting: Arc::clone(&self.posting) }
    }
}

impl<M: Messages> Default for Table<M> {
    fn default() -> Self {
        Self(Arc::new(DashMap::new()))
    }
}

impl<M: Messages> Table<M> {
    /// The session is found under this id until the row is dropped.
    pub fn insert(&self, sid: &str, handle: Handle<EngineIo<M>>) -> Row<M> {
        let outbox = Arc::clone(&handle.outbox);
        self.0.insert(sid.to_owned(), Entry { handle, posting: Arc::default() });
        Row { table: self.clone(), sid: sid.to_owned(), outbox }
    }

    pub fn find(&self, sid: &str) -> Option<Entry<M>> {
        self.0.get(sid).map(|entry| entry.clone())
    }

    pub fn each_shared(&self, act: impl FnMut(Arc<Outbox>)) {
        self.0.iter().map(|entry| Arc::clone(&entry.handle.outbox)).for_each(act);
    }

    pub fn each(&self, mut act: impl FnMut(&Outbox)) {
        // Collected first: closing one may take it out of the table.
        let all: Vec<_> = self.0.iter().map(|entry| Arc::clone(&entry.handle.outbox)).collect();
        all.iter().for_each(|outbox| act(outbox));
    }
}

pub(super) struct Row<M: Messages> {
    table: Table<M>,
    sid: String,
    outbox: Arc<Outbox>,
}

impl<M: Messages> Drop for Row<M> {
    fn drop(&mut self) {
        let (table, sid) = (self.table.clone(), std::mem::take(&mut self.sid));
        if self.outbox.owes_farewell() && actix::System::is_registered() {
            actix::spawn(async move {
                tokio::time::sleep(FAREWELL).await;
                table.0.remove(&sid);
            });
        } else {
            table.0.remove(&sid);
        }
    }
}

/// One upload of a session at a time.
pub(super) struct Posting(Arc<AtomicBool>);

impl<M: Messages> Entry<M> {
    /// `None` when another upload is under way.
    pub fn begin_post(&self) -> Option<Posting> {
        let busy = self.posting.swap(true, Ordering::AcqRel);
        (!busy).then(|| Posting(Arc::clone(&self.posting)))
    }
}

impl Drop for Posting {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}
