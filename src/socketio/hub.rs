use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actors::session::CloseReason;

use super::census::Census;
use super::engine::Messages;
use super::table::Table;
use super::{Limits, Origins};

/// Between two handfuls of connections that are sent to other nodes.
const STEP: Duration = Duration::from_millis(20);

/// What the connections of all server threads share. Cheap to clone; usable from any thread.
pub struct Hub<M: Messages> {
    pub(super) table: Table<M>,
    pub(super) census: Census,
    pub limits: Arc<Limits>,
    pub origins: Arc<Origins>,
    is_leaving: Arc<AtomicBool>,
}

impl<M: Messages> Clone for Hub<M> {
    fn clone(&self) -> Self {
        Self {
            table: self.table.clone(),
            census: self.census.clone(),
            limits: Arc::clone(&self.limits),
            origins: Arc::clone(&self.origins),
            is_leaving: Arc::clone(&self.is_leaving),
        }
    }
}

impl<M: Messages> Hub<M> {
    pub fn new(limits: Limits, origins: Origins) -> Self {
        Self {
            table: Table::default(),
            census: Census::default(),
            limits: Arc::new(limits),
            origins: Arc::new(origins),
            is_leaving: Arc::default(),
        }
    }

    /// Connections now open.
    pub fn connections(&self) -> usize {
        self.census.all()
    }

    /// From now on whoever comes is sent to another node.
    pub fn leave(&self) {
        self.is_leaving.store(true, Ordering::Release);
    }

    pub fn is_leaving(&self) -> bool {
        self.is_leaving.load(Ordering::Acquire)
    }

    /// Ends every connection, a few at a time over so long, so that not all come to the other nodes at
    /// once.
    pub async fn close_over(&self, time: Duration, reason: CloseReason) {
        let mut outboxes = Vec::new();
        self.table.each_shared(|outbox| outboxes.push(outbox));
        let steps = usize::try_from(time.as_millis() / STEP.as_millis()).unwrap_or(1).max(1);
        let at_once = outboxes.len().div_ceil(steps).max(1);
        for some in outboxes.chunks(at_once) {
            for outbox in some {
                outbox.close(reason);
            }
            if steps > 1 {
                tokio::time::sleep(STEP).await;
            }
        }
        self.close_all(reason);
    }

    /// Ends every connection; what each is owed still goes out if its client reads it.
    pub fn close_all(&self, reason: CloseReason) {
        self.table.each(|outbox| {
            outbox.close(reason);
        });
    }
}
