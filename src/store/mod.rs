//! Where things are kept.
pub mod sqlite;
