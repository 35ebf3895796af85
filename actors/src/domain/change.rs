use std::sync::Arc;

use super::{Conversation, ConversationId, Message, MessageId, Position, Seq, Status, UserId};

/// What a conversation makes of a command.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Store this, then take it in, then tell people.
    Record(Box<Change>),
    /// It is so already. Nothing to store, nobody to tell.
    Unchanged,
}

/// One atomic step of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The conversation afterwards; its version is one above the one it was decided on.
    pub next: Conversation,
    pub message: Option<(Seq, Arc<Message>)>,
    /// The message is on its way to the contact: it enters the outbox with this very commit.
    pub to_contact: bool,
    pub status: Option<StatusChange>,
    /// What people are told, in this order. Never empty.
    pub announcements: Vec<Announcement>,
}

/// A delivery status that moved on.
#[derive(Clone, Debug, PartialEq)]
pub struct StatusChange {
    /// With the status as it is now.
    pub message: Arc<Message>,
    /// What it was when this was decided.
    pub from: Option<Status>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Announcement {
    /// The conversation as each receiver sees it now.
    Conversation { is_new: bool, to: To },
    /// The message of this change.
    Message,
    /// Where a message is on its way to the contact.
    Status,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    Participants,
    /// This user's own sessions: the change is theirs alone.
    User(UserId),
    /// Nobody on a socket: only who listens for the whole team.
    Team,
}

/// An announcement as it is kept for sessions that come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub position: Position,
    /// The announcement before it in the same conversation; 0: there is none, or it is not known.
    pub previous: Position,
    pub conversation: ConversationId,
    pub announcement: Announcement,
    pub message: Option<MessageId>,
}

/// A rule of the conversation said no. Repeating the command changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Also said to those who take no part: one answer, no difference.
    #[error("conversation not found")]
    NotFound,
    #[error("a mentioned user takes no part")]
    MentionOutside,
    #[error("a note needs text or an attachment")]
    EmptyNote,
    #[error("text is longer than {max} bytes", max = super::command::AddNote::MAX_TEXT_BYTES)]
    TextTooLong,
    #[error("more than {max} attachments", max = super::command::AddNote::MAX_ATTACHMENTS)]
    TooManyAttachments,
    #[error("snooze ends in the past")]
    SnoozeInPast,
    #[error("snooze is longer than a year")]
    SnoozeTooLong,
    /// The read marker moved while the caller counted; count again.
    #[error("read marker moved meanwhile")]
    MarkerMoved,
    /// Another report came first; look at the message again.
    #[error("status moved meanwhile")]
    StatusMoved,
    /// Something was written while the caller looked; look again.
    #[error("conversation moved on meanwhile")]
    TailMoved,
    #[error("a message needs text or an attachment")]
    EmptyMessage,
}

impl Change {
    pub(super) fn record(mut next: Conversation, announcements: Vec<Announcement>) -> Decision {
        next.version += 1;
        Decision::Record(Box::new(Self {
            next,
            message: None,
            to_contact: false,
            status: None,
            announcements,
        }))
    }

    pub(super) fn record_message(
        mut next: Conversation,
        message: Message,
        announcements: Vec<Announcement>,
    ) -> Decision {
        next.version += 1;
        let message = Some((next.last_seq, Arc::new(message)));
        let (to_contact, status) = (false, None);
        Decision::Record(Box::new(Self { next, message, to_contact, status, announcements }))
    }
}

impl Conversation {
    /// Whether a user is to be told something that was announced, as the conversation is now. Of
    /// one that was deleted, only that it was.
    pub fn hears(&self, user: &UserId, announcement: &Announcement) -> bool {
        let theirs = matches!(announcement, Announcement::Conversation { to: To::User(_), .. });
        self.told(user).is_some() && (theirs || !self.deleted) && announcement.is_for(user)
    }
}

impl Announcement {
    /// Whether a participant is among those it is made to.
    pub fn is_for(&self, participant: &UserId) -> bool {
        match self {
            Self::Conversation { to: To::User(user), .. } => user == participant,
            Self::Conversation { to: To::Team, .. } => false,
            Self::Conversation { to: To::Participants, .. } | Self::Message | Self::Status => true,
        }
    }

    pub(super) fn changed_for_all() -> Self {
        Self::Conversation { is_new: false, to: To::Participants }
    }

    pub(super) fn changed_for(user: &UserId) -> Self {
        Self::Conversation { is_new: false, to: To::User(user.clone()) }
    }

    pub(super) fn changed_for_team() -> Self {
        Self::Conversation { is_new: false, to: To::Team }
    }

    pub(super) fn began() -> Self {
        Self::Conversation { is_new: true, to: To::Participants }
    }
}
