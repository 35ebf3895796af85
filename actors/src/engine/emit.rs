use super::{Engine, Failure};
use crate::domain::{ChannelId, ConversationId, MessageId};

/// Which conversations an emit addresses: the `:channel` of its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// `prospect`: all of them.
    Any,
    Channel(ChannelId),
}

impl Engine {
    /// Shows a communication to everybody who may see it. The first time it is placed, too, and
    /// counts; every other time it is only shown again.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when there is no such message, channel or target.
    pub async fn emit_message(&self, _route: &Route, _id: &MessageId) -> Result<(), Failure> {
        todo!()
    }

    /// Shows a conversation to its participants again.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when there is no such conversation or channel.
    pub async fn emit_conversation(
        &self,
        _route: &Route,
        _id: &ConversationId,
        _is_new: bool,
    ) -> Result<(), Failure> {
        todo!()
    }
}
