//! People's connections: one actor per connection, one table per server thread, one directory.
//!
//! Knows nothing of conversations, of Socket.IO or of HTTP.
//!
//! | message | answer | file |
//! | --- | --- | --- |
//! | [`Receive`] | what a transport read is with the protocol | `actor.rs` |
//! | [`Tell`] | an order from another session or thread is with the protocol | `actor.rs` |
//! | [`Close`] | none; the session ends | `actor.rs` |
//!
//! Outward nothing is a message per session: [`Directory::deliver`] puts one batch into the inbox
//! of each server thread concerned, and its [`Worker`] hands frames to outboxes.
mod actor;
mod close_reason;
mod directory;
mod frame;
mod inbox;
mod lanes;
mod namespace;
mod outbox;
mod protocol;
mod roster;
#[cfg(test)]
mod tests;
mod worker;

pub use actor::{Close, Handle, Receive, Session, Tell};
pub use close_reason::CloseReason;
pub use directory::{Batch, Directory};
pub use frame::Frame;
pub use lanes::{Job, LaneId, LanesFull};
pub use namespace::{Audience, SocketId};
pub use outbox::{Ended, Lease, Line, Outbox, OutboxLimits, PollRefused, SwitchRefused, Taken};
pub use protocol::{Protocol, Turn};
pub use roster::{Membership, Roster};
pub use worker::Worker;

pub use crate::domain::Namespace;
