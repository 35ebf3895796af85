//! What Twilio sends us: whether it is from Twilio, and what it says.
mod judge;
mod reconcile;
mod signature;
pub mod sms;
pub mod status;

pub use judge::Settings;
pub use reconcile::{NotReconciled, Reconciled, Reconciler, written_at};
pub use signature::Doubt;
