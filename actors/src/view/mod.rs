//! What one viewer is shown: domain facts with the people in them filled in. Faces only spell it.
mod compose;
mod conversation;
mod labels;
mod message;
mod prospect;
mod scheduled;
mod status;
mod team;
mod thread;

pub use compose::Composer;
pub use conversation::ConversationView;
pub use labels::LabelsView;
pub use message::{MessageView, Writer};
pub use prospect::ProspectView;
pub use scheduled::ScheduledView;
pub use status::StatusView;
pub use team::TeamConversationView;
pub use thread::ThreadView;
