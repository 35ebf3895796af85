use std::fmt;
use std::sync::Arc;

/// Why a text is no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    #[error("id is empty")]
    Empty,
    #[error("id is longer than {max} characters", max = MAX_CHARS)]
    TooLong,
    #[error("id holds a control character")]
    Control,
}

/// Longest id in characters. Ours have 24; foreign ones may be anything up to here.
const MAX_CHARS: usize = 128;

fn read(text: &str) -> Result<Arc<str>, IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    // No text has more characters than bytes, and counting bytes is free.
    if text.len() > MAX_CHARS && text.chars().nth(MAX_CHARS).is_some() {
        return Err(IdError::TooLong);
    }
    if text.chars().any(char::is_control) {
        return Err(IdError::Control);
    }
    Ok(text.into())
}

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// # Errors
            ///
            /// [`IdError`] names the first thing wrong; it never repeats the text.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                read(text).map(Self)
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

id! {
    /// A tenant. Nothing of one account is ever seen from another.
    AccountId
    /// An address through which contacts write: a phone number, a mailbox, a social account.
    ChannelId
    /// A person outside who writes to us.
    ContactId
    /// A stage of an account's pipeline of contacts.
    ContactStatusId
    /// One (account, contact, channel).
    ConversationId
    /// A communication: incoming, outgoing or note.
    MessageId
    /// One run of this program: another one after each start.
    NodeId
    /// The provider's own name for a message; the same id is the same message, delivered again.
    ProviderMessageId
    /// What another service asked to be told.
    SubscriptionId
    /// A long-lived token of a team; its name, not the token.
    TeamKeyId
    /// A mark that an account puts on contacts.
    TagId
    /// A person who works here.
    UserId
}

impl AccountId {
    /// The account of records and tokens that name none.
    pub fn default_account() -> Self {
        Self("default".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_128_characters_is_read_and_of_129_refused() {
        assert!(UserId::parse(&"é".repeat(128)).is_ok());
        assert_eq!(UserId::parse(&"é".repeat(129)), Err(IdError::TooLong));
        assert_eq!(UserId::parse(""), Err(IdError::Empty));
        assert_eq!(UserId::parse("a\nb"), Err(IdError::Control));
    }
}
