use super::{Caller, Engine, Failure, Place};
use crate::domain::command::{self, Counted};
use crate::domain::{ConversationId, Kind, Message, MessageId, Refusal, Seq, Viewer};
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
        let (from, team_from) = (caller.own(&conversation)?.read, conversation.team.read);
        let counts = |message: &Message| conversation.counts_for(message, &caller.user);
        let cleared = self.countable(&conversation.id, from, to, counts).await?;
        let incoming = |message: &Message| message.kind == Kind::Incoming;
        let team_cleared = self.countable(&conversation.id, team_from, to, incoming).await?;
        Ok(Counted { to, from, cleared, team_from, team_cleared })
    }

    async fn countable(
        &self,
        conversation: &ConversationId,
        from: Seq,
        to: Seq,
        counts: impl Fn(&Message) -> bool,
    ) -> Result<u32, Failure> {
        let (mut counted, mut after) = (0, from);
        while after < to {
            let page = self.store.committed_after(conversation, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.seq;
            let within = page.iter().filter(|placed| placed.seq <= to);
            counted += within.filter(|placed| counts(&placed.message)).count() as u32;
        }
        Ok(counted)
    }
}
