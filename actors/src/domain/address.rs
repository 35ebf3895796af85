use super::{AccountId, ChannelId, Conversation, ConversationId, Key};

/// Which conversation a command is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// An existing conversation.
    Id(ConversationId),
    /// The conversation of this contact and channel; begun when there is none.
    Key(Key),
}

/// Where the caller believes the conversation to be; elsewhere it is not found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Within {
    pub account: AccountId,
    pub channel: Option<ChannelId>,
}

/// What a command came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Recorded,
    Unchanged,
    /// The message stood there already.
    Repeated,
}

impl Within {
    pub fn holds(&self, conversation: &Conversation) -> bool {
        let key = &conversation.key;
        key.account == self.account && self.channel.as_ref().is_none_or(|c| *c == key.channel)
    }
}
