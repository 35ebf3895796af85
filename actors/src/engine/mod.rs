//! What can be asked of the engine: one file per use case. Faces translate; this decides whom to
//! ask and in which order.
mod emit;
mod failure;
mod receive_inbound;

pub use emit::Route;
pub use failure::Failure;
pub use receive_inbound::{Inbound, Receipt};

use std::sync::Arc;

use crate::ports::{Clock, Ids, Store};

/// The engine's front door. Cheap to clone; usable from any thread.
#[derive(Clone)]
pub struct Engine {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
}

impl Engine {
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }
}
