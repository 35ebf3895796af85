//! A stage for tests. Nothing here is in the server.
pub mod domain;
