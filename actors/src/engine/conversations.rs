use std::sync::Arc;

use actix::Addr;
use tokio::sync::oneshot;

use super::{Engine, Failure};
use crate::conversation::{Asked, ConversationActor, ShowAgain, What, Within, Write, Written};
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
        let mut answers = Vec::with_capacity(1);
        self.write_on(target, &within, &[command], &mut answers).await?;
        answers.pop().unwrap_or(Err(Failure::NotFound("conversation")))
    }

    /// Carries out commands here, one after the other. When one cannot be kept now, that is the last
    /// answer: those behind it were not.
    pub(super) async fn write_in_order_here(
        &self,
        target: Target,
        within: &Within,
        commands: &[Arc<dyn Command>],
    ) -> Vec<Result<Written, Failure>> {
        let mut answers = Vec::with_capacity(commands.len());
        if let Err(failure) = self.write_on(target, within, commands, &mut answers).await {
            answers.push(Err(failure));
        }
        let mut caught_up = Vec::with_capacity(answers.len());
        for answer in answers {
            caught_up.push(match answer {
                Ok(written) => self.catch_up(written).await,
                Err(failure) => Err(failure),
            });
        }
        caught_up
    }

    /// Goes on behind what was answered. The error stands for the first that was not.
    async fn write_on(
        &self,
        target: Target,
        within: &Within,
        commands: &[Arc<dyn Command>],
        answers: &mut Vec<Result<Written, Failure>>,
    ) -> Result<(), Failure> {
        for _ in 0..TRIES {
            let Some(conversation) = self.find(target.clone()).await? else {
                return Err(Failure::NotFound("conversation"));
            };
            let rest = commands[answers.len()..].iter().map(|command| {
                let (answer, answered) = oneshot::channel();
                let (command, within) = (Arc::clone(command), within.clone());
                (Asked { command, within, answer }, answered)
            });
            let (asked, answered): (Vec<_>, Vec<_>) = rest.unzip();
            if conversation.send(Write(asked)).await.is_err() {
                continue;
            }
            for answered in answered {
                match answered.await {
                    Ok(Err(Failure::Unavailable(cause))) => return Err(cause.into()),
                    Ok(answer) => answers.push(answer),
                    Err(_) => break,
                }
            }
            if answers.len() == commands.len() {
                return Ok(());
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
