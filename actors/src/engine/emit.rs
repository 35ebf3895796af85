use std::sync::Arc;

use super::{Engine, Failure};
use crate::conversation::{Outcome, Within};
use crate::domain::{
    ChannelId, Communication, Conversation, ConversationId, Kind, MessageId, command,
};
use crate::ports::Again;
use crate::registry::Target;

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
    pub async fn emit_message(&self, route: &Route, id: &MessageId) -> Result<(), Failure> {
        self.known_route(route).await?;
        let found = self.store.communication(id).await?;
        let mut communication = found.ok_or(Failure::NotFound("message"))?;
        let targets = self.targets(route, &communication).await?;
        if targets.is_empty() {
            return Err(Failure::NotFound("conversation"));
        }
        for target in &targets {
            self.place(target, &mut communication).await?;
        }
        if !communication.emitted {
            if communication.conversations.is_empty() {
                communication.conversations = targets.into_iter().map(|c| c.id).collect();
            }
            communication.emitted = true;
            self.store.emitted(&communication).await?;
        }
        Ok(())
    }

    /// Shows a conversation to its participants again.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when there is no such conversation or channel.
    pub async fn emit_conversation(
        &self,
        route: &Route,
        id: &ConversationId,
        is_new: bool,
    ) -> Result<(), Failure> {
        self.known_route(route).await?;
        let found = self.store.load(id).await?;
        let conversation = found.filter(|conversation| route.holds(conversation));
        let conversation = conversation.ok_or(Failure::NotFound("conversation"))?;
        self.show_again(&conversation.id, Again::Conversation { is_new }).await
    }

    async fn place(
        &self,
        target: &Conversation,
        communication: &mut Communication,
    ) -> Result<(), Failure> {
        let message = communication.message.clone();
        let place = command::Place { message, dated: communication.dated, members: Vec::new() };
        let within = Within { account: target.key.account.clone(), channel: None };
        let written = self.write_to(Target::Id(target.id.clone()), within, Arc::new(place)).await?;
        let placed = written.message.ok_or(Failure::NotFound("conversation"))?;
        if written.outcome == Outcome::Repeated {
            let again = Again::Message(placed.message.id.clone(), placed.position);
            self.show_again(&target.id, again).await?;
        }
        // Wherever else it is to stand, it was written when it was first taken in.
        communication.message.created_at = placed.message.created_at;
        communication.dated = true;
        Ok(())
    }

    /// The conversations a communication names, or, for an incoming one that names none, those
    /// of its contact. What does not fit its account, contact or route is passed over.
    async fn targets(
        &self,
        route: &Route,
        communication: &Communication,
    ) -> Result<Vec<Conversation>, Failure> {
        let message = &communication.message;
        let named = &communication.conversations;
        let ids = if named.is_empty() && message.kind == Kind::Incoming {
            self.store.of_contact(&message.account, &message.contact).await?
        } else {
            named.clone()
        };
        let mut targets = Vec::with_capacity(ids.len());
        for id in ids {
            let Some(conversation) = self.store.load(&id).await? else { continue };
            let key = &conversation.key;
            let theirs = key.account == message.account && key.contact == message.contact;
            let by_contact_only = named.is_empty();
            let on_channel = !by_contact_only
                || communication.channel.as_ref().is_none_or(|channel| *channel == key.channel);
            if theirs && on_channel && route.holds(&conversation) {
                targets.push(conversation);
            } else if !theirs {
                tracing::warn!(message.id = %message.id, conversation.id = %id, "target passed over");
            }
        }
        Ok(targets)
    }

    async fn known_route(&self, route: &Route) -> Result<(), Failure> {
        match route {
            Route::Any => Ok(()),
            Route::Channel(id) => {
                let channel = self.store.channel(id).await?;
                channel.map(|_| ()).ok_or(Failure::NotFound("channel"))
            }
        }
    }
}

impl Route {
    fn holds(&self, conversation: &Conversation) -> bool {
        match self {
            Self::Any => true,
            Self::Channel(id) => *id == conversation.key.channel,
        }
    }
}
