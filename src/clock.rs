//! The system's clock behind the Clock port.

use std::time::{SystemTime, UNIX_EPOCH};

use actors::domain::Timestamp;
use actors::ports::Clock;

/// Wall-clock time, as the machine has it. May step back; rules that mind say so themselves.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the Clock port")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}
