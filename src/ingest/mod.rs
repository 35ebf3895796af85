//! A webhook between "kept" and "delivered".
//!
//! [`Intake::take`] judges a request and writes it to the journal; it is answered once it is on
//! disk. [`Feed`] takes kept requests out again, oldest first, and hands them to the engine. What
//! cannot be trusted or read waits in the quarantine for an operator.
mod deliver;
mod done;
mod feed;
mod form;
mod intake;
mod journal;
mod judgement;
mod quarantine;
mod raw;
pub mod sendgrid;
pub mod twilio;

pub use deliver::{Deliver, Delivered, NotDelivered, Outcome, ToEngine};
pub use feed::{Feed, Pace};
pub use intake::{Intake, NotTaken};
pub use journal::{Journal, Kept, Limits, NotKept, OpenError, Row};
pub use judgement::Judgement;
pub use quarantine::Quarantined;
pub use raw::{Envelope, Raw, Source};

/// Kept + released = stored + duplicate + foreign + quarantined + what is still in the journal; a gap that
/// stays open is a lost request. What is refused was never acknowledged.
fn count(outcome: &'static str) {
    metrics::counter!("switchboard_intake_total", "outcome" => outcome).increment(1);
}
