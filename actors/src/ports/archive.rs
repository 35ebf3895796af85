use super::Unavailable;
use crate::domain::{ArchivedConversation, ArchivedMessage, ConversationId};

/// Takes in what another installation had, as something long past: nobody is told, nothing comes
/// into the log, no position is taken (that of an imported message is 0), the watermark stays.
///
/// Everything is kept by id, so that keeping it again changes nothing. What happened here since
/// counts for more than what was elsewhere.
#[async_trait::async_trait]
pub trait Archive: Send + Sync {
    /// What [`Self::keep_conversation`] would say now. Changes nothing.
    ///
    /// # Errors
    ///
    /// As there.
    async fn admit_conversation(&self, archived: &ArchivedConversation)
    -> Result<(), ArchiveError>;

    /// Keeps a conversation, over an earlier import of it; its messages may follow at any time.
    ///
    /// The counts that users had are remembered until their messages are there.
    ///
    /// # Errors
    ///
    /// - [`ArchiveError::Elsewhere`]: its id is that of another contact's or channel's.
    /// - [`ArchiveError::KeyTaken`]: its contact and channel have another conversation.
    /// - [`ArchiveError::Unavailable`]: nothing is kept.
    async fn keep_conversation(
        &self,
        archived: &ArchivedConversation,
    ) -> Result<Kept, ArchiveError>;

    /// What [`Self::keep_messages`] would say now of this one. Changes nothing.
    ///
    /// # Errors
    ///
    /// As there.
    async fn admit_message(&self, message: &ArchivedMessage) -> Result<(), ArchiveError>;

    /// Keeps messages of the past in one of the conversations they stand in: all or none.
    ///
    /// They come before everything that happened here, numbered in the order of (`created_at`,
    /// id) together with those imported earlier. Read markers, counts and last activities are
    /// what the record says when this returns. The content is fixed, as if it had been emitted.
    ///
    /// # Errors
    ///
    /// - [`ArchiveError::NotFound`]: there is no such conversation.
    /// - [`ArchiveError::Elsewhere`]: the id of one is that of a message of another account.
    /// - [`ArchiveError::Differs`]: one was shown before, with other content.
    /// - [`ArchiveError::UuidTaken`]: the author of one wrote another under its UUID.
    /// - [`ArchiveError::Unavailable`]: nothing is kept.
    async fn keep_messages(
        &self,
        conversation: &ConversationId,
        messages: &[ArchivedMessage],
    ) -> Result<(), ArchiveError>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Now or before.
    Stored,
    /// Something happened to it here since it was imported, so it stays as it is.
    LivedOn,
}

#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error("its _id belongs to something else")]
    Elsewhere,
    #[error("its contact has another conversation on this channel")]
    KeyTaken,
    #[error("a conversation it stands in is unknown")]
    NotFound,
    #[error("it is there with other content")]
    Differs,
    #[error("its author wrote another message under its UUID")]
    UuidTaken,
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}
