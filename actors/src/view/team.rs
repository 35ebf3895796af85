use std::sync::Arc;

use super::{MessageView, Writer, conversation};
use crate::domain::{Contact, Conversation, ConversationId, Key, Timestamp};

/// A conversation as the team sees it: nothing that is one user's own, and nothing that a note
/// could move.
#[derive(Clone, Debug, PartialEq)]
pub struct TeamConversationView {
    pub id: ConversationId,
    pub key: Key,
    /// As given, or derived from the contact.
    pub title: String,
    pub image: Vec<String>,
    pub is_open: bool,
    pub starred: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// `None` when the contact was deleted.
    pub contact: Option<Arc<Contact>>,
    pub users: Vec<Writer>,
    /// The newest message that everybody may see.
    pub last_activity: Option<MessageView>,
}

impl TeamConversationView {
    pub(super) fn new(
        conversation: &Conversation,
        contact: Option<Arc<Contact>>,
        users: Vec<Writer>,
        last_activity: Option<MessageView>,
    ) -> Self {
        let image = conversation::image(conversation, contact.as_deref());
        Self {
            id: conversation.id.clone(),
            key: conversation.key.clone(),
            title: conversation.title(contact.as_deref()).to_owned(),
            image: image.into_iter().map(str::to_owned).collect(),
            is_open: conversation.is_open,
            starred: conversation.starred,
            created_at: conversation.created_at,
            updated_at: conversation.updated_at,
            contact,
            users,
            last_activity,
        }
    }
}
