use std::sync::Arc;

use super::{MessageView, ProspectView};
use crate::domain::Conversation;

/// A conversation as the team lists it, with the contact's side of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ThreadView {
    pub conversation: Arc<Conversation>,
    pub prospect: ProspectView,
    /// The newest message that everybody may see.
    pub last_message: Option<MessageView>,
}
