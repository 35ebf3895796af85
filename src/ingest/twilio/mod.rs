//! What Twilio sends us: whether it is from Twilio, and what it says.
mod judge;
mod signature;
pub mod sms;

pub use judge::{Judgement, Mode, Settings};
pub use signature::Doubt;
