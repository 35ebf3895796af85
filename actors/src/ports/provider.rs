use crate::domain::{ProviderMessageId, Timestamp};

/// A carrier of messages to contacts: SMS, e-mail.
#[async_trait::async_trait]
pub trait Provider: Send + Sync {
    /// Hands a message over.
    ///
    /// # Errors
    ///
    /// - [`SendError::NotNow`]: the provider does not have it; later it may take it.
    /// - [`SendError::LockedOut`]: the same, until somebody mends our credentials.
    /// - [`SendError::Never`]: the provider does not have it and will not take it.
    /// - [`SendError::OptedOut`]: the same, because the contact opted out there.
    /// - [`SendError::Unknown`]: the provider may have it; look it up before handing it over again.
    async fn send(&self, outgoing: &Outgoing) -> Result<ProviderMessageId, SendError>;

    /// Names under which the provider may have a message that was handed over at or after an
    /// instant, oldest first. More than one when it took others that look alike: who asks knows
    /// which names belong to other messages. None: it surely does not have it.
    ///
    /// # Errors
    ///
    /// [`SendError`]: unknown. [`SendError::Never`]: and asking again will not help.
    async fn look_up(
        &self,
        outgoing: &Outgoing,
        since: Timestamp,
    ) -> Result<Vec<ProviderMessageId>, SendError>;
}

/// What goes to a contact. It is made from outgoing messages alone and has no place for a note.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Our own name for it, carried along where the provider lets us.
    pub reference: String,
    pub from: String,
    pub to: String,
    pub text: String,
    /// Links.
    pub media: Vec<String>,
    pub mail: Option<Mail>,
}

/// What only an e-mail has.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    pub subject: String,
    /// RFC 5322 Message-ID, with its angle brackets: ours, by which replies find their thread.
    pub message_id: String,
    pub in_reply_to: Option<String>,
    pub references: Vec<String>,
    /// The text with its form, where its writer gave it one.
    pub html: Option<String>,
    /// Who else gets it, openly and not.
    pub cc: Vec<String>,
    pub bcc: Vec<String>,
}

impl std::fmt::Debug for Outgoing {
    /// Content and addresses are personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Outgoing({})", self.reference)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SendError {
    #[error("provider does not take it now ({0})")]
    NotNow(String),
    /// With the provider's own code.
    #[error("provider does not take our credentials ({0})")]
    LockedOut(String),
    /// With the provider's own code.
    #[error("provider refuses it ({0})")]
    Never(String),
    /// With the provider's own code.
    #[error("contact opted out at the provider ({0})")]
    OptedOut(String),
    #[error("provider did not say whether it took it ({0})")]
    Unknown(String),
}
