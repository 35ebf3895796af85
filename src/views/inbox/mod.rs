//! Prospects, threads and messages as the Inbox API spells them.
mod message;
mod prospect;
mod thread;

pub use message::InboxMessageShape;
pub use prospect::{LabelShape, Names, ProspectShape};
pub use thread::ThreadShape;
