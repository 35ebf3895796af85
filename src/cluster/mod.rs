//! Other nodes on the same store, through NATS. `docs/SCALING.md` says how nodes are laid out.
//!
//! | file | what |
//! |---|---|
//! | `nats` | the way to the broker, for as long as this program runs |
//! | `nodes` | [`actors::ports::Cluster`]: what is told and asked |
//! | `at_work` | the tasks: hearing, answering, telling, heartbeats, who is connected |
//! | `members`, `home` | which nodes are there, and where each conversation is at home |
//! | `presence` | who is connected where |
//! | `envelope`, `values`, `told`, `forward` | the bytes between nodes |
//!
//! Nothing here is needed for people to be told what they are to be told: that is in the log, which
//! every node reads. It is a head start, and it is lost without harm.
mod at_work;
pub mod envelope;
pub mod forward;
pub mod home;
pub mod members;
mod nats;
mod nodes;
pub mod presence;
pub mod told;
mod values;

pub use at_work::{AtWork, Doors};
pub use nats::ConnectError;
pub use nodes::Nodes;
