use std::sync::Arc;

use actix::Addr;
use tokio::sync::oneshot;

use super::{Engine, Failure};
use crate::conversation::{ConversationActor, ShowAgain, What, Within, Write, Written};
use crate::domain::ConversationId;
use crate::domain::command::Command;
use crate::ports::{Again, Unavailable};
use crate::registry::{Find, Target};

/// Times a conversation is looked up anew because it retired while mail was on its way.
const TRIES: usize = 4;

impl Engine {
    /// Carries out a command on a conversation, waking it here if need be.
    pub(super) async fn write_here(
        &self,
        target: Target,
        within: Within,
        command: Arc<dyn Command>,
    ) -> Result<Written, Failure> {
        let written = self.write_once(target, within, command).await?;
        self.catch_up(written).await
    }

    pub(super) async fn write_once(
        &self,
        target: Target,
        within: Within,
        command: Arc<dyn Command>,
    ) -> Result<Written, Failure> {
        for _ in 0..TRIES {
            let Some(conversation) = self.find(target.clone()).await? else {
                return Err(Failure::NotFound("conversation"));
            };
            let (answer, answered) = oneshot::channel();
            let (command, within) = (Arc::clone(&command), within.clone());
            if conversation.send(Write { command, within, answer }).await.is_ok()
                && let Ok(answer) = answered.await
            {
                return answer;
            }
        }
        Err(Unavailable::new("writing", "the conversation keeps retiring").into())
    }

    /// Has a conversation show something once more, waking it here if need be.
    pub(super) async fn show_again_here(
        &self,
        id: &ConversationId,
        again: Again,
    ) -> Result<(), Failure> {
        let what = match again {
            Again::Conversation { is_new } => What::Conversation { is_new },
            Again::Message(message, position) => {
                let found = self.store.message(id, &message).await?;
                let found = found.ok_or(Failure::NotFound("message"))?;
                What::Message(found.message, position)
            }
        };
        for _ in 0..TRIES {
            let Some(conversation) = self.find(Target::Id(id.clone())).await? else {
                return Err(Failure::NotFound("conversation"));
            };
            if let Ok(shown) = conversation.send(ShowAgain(what.clone())).await {
                return Ok(shown?);
            }
        }
        Err(Unavailable::new("showing", "the conversation keeps retiring").into())
    }

    async fn find(&self, target: Target) -> Result<Option<Addr<ConversationActor>>, Unavailable> {
        let gone = || Unavailable::new("finding", "the registry is gone");
        let (answer, found) = oneshot::channel();
        self.registry.send(Find { target, answer }).await.map_err(|_| gone())?;
        found.await.map_err(|_| gone())?
    }
}
