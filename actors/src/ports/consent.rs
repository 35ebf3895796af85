use super::Unavailable;
use crate::domain::{AccountId, ChannelId, ContactId, MessageId, Timestamp};

pub use crate::domain::ConsentWord;

/// Who may be written to: a ledger with evidence. The latest entry that says yes or no counts.
#[async_trait::async_trait]
pub trait Consent: Send + Sync {
    /// Adds an entry; the same one twice is there once.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: perhaps added; adding it again is safe. So with every question below.
    async fn record_consent(&self, entry: &ConsentEntry) -> Result<(), Unavailable>;

    /// Whether this contact asked not to be written to on this channel.
    async fn opted_out(
        &self,
        contact: &ContactId,
        channel: &ChannelId,
    ) -> Result<bool, Unavailable>;

    /// Up to `limit` entries of a contact, newest first.
    async fn consent_of(
        &self,
        account: &AccountId,
        contact: &ContactId,
        limit: usize,
    ) -> Result<Vec<ConsentEntry>, Unavailable>;

    /// Up to `limit` doubtful entries of an account about which nothing was decided since, on that
    /// contact's channel, newest first; those before `before`, if that is given.
    async fn doubtful(
        &self,
        account: &AccountId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Flagged>, Unavailable>;
}

/// An entry that waits for a person, and its place in the ledger: rising, never used again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flagged {
    pub place: u64,
    pub entry: ConsentEntry,
}

/// One thing that was said about being written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentEntry {
    pub account: AccountId,
    pub contact: ContactId,
    pub channel: ChannelId,
    pub says: ConsentWord,
    pub at: Timestamp,
    pub evidence: Evidence,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// What the contact wrote.
    Message(MessageId),
    /// The provider refused to deliver because the contact opted out there, with its code.
    Provider { message: MessageId, code: String },
    /// An operator's service said so, in these words.
    Operator(String),
}
