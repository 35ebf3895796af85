//! What tests of this store stand on.
use actors::domain::Timestamp;
use actors::ports::Clock;

#[path = "../../../tests/support/mongodb.rs"]
mod database;

pub use database::Database;

/// A clock that stands still.
pub struct Frozen;

impl Clock for Frozen {
    fn now(&self) -> Timestamp {
        Timestamp(10)
    }
}
