//! The one road by which a conversation changes: decide, store, answer, take in, publish.

use std::sync::Arc;

use actix::prelude::*;
use tokio::sync::oneshot;

use super::ConversationActor;
use super::turn::carry_out;
use crate::domain::command::Command;
use crate::domain::{Conversation, Outcome, Placed, Within};
use crate::engine::Failure;

/// Carry out commands, one after the other. Whatever comes after one that cannot be kept now is not
/// answered. Safe to repeat wherever the commands are.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Write(pub Vec<Asked>);

/// A command, and whom to tell what came of it.
pub struct Asked {
    pub command: Arc<dyn Command>,
    pub within: Within,
    /// Answered as soon as the change is kept, before anybody is told.
    pub answer: oneshot::Sender<Result<Written, Failure>>,
}

/// What came of a command.
#[derive(Clone, Debug)]
pub struct Written {
    pub conversation: Arc<Conversation>,
    /// The message that was placed, now or before.
    pub message: Option<Placed>,
    pub outcome: Outcome,
}

/// Commands from which on no more are waited for: they are decided one on the other, and synced once,
/// so that the pace of a busy conversation is not the disk's.
const TOGETHER: usize = 64;

impl Handler<Write> for ConversationActor {
    type Result = ();

    /// Only takes it in. Its turn comes when the mailbox is empty, with all that was in there.
    fn handle(&mut self, Write(asked): Write, ctx: &mut Self::Context) {
        self.asked_lately = true;
        let is_first = self.asked.is_empty();
        self.asked.extend(asked);
        if self.asked.len() >= TOGETHER {
            // No more mail until these are carried out.
            self.carry_out(ctx);
        } else if is_first {
            let turn = fut::ready(()).into_actor(self);
            ctx.spawn(turn.map(|(), this, ctx| this.carry_out(ctx)));
        }
    }
}

impl ConversationActor {
    /// Waits, because mail that overtook a pending commit would be decided on an old picture.
    fn carry_out(&mut self, ctx: &mut Context<Self>) {
        let asks = std::mem::take(&mut self.asked);
        if asks.is_empty() {
            return;
        }
        let written = carry_out(Arc::clone(&self.tools), Arc::clone(&self.conversation), asks);
        ctx.wait(written.into_actor(self).map(|after, this, ctx| match after {
            Some(conversation) => this.conversation = conversation,
            None => ctx.stop(),
        }));
    }
}
