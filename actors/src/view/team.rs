use std::sync::Arc;

use super::{LabelsView, MessageView, Writer, conversation};
use crate::domain::{Channel, Contact, Conversation, ConversationId, Key, TeamState, Timestamp};

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
    pub deleted: bool,
    pub team: TeamState,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Where the team's lists have it.
    pub at: Timestamp,
    /// The same, in lists that go by what people wrote.
    pub manual_at: Timestamp,
    /// `None` when the contact was deleted.
    pub contact: Option<Arc<Contact>>,
    pub channel: Option<Arc<Channel>>,
    pub users: Vec<Writer>,
    pub labels: LabelsView,
    /// The newest message that everybody may see.
    pub last_activity: Option<MessageView>,
}

/// Whom a conversation is with, where, and who takes part.
type People = (Option<Arc<Contact>>, Option<Arc<Channel>>, Vec<Writer>);

impl TeamConversationView {
    pub(super) fn new(
        conversation: &Conversation,
        (contact, channel, users): People,
        labels: LabelsView,
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
            deleted: conversation.deleted,
            team: conversation.team.clone(),
            created_at: conversation.created_at,
            updated_at: conversation.updated_at,
            at: conversation.team_at(),
            manual_at: conversation.manual_at(),
            contact,
            channel,
            users,
            labels,
            last_activity,
        }
    }
}
