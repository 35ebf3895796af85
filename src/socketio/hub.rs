use std::sync::Arc;

use actors::session::CloseReason;

use super::census::Census;
use super::engine::Messages;
use super::table::Table;
use super::{Limits, Origins};

/// What the connections of all server threads share. Cheap to clone; usable from any thread.
pub struct Hub<M: Messages> {
    pub(super) table: Table<M>,
    pub(super) census: Census,
    pub limits: Arc<Limits>,
    pub origins: Arc<Origins>,
}

impl<M: Messages> Clone for Hub<M> {
    fn clone(&self) -> Self {
        Self {
            table: self.table.clone(),
            census: self.census.clone(),
            limits: Arc::clone(&self.limits),
            origins: Arc::clone(&self.origins),
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
        }
    }

    /// Connections now open.
    pub fn connections(&self) -> usize {
        self.census.all()
    }

    /// Ends every connection; what each is owed still goes out if its client reads it.
    pub fn close_all(&self, reason: CloseReason) {
        self.table.each(|outbox| {
            outbox.close(reason);
        });
    }
}
