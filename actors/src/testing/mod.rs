//! A stage for tests. Nothing here is in the server.
pub mod domain;
mod memory_store;
mod unkept;

pub use memory_store::MemoryStore;
