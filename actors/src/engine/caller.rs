use std::sync::Arc;

use super::{Engine, Failure};
use crate::conversation::{Within, Written};
use crate::domain::command::Command;
use crate::domain::{AccountId, ChannelId, Conversation, ConversationId, Participant, UserId};
use crate::registry::Target;

/// The user who asks, as their token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub user: UserId,
    pub account: AccountId,
}

/// A conversation as a caller names it: the channel is checked when it is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub conversation: ConversationId,
    pub channel: Option<ChannelId>,
}

impl Caller {
    pub(super) fn within(&self, channel: Option<&ChannelId>) -> Within {
        Within { account: self.account.clone(), channel: channel.cloned() }
    }

    pub(super) fn own<'a>(
        &self,
        conversation: &'a Conversation,
    ) -> Result<&'a Participant, Failure> {
        conversation.participant(&self.user).ok_or(Failure::NotFound("conversation"))
    }
}

impl Engine {
    /// Carries out a caller's command on a conversation.
    pub(super) async fn write(
        &self,
        caller: &Caller,
        place: &Place,
        command: impl Command,
    ) -> Result<Written, Failure> {
        let target = Target::Id(place.conversation.clone());
        self.write_to(target, caller.within(place.channel.as_ref()), Arc::new(command)).await
    }

    /// A conversation as the store has it, if this caller takes part in it.
    pub(super) async fn read(
        &self,
        caller: &Caller,
        place: &Place,
    ) -> Result<Arc<Conversation>, Failure> {
        let found = self.store.load(&place.conversation).await?;
        let within = caller.within(place.channel.as_ref());
        let conversation =
            found.filter(|c| within.holds(c)).ok_or(Failure::NotFound("conversation"))?;
        caller.own(&conversation)?;
        Ok(Arc::new(conversation))
    }
}
