//! What sessions that come back are told: everything since, in order, or nothing at all.
mod recent;

pub use recent::{Recent, Remembered};
