//! From the outbox to the providers.
//!
//! | file | what |
//! |---|---|
//! | `worker` | takes what is due, beginning with the longest due; one of each conversation at a time |
//! | `slots` | how fast one sender may send |
//! | `carry` | one message: looked up, handed over, told |
//! | `route`, `letter` | from whom to whom, and what exactly goes out |
//! | `pace` | waits and limits |
mod carry;
mod letter;
mod pace;
mod route;
mod slots;
#[cfg(test)]
mod tests;
mod worker;

pub use pace::{Pace, Rates};
pub use worker::Worker;

/// `error_code` of messages that failed on our side of the provider.
pub mod code {
    /// The contact does not want to be written to.
    pub const OPTED_OUT: &str = "CONTACT_OPTED_OUT";
    /// No provider is set up for this kind of channel.
    pub const NO_PROVIDER: &str = "NO_PROVIDER";
    /// The contact has no number or mailbox that this channel could write to, or the channel none
    /// to write from.
    pub const NO_ADDRESS: &str = "NO_ADDRESS";
    /// The provider did not take it for too long, or too often, or there was nothing to carry.
    pub const GAVE_UP: &str = "GAVE_UP";
    /// It may have been sent: the provider did not say, and cannot be asked.
    pub const UNKNOWN_OUTCOME: &str = "UNKNOWN_OUTCOME";
}
