//! HTTP in, one file per resource.
pub mod quarantine;
#[cfg(test)]
pub mod testing;
pub mod webhook;
