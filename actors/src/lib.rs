//! Conversations, the sessions people watch them from, and how one finds the other.
//!
//! Inward: `engine` → `registry` → `conversation` → `ports::Store`.
//! Outward: `conversation` → `session` → a socket. Nothing flows the other way.
pub mod conversation;
pub mod domain;
pub mod engine;
pub mod ports;
pub mod recovery;
pub mod registry;
pub mod session;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod view;
mod watermark;

pub use watermark::{Begun, Handing, Watermark};
