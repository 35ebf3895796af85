use super::{AccountId, ChannelId, ContactId, Json, UserId};

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    pub name: String,
    pub time_zone: Option<String>,
}

/// A person who works here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub account: AccountId,
    pub name: String,
    pub email: String,
    pub image: Option<String>,
    pub role: Option<String>,
    /// An inactive user connects nowhere and is told nothing.
    pub active: bool,
}

/// A person outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    pub id: ContactId,
    pub account: AccountId,
    pub name: Option<String>,
    pub email: Option<String>,
    /// As given; inbound messages find a contact by it, so senders' numbers are kept in E.164.
    pub phone: Option<String>,
    pub image: Option<String>,
    /// A JSON object with every other field the contact has, profile included.
    pub details: Json,
}

/// An address through which contacts write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    pub id: ChannelId,
    pub account: AccountId,
    pub kind: ChannelKind,
    pub name: String,
    /// `+1555…`, `inbox@…`: what a provider names as the receiver. Unique per kind.
    pub address: Option<String>,
    /// Users who become participants of conversations that an inbound message opens.
    pub members: Vec<UserId>,
    /// The first inbound of an unknown contact is a request until a user answers, reads or opens.
    pub message_requests: bool,
}

/// What carries a channel's messages: `SMS`, `EMAIL`, `X`, ….
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ChannelKind(pub String);

impl ChannelKind {
    pub fn sms() -> Self {
        Self("SMS".into())
    }

    pub fn email() -> Self {
        Self("EMAIL".into())
    }
}

/// A device of a user that can be pushed to.
#[derive(Clone, PartialEq, Eq)]
pub struct PushToken {
    pub user: UserId,
    pub token: String,
}

impl std::fmt::Debug for PushToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PushToken({})", self.user)
    }
}
