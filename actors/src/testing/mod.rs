//! A stage for tests. Nothing here is in the server.
pub mod domain;
mod memory_labels;
mod memory_numbers;
mod memory_prospects;
mod memory_pushes;
mod memory_store;
mod memory_subscriptions;
mod memory_team;
mod scene;
mod unkept;

pub use memory_store::MemoryStore;
pub use scene::{Person, Pushed, Scene, caller, inbound};
