use super::Unavailable;
use crate::domain::{
    Account, Channel, Communication, Contact, ContactStatus, Conversation, PushToken, Tag, User,
};

/// Everything of one kind, for who takes it elsewhere.
#[async_trait::async_trait]
pub trait Export: Send + Sync {
    /// Up to `limit` records after the one of this name, in the order of their names, byte by byte;
    /// fewer only at the end. Whoever asks for one page after the other sees every record that was
    /// there all the time, once.
    ///
    /// Of communications those that are shown, wherever they were to stand: what nobody asked to
    /// emit yet is still to be news.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown, or one of them makes no sense.
    async fn records(
        &self,
        of: RecordKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Record>, Unavailable>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordKind {
    Account,
    Channel,
    User,
    Contact,
    PushToken,
    Tag,
    ContactStatus,
    Conversation,
    Communication,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    Account(Account),
    Channel(Channel),
    User(User),
    Contact(Contact),
    PushToken(PushToken),
    Tag(Tag),
    ContactStatus(ContactStatus),
    Conversation(Box<Conversation>),
    Communication(Box<Communication>),
}

impl Record {
    /// Its id; of a device, whose it is and its token, a line each, which no id spans.
    pub fn name(&self) -> String {
        match self {
            Self::Account(account) => account.id.to_string(),
            Self::Channel(channel) => channel.id.to_string(),
            Self::User(user) => user.id.to_string(),
            Self::Contact(contact) => contact.id.to_string(),
            Self::PushToken(PushToken { user, token }) => format!("{user}\n{token}"),
            Self::Tag(tag) => tag.id.to_string(),
            Self::ContactStatus(status) => status.id.to_string(),
            Self::Conversation(conversation) => conversation.id.to_string(),
            Self::Communication(communication) => communication.message.id.to_string(),
        }
    }
}
