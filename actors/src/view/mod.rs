//! What one viewer is shown: domain facts with the people in them filled in. Faces only spell it.
mod compose;
mod conversation;
mod message;
mod scheduled;
mod status;
mod team;

pub use compose::Composer;
pub use conversation::ConversationView;
pub use message::{MessageView, Writer};
pub use scheduled::ScheduledView;
pub use status::StatusView;
pub use team::TeamConversationView;
