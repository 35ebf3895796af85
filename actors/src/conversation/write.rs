//! The one road by which a conversation changes: decide, store, answer, take in, publish.

use std::sync::Arc;

use actix::prelude::*;
use tokio::sync::oneshot;

use super::{ConversationActor, Tools};
use crate::domain::command::Command;
use crate::domain::{
    AccountId, Change, ChannelId, Conversation, Decision, Placed, Position, Refusal,
};
use crate::engine::Failure;
use crate::ports::{CommitError, Unavailable};

/// Carry out a command. Safe to repeat wherever the command is.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Write {
    pub command: Arc<dyn Command>,
    pub within: Within,
    /// Answered as soon as the change is kept, before anybody is told.
    pub answer: oneshot::Sender<Result<Written, Failure>>,
}

/// Where the caller believes the conversation to be; elsewhere it is not found.
#[derive(Clone, Debug)]
pub struct Within {
    pub account: AccountId,
    pub channel: Option<ChannelId>,
}

/// What came of a command.
#[derive(Clone, Debug)]
pub struct Written {
    pub conversation: Arc<Conversation>,
    /// The message that was placed, now or before.
    pub message: Option<Placed>,
    pub outcome: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Recorded,
    Unchanged,
    /// The message stood there already.
    Repeated,
}

/// Times a command is decided anew because the conversation had changed elsewhere.
const DECISIONS: usize = 4;

impl Within {
    pub fn holds(&self, conversation: &Conversation) -> bool {
        let key = &conversation.key;
        key.account == self.account && self.channel.as_ref().is_none_or(|c| *c == key.channel)
    }
}

impl Handler<Write> for ConversationActor {
    type Result = ();

    /// Waits, because mail that overtook a pending commit would be decided on an old picture.
    fn handle(&mut self, ask: Write, ctx: &mut Self::Context) {
        self.asked_lately = true;
        let written = write(Arc::clone(&self.tools), Arc::clone(&self.conversation), ask);
        ctx.wait(written.into_actor(self).map(|after, this, ctx| match after {
            Some(conversation) => this.conversation = conversation,
            None => ctx.stop(),
        }));
    }
}

/// The conversation afterwards, or `None` when it is no longer known and has to be loaded anew.
async fn write(
    tools: Arc<Tools>,
    mut current: Arc<Conversation>,
    ask: Write,
) -> Option<Arc<Conversation>> {
    for _ in 0..DECISIONS {
        match step(&tools, &current, &ask).await {
            Step::Kept(change, positions) => {
                let next = Arc::new(change.next.clone());
                let message = change.message.as_ref().map(|(seq, message)| Placed {
                    conversation: next.id.clone(),
                    seq: *seq,
                    position: positions.last().copied().unwrap_or_default(),
                    message: Arc::clone(message),
                });
                let conversation = Arc::clone(&next);
                let _ = ask.answer.send(Ok(Written {
                    conversation,
                    message,
                    outcome: Outcome::Recorded,
                }));
                tools.publish(&next, &change, &positions).await;
                return Some(next);
            }
            Step::Stays(answer) => {
                let _ = ask.answer.send(answer);
                return Some(current);
            }
            Step::Stale => match tools.store.load(&current.id).await {
                Ok(Some(loaded)) => current = Arc::new(loaded),
                Ok(None) | Err(_) => break,
            },
            Step::Unknown(cause) => {
                let _ = ask.answer.send(Err(cause.into()));
                return None;
            }
        }
    }
    let cause = Unavailable::new("committing", "the conversation keeps changing elsewhere");
    let _ = ask.answer.send(Err(cause.into()));
    None
}

enum Step {
    Kept(Box<Change>, Vec<Position>),
    Stays(Result<Written, Failure>),
    Stale,
    Unknown(Unavailable),
}

async fn step(tools: &Tools, current: &Arc<Conversation>, ask: &Write) -> Step {
    if !ask.within.holds(current) {
        return Step::Stays(Err(Refusal::NotFound.into()));
    }
    let written = |message, outcome| {
        Step::Stays(Ok(Written { conversation: Arc::clone(current), message, outcome }))
    };
    let change = match ask.command.decide(current, tools.clock.now()) {
        Ok(Decision::Record(change)) => change,
        Ok(Decision::Unchanged) => return written(None, Outcome::Unchanged),
        Err(refusal) => return Step::Stays(Err(refusal.into())),
    };
    match tools.store.commit(&change).await {
        Ok(committed) => Step::Kept(change, committed.positions),
        Err(CommitError::Stale) => Step::Stale,
        Err(CommitError::StatusMoved) => Step::Stays(Err(Refusal::StatusMoved.into())),
        Err(CommitError::Repeated(placed)) => written(Some(*placed), Outcome::Repeated),
        Err(CommitError::Unavailable(cause)) => Step::Unknown(cause),
    }
}
