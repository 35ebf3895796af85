//! One actor per conversation: the only owner of its state and the only writer of its record.
//!
//! | ask            | answer                               | file         |
//! |----------------|--------------------------------------|--------------|
//! | [`Write`]      | [`Written`] or [`Failure`]           | `write.rs`   |
//! | [`ShowAgain`]  | nothing; people see it               | `show_again.rs` |
mod actor;
mod elsewhere;
mod follow;
#[cfg(test)]
mod follow_tests;
mod gate;
mod presenter;
mod publish;
mod show_again;
#[cfg(test)]
mod tests;
mod turn;
mod write;

pub use actor::{ConversationActor, Tools};
pub use gate::Gate;
pub use presenter::Presenter;
pub use show_again::{ShowAgain, What};
pub use write::{Asked, Write, Written};

pub use crate::domain::{Outcome, Within};
