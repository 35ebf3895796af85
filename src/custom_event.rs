//! Events that other services name themselves: what a caller may ask for, whoever carries it.
use std::sync::Arc;

use actors::domain::{Timestamp, UserId};
use serde_json::value::RawValue;

use crate::socketio::codec::is_reserved;

/// A name that a client can be sent an event under.
///
/// Any text but the names that Socket.IO keeps for itself: a stock client that receives one of
/// those drops its connection, and every namespace with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventName(Arc<str>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventNameError {
    #[error("event name is empty")]
    Empty,
    #[error("event name is longer than {max} characters", max = EventName::MAX_CHARS)]
    TooLong,
    #[error("event name is reserved")]
    Reserved,
}

impl EventName {
    pub const MAX_CHARS: usize = 128;

    /// # Errors
    ///
    /// [`EventNameError`] names the first thing wrong; it never repeats the text.
    pub fn parse(text: &str) -> Result<Self, EventNameError> {
        if text.is_empty() {
            return Err(EventNameError::Empty);
        }
        if text.chars().nth(Self::MAX_CHARS).is_some() {
            return Err(EventNameError::TooLong);
        }
        if is_reserved(text) {
            return Err(EventNameError::Reserved);
        }
        Ok(Self(text.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A scraper that is connected to lead-finder now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scraper {
    /// Another one each time it connects.
    pub socket_id: String,
    /// The same each time, if the scraper chose it.
    pub client_id: String,
    pub connected_at: Timestamp,
}

/// Sends events of any name. Fire and forget: nothing is stored, nothing is sent again.
pub trait CustomEvents: Send + Sync {
    /// To every socket that these users have in `/v1/shared`, and nowhere else. Whoever has none
    /// is passed over.
    fn to_users(&self, users: Vec<UserId>, event: &EventName, payload: &RawValue);

    /// To one scraper, by socket id or else by client id. `false` when it is not there.
    fn to_scraper(&self, target: &str, event: &EventName, payload: &RawValue) -> bool;

    /// Who is there, the longest connected first.
    fn scrapers(&self) -> Vec<Scraper>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_be_anything_but_empty_endless_or_reserved() {
        let parse = EventName::parse;

        assert_eq!(parse(""), Err(EventNameError::Empty));
        assert!(parse(&"é".repeat(128)).is_ok());
        assert_eq!(parse(&"e".repeat(129)), Err(EventNameError::TooLong));
        for reserved in [
            "connect",
            "connect_error",
            "disconnect",
            "disconnecting",
            "newListener",
            "removeListener",
        ] {
            assert_eq!(parse(reserved), Err(EventNameError::Reserved), "{reserved}");
        }
        for fine in ["notification", "Connect", "prospect_message", "a b/c", "\"", "\u{1e}"] {
            assert!(parse(fine).is_ok(), "{fine}");
        }
    }
}
