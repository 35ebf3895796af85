//! Webhooks out: other services are told what happens in an account.
//!
//! | from the record outwards | file |
//! | --- | --- |
//! | who subscribed, and how they change their mind | `desk.rs` |
//! | one task for each subscription in force | `couriers.rs` |
//! | its next events, in order; what comes of each attempt | `courier.rs`, `pace.rs` |
//! | an event as JSON, its lasting name, its signature | `event.rs`, `event_name.rs`, `signature.rs` |
//! | the same in the form of the Inbox API | `inbox_event.rs` |
//! | what is to be told next, in either form | `told.rs` |
//! | where it may be sent, and sending it | `target.rs`, `address.rs`, `resolver.rs`, `caller.rs` |
//!
//! What there is to tell is read from the log, so nothing is queued: a subscription is a position.
//! Deliveries follow Standard Webhooks (<https://www.standardwebhooks.com>). An event may come
//! twice, after a crash or a replay, and then has the same `webhook-id`.
mod address;
mod caller;
mod courier;
mod couriers;
mod desk;
mod event;
mod event_name;
pub mod inbox_event;
mod pace;
mod resolver;
pub mod signature;
mod start;
mod target;
mod told;

pub use caller::{Caller, Outcome};
pub use couriers::Couriers;
pub use desk::{Desk, Replay, ReplayError};
pub use event_name::EventNames;
pub use pace::Pace;
pub use start::{couriers, open_desk};
pub use target::{Policy, TargetError};
