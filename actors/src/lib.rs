//! Conversations, the sessions people watch them from, and how one finds the other.
//!
//! Inward: `engine` → `registry` → `conversation` → `ports::Store`.
//! Outward: `conversation` → `session` → a socket. Nothing flows the other way.
pub mod domain;
pub mod engine;
pub mod ports;
pub mod session;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod watermark;

pub use watermark::Watermark;
