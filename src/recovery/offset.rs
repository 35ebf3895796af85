use std::sync::Arc;

use actors::domain::Position;

use crate::seal::{Purpose, Seal};

/// Positions as clients carry them: opaque, and different every time.
pub struct Offsets(pub Arc<Seal>);

impl Offsets {
    pub fn seal(&self, position: Position) -> String {
        self.0.seal(Purpose::Offset, &position.0.to_be_bytes())
    }

    pub fn open(&self, text: &str) -> Option<Position> {
        let content = self.0.open(Purpose::Offset, text)?;
        Some(Position(u64::from_be_bytes(content.try_into().ok()?)))
    }
}
