//! A stage for tests. Nothing here is in the server.
pub mod domain;
mod memory_pushes;
mod memory_store;

pub use memory_store::MemoryStore;
