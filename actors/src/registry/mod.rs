//! Which conversation is where. Finds or starts it; forgets those that retired.
//!
//! | ask        | answer                                     | file        |
//! |------------|--------------------------------------------|-------------|
//! | [`Find`]   | the conversation's address, if it exists   | `find.rs`   |
//! | [`Retire`] | nothing                                    | `retire.rs` |
mod actor;
mod find;
mod retire;

pub use actor::Registry;
pub use find::{Find, Found};

pub use crate::domain::Target;
pub use retire::Retire;
