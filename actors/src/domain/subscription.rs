use std::fmt;
use std::sync::Arc;

use super::{AccountId, Position, SubscriptionId, Timestamp};

/// What another service asked to be told about an account, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    pub id: SubscriptionId,
    pub account: AccountId,
    /// As given. Where it leads is looked at whenever it is called, not only now.
    pub url: String,
    /// Each once, never empty.
    pub events: Vec<EventKind>,
    pub secret: SigningSecret,
    /// Unset by whoever subscribed: nothing is sent, and nothing is lost while the record holds it.
    pub active: bool,
    pub form: Form,
}

/// How a subscriber is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Form {
    /// As Standard Webhooks have it, in the words of the sockets.
    #[default]
    Standard,
    /// As the Inbox API has it: numbered, in its words, with its signature.
    Inbox,
}

impl Form {
    pub const ALL: [Self; 2] = [Self::Standard, Self::Inbox];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Inbox => "inbox",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.as_str() == text)
    }
}

/// What a subscription can be about. All of it is what the team may see: never a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    MessageCreated,
    MessageStatus,
    ConversationUpdated,
}

impl EventKind {
    pub const ALL: [Self; 3] =
        [Self::MessageCreated, Self::MessageStatus, Self::ConversationUpdated];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::MessageCreated => "message.created",
            Self::MessageStatus => "message.status",
            Self::ConversationUpdated => "conversation.updated",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What deliveries are signed with: 24 to 64 bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret(Arc<[u8]>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("secret has to be 24 to 64 bytes")]
pub struct SecretError;

impl SigningSecret {
    /// # Errors
    ///
    /// [`SecretError`] when there are too few or too many.
    pub fn of(bytes: &[u8]) -> Result<Self, SecretError> {
        if (24..=64).contains(&bytes.len()) { Ok(Self(bytes.into())) } else { Err(SecretError) }
    }

    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret")
    }
}

/// How far a subscription has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Everything up to here was delivered, parked, or not for this subscription.
    pub reached: Position,
    /// Failed attempts at the event that comes next.
    pub attempts: u32,
    /// When to try (again).
    pub due_at: Timestamp,
    /// Since when nothing at all was delivered although it was tried.
    pub failing_since: Option<Timestamp>,
    /// Why the last attempt failed.
    pub last_failure: Option<String>,
}

impl Progress {
    /// Nothing is owed but what comes after `reached`.
    pub fn beginning(reached: Position, now: Timestamp) -> Self {
        Self { reached, attempts: 0, due_at: now, failing_since: None, last_failure: None }
    }
}

/// Switched off by us, not by whoever subscribed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disabled {
    pub at: Timestamp,
    pub reason: String,
}

/// An event that is not tried any more. Told again by a replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parked {
    pub position: Position,
    /// Unset: it is not known which, since the record no longer held them.
    pub kind: Option<EventKind>,
    pub at: Timestamp,
    pub attempts: u32,
    pub reason: String,
}
