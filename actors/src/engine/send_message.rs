use std::sync::Arc;

use super::{Caller, Engine, Failure, Place};
use crate::conversation::{Outcome, Written};
use crate::domain::{
    Author, Conversation, Json, Kind, Message, MessageId, Placed, Refusal, Seq, Sight, Timestamp,
    Uuid, Viewer, command,
};
use crate::view::{Composer, MessageView};

/// Write to the contact. Idempotent by (conversation, author, `uuid`).
#[derive(Clone, Debug)]
pub struct SendMessage {
    pub place: Place,
    pub uuid: Option<Uuid>,
    pub text: String,
    pub attachments: Vec<Json>,
    /// Only if nobody else wrote anything the author may see after this message.
    pub if_last_seen: Option<MessageId>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub enum SentMessage {
    /// It stands in the conversation and is on its way.
    Sent(MessageView),
    /// Others wrote these meanwhile; nothing was kept.
    Overtaken(Vec<MessageView>),
}

/// Messages looked at in one read while looking for newer ones.
const PAGE: usize = 200;
/// Newer messages shown to an author who was overtaken.
const MOST_SHOWN: usize = 100;
/// Times the look is repeated because something was written during it.
const LOOKS: usize = 8;

impl Engine {
    /// # Errors
    ///
    /// - [`Failure::OptedOut`]: the contact does not want to be written to; nothing was kept.
    /// - [`Failure::Conflict`]: the author wrote something else under this UUID before.
    /// - [`Failure::NotFound`]: the caller takes no part, or may not see `if_last_seen`.
    /// - [`Failure::Unavailable`]: perhaps kept; repeating with the same UUID is safe.
    pub async fn send_message(
        &self,
        caller: &Caller,
        ask: SendMessage,
    ) -> Result<SentMessage, Failure> {
        let conversation = self.read(caller, &ask.place).await?;
        let key = &conversation.key;
        if self.store.opted_out(&key.contact, &key.channel).await? {
            return Err(Failure::OptedOut);
        }
        self.enter(caller, conversation, ask).await
    }

    /// Writes it down to be carried, whatever the contact said: who carries it asks again.
    pub(super) async fn enter(
        &self,
        caller: &Caller,
        conversation: Arc<Conversation>,
        ask: SendMessage,
    ) -> Result<SentMessage, Failure> {
        let message = self.outgoing(caller, &conversation, &ask);
        let before =
            self.store.message_by_uuid(&conversation.id, &caller.user, &message.uuid).await?;
        if let Some(placed) = before {
            let outcome = Outcome::Repeated;
            return self
                .sent(Written { conversation, message: Some(placed), outcome }, &message)
                .await;
        }
        for _ in 0..LOOKS {
            let if_tail = match &ask.if_last_seen {
                None => None,
                Some(last_seen) => match self.newer(caller, &ask.place, last_seen).await? {
                    Newer::Tail(tail) => Some(tail),
                    Newer::Messages(newer) => return Ok(SentMessage::Overtaken(newer)),
                },
            };
            let send = command::Send { message: message.clone(), if_tail, for_team: false };
            match self.write(caller, &ask.place, send).await {
                Err(Failure::Refused(Refusal::TailMoved)) => {}
                Err(failure) => return Err(failure),
                Ok(written) => return self.sent(written, &message).await,
            }
        }
        Err(Refusal::TailMoved.into())
    }

    pub(super) async fn sent(
        &self,
        written: Written,
        wanted: &Message,
    ) -> Result<SentMessage, Failure> {
        let placed = written.message.ok_or(Failure::NotFound("conversation"))?;
        let there = &placed.message;
        let same = there.kind == Kind::Outgoing
            && there.text == wanted.text
            && there.attachments == wanted.attachments;
        if written.outcome == Outcome::Repeated && !same {
            return Err(Failure::Conflict("UUID was used for other content"));
        }
        let composer =
            Composer::new(&*self.store, &*self.links, written.conversation, self.clock.now());
        Ok(SentMessage::Sent(composer.message(there, Sight::Own).await?))
    }

    fn outgoing(&self, caller: &Caller, conversation: &Conversation, ask: &SendMessage) -> Message {
        Message {
            id: self.ids.message(),
            account: conversation.key.account.clone(),
            uuid: ask.uuid.clone().unwrap_or_else(|| self.ids.uuid()),
            kind: Kind::Outgoing,
            author: Author::User(caller.user.clone()),
            contact: conversation.key.contact.clone(),
            text: ask.text.clone(),
            attachments: ask.attachments.clone(),
            mentions: Vec::new(),
            created_at: Timestamp::default(),
            provider_id: None,
            medium: None,
            email: None,
            status: None,
            error_code: None,
        }
    }

    /// What others wrote after a message, as far as the caller may see it.
    async fn newer(
        &self,
        caller: &Caller,
        place: &Place,
        last_seen: &MessageId,
    ) -> Result<Newer, Failure> {
        let conversation = self.read(caller, place).await?;
        let viewer = Viewer::User(caller.user.clone());
        let seen = self.store.message(&conversation.id, last_seen).await?;
        let seen = seen.filter(|seen| conversation.sight(&seen.message, &viewer).is_some());
        let mut after = seen.ok_or(Failure::NotFound("message"))?.seq;
        let mut newer: Vec<Placed> = Vec::new();
        while after < conversation.last_seq && newer.len() < MOST_SHOWN {
            let page = self.store.committed_after(&conversation.id, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.seq;
            newer.extend(page.into_iter().filter(|placed| {
                conversation.sight(&placed.message, &viewer) == Some(Sight::Others)
            }));
        }
        if newer.is_empty() {
            return Ok(Newer::Tail(conversation.last_seq));
        }
        newer.truncate(MOST_SHOWN);
        let composer =
            Composer::new(&*self.store, &*self.links, Arc::clone(&conversation), self.clock.now());
        let mut views = Vec::with_capacity(newer.len());
        for placed in newer {
            views.push(composer.message(&placed.message, Sight::Others).await?);
        }
        Ok(Newer::Messages(views))
    }
}

enum Newer {
    /// Nothing; the conversation ends here.
    Tail(Seq),
    Messages(Vec<MessageView>),
}
