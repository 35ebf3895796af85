//! How the engine's views are spelled in JSON: one file per shape a client sees.
mod contact;
mod conversation;
pub mod inbox;
mod json;
mod label;
mod message;
mod paging;
mod scheduled;
mod search;
mod status;
mod user;

pub use contact::ContactShape;
pub use conversation::{Broadcast, ConversationShape};
pub use json::Raw;
pub use label::{MarkShape, marks};
pub use message::{MessageShape, WriterShape};
pub use paging::{ConversationListShape, ConversationPaging, MessageListShape, MessagePaging};
pub use scheduled::ScheduledShape;
pub use search::{SearchPaging, SearchShape};
pub use status::StatusShape;
pub use user::UserShape;
