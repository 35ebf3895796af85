//! What Twilio sends us: whether it is from Twilio, and what it says.
mod judge;
mod signature;
pub mod sms;
pub mod status;

pub use judge::{Judgement, Settings};
pub use signature::Doubt;
