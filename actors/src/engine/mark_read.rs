use super::{Caller, Engine, Failure, Place};
use crate::domain::command::{self, Counted};
use crate::domain::{Conversation, MessageId, Refusal, Seq, Viewer};
use crate::view::ConversationView;

/// Move the caller's read marker forward: to one message, or to the tail.
#[derive(Clone, Debug)]
pub struct MarkRead {
    pub place: Place,
    pub up_to: Option<MessageId>,
}

/// Messages looked at in one read while counting.
const PAGE: usize = 500;
/// Times the count is made anew because the marker moved meanwhile.
const COUNTS: usize = 4;

impl Engine {
    /// The conversation afterwards, as the caller sees it.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when the caller takes no part, or may not see the message.
    pub async fn mark_read(
        &self,
        caller: &Caller,
        ask: MarkRead,
    ) -> Result<ConversationView, Failure> {
        for _ in 0..COUNTS {
            let up_to = match &ask.up_to {
                None => None,
                Some(message) => Some(self.count(caller, &ask.place, message).await?),
            };
            let command = command::MarkRead { by: caller.user.clone(), up_to };
            match self.write(caller, &ask.place, command).await {
                Err(Failure::Refused(Refusal::MarkerMoved)) => {}
                Err(failure) => return Err(failure),
                Ok(written) => return self.as_seen_by(caller, written).await,
            }
        }
        Err(Refusal::MarkerMoved.into())
    }

    /// What lies between the caller's marker and a message.
    async fn count(
        &self,
        caller: &Caller,
        place: &Place,
        message: &MessageId,
    ) -> Result<Counted, Failure> {
        let conversation = self.read(caller, place).await?;
        let viewer = Viewer::User(caller.user.clone());
        let target = self.store.message(&conversation.id, message).await?;
        let to = target
            .filter(|target| conversation.sight(&target.message, &viewer).is_some())
            .ok_or(Failure::NotFound("message"))?
            .seq;
        let from = caller.own(&conversation)?.read;
        let cleared = self.countable(caller, &conversation, from, to).await?;
        Ok(Counted { to, from, cleared })
    }

    async fn countable(
        &self,
        caller: &Caller,
        conversation: &Conversation,
        from: Seq,
        to: Seq,
    ) -> Result<u32, Failure> {
        let (mut counted, mut after) = (0, from);
        while after < to {
            let page = self.store.committed_after(&conversation.id, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.seq;
            let within = page.iter().filter(|placed| placed.seq <= to);
            counted += within
                .filter(|placed| conversation.counts_for(&placed.message, &caller.user))
                .count() as u32;
        }
        Ok(counted)
    }
}
