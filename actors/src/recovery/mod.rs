//! What sessions that come back are told: everything since, in order, or nothing at all.
mod recent;
mod window;

pub use recent::{Recent, Remembered};
