use std::sync::Arc;

use super::{Caller, Engine, Failure, Place};
use crate::domain::{
    Author, Conversation, Kind, Message, MessageId, Placed, Refusal, Status, Timestamp, Uuid,
    Viewer, command,
};
use crate::ports::Unavailable;
use crate::view::{Composer, MessageView};

/// Times it is tried anew because something was written meanwhile.
const TRIES: usize = 8;

impl Engine {
    /// Sends anew what failed. It is a new message, under the caller's name, with the UUID
    /// `resend-` and the failed one's id; the failed one stays what it is. However often and by
    /// whomever this is asked, there is one.
    ///
    /// # Errors
    ///
    /// - [`Failure::NotFound`]: the caller takes no part, or there is no such outgoing message.
    /// - [`Failure::Conflict`]: it did not fail.
    /// - [`Failure::OptedOut`]: the contact does not want to be written to; nothing was kept.
    /// - [`Failure::Unavailable`]: perhaps done; repeating is safe.
    pub async fn resend_message(
        &self,
        caller: &Caller,
        place: &Place,
        id: &MessageId,
    ) -> Result<MessageView, Failure> {
        let uuid = Uuid::parse(&format!("resend-{id}"))
            .map_err(|_| Failure::Invalid("message id is too long to be sent anew"))?;
        for _ in 0..TRIES {
            let conversation = self.read(caller, place).await?;
            let failed = self.failed(&conversation, id).await?;
            if let Some(there) = self.sent_anew(&conversation, &uuid).await? {
                return self.shown_to(caller, &conversation, &there).await;
            }
            let key = &conversation.key;
            if self.store.opted_out(&key.contact, &key.channel).await? {
                return Err(Failure::OptedOut);
            }
            let message = Message {
                id: self.ids.message(),
                uuid: uuid.clone(),
                author: Author::User(caller.user.clone()),
                created_at: Timestamp::default(),
                status: None,
                error_code: None,
                ..(*failed).clone()
            };
            // Two colleagues who ask at once: one of them finds the tail moved, and looks again.
            let if_tail = Some(conversation.last_seq);
            match self
                .write(caller, place, command::Send { message, if_tail, for_team: false })
                .await
            {
                Err(Failure::Refused(Refusal::TailMoved)) => {}
                Err(failure) => return Err(failure),
                Ok(written) => {
                    let placed = written.message.ok_or(Failure::NotFound("conversation"))?;
                    return self.shown_to(caller, &conversation, &placed).await;
                }
            }
        }
        Err(Refusal::TailMoved.into())
    }

    async fn failed(
        &self,
        conversation: &Conversation,
        id: &MessageId,
    ) -> Result<Arc<Message>, Failure> {
        let found = self.store.message(&conversation.id, id).await?;
        let found = found.filter(|placed| placed.message.kind == Kind::Outgoing);
        let message = found.ok_or(Failure::NotFound("message"))?.message;
        match message.status {
            Some(Status::Failed | Status::Undelivered) => Ok(message),
            _ => Err(Failure::Conflict("message did not fail")),
        }
    }

    /// What anybody, former participants included, made of it before.
    async fn sent_anew(
        &self,
        conversation: &Conversation,
        uuid: &Uuid,
    ) -> Result<Option<Placed>, Unavailable> {
        for participant in &conversation.participants {
            let user = &participant.user;
            let found = self.store.message_by_uuid(&conversation.id, user, uuid).await?;
            // A client can write a note under any UUID, and under this one, too.
            let found = found.filter(|placed| placed.message.kind == Kind::Outgoing);
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    async fn shown_to(
        &self,
        caller: &Caller,
        conversation: &Arc<Conversation>,
        placed: &Placed,
    ) -> Result<MessageView, Failure> {
        let viewer = Viewer::User(caller.user.clone());
        let sight = conversation.sight(&placed.message, &viewer);
        let sight = sight.filter(|_| placed.message.kind == Kind::Outgoing);
        let sight = sight.ok_or(Failure::Conflict("UUID was used for other content"))?;
        let composer =
            Composer::new(&*self.store, &*self.links, Arc::clone(conversation), self.clock.now());
        Ok(composer.message(&placed.message, sight).await?)
    }
}
