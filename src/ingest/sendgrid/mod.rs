//! What SendGrid sends us: whether it is from SendGrid, and what it says.
mod body;
pub mod events;
mod fields;
pub mod inbound;
mod judge;

pub use body::Body;
pub use judge::{Doubt, EventsKey, Settings};
