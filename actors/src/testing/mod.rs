//! A stage for tests. Nothing here is in the server.
pub mod domain;
mod memory_store;
mod scene;

pub use memory_store::MemoryStore;
pub use scene::{Person, Pushed, Scene, caller, inbound};
