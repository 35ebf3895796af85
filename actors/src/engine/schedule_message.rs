use super::{Caller, Engine, Failure, Place, SentMessage};
use crate::conversation::{Outcome, Written};
use crate::domain::{Json, Kind, Message, MessageId, Timestamp, Uuid, command};
use crate::ports::ScheduledMessage;
use crate::view::{MessageView, ScheduledView, Writer};

/// Write to the contact later. Idempotent by (conversation, author, `uuid`).
#[derive(Clone, Debug)]
pub struct ScheduleMessage {
    pub place: Place,
    pub uuid: Option<Uuid>,
    pub text: String,
    pub attachments: Vec<Json>,
    /// Between now and [`ScheduleMessage::MAX_AHEAD_MS`] from now.
    pub send_at: Timestamp,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq)]
pub enum ScheduledOrSent {
    Scheduled(ScheduledView),
    /// It was scheduled before, and its time has come meanwhile.
    Sent(MessageView),
}

/// Most messages that may wait in one conversation.
const MOST_WAITING: usize = 100;

impl ScheduleMessage {
    /// A year.
    pub const MAX_AHEAD_MS: i64 = 366 * 24 * 60 * 60 * 1_000;
}

impl Engine {
    /// # Errors
    ///
    /// - [`Failure::Invalid`]: `send_at` is not in the future, or too far in it.
    /// - [`Failure::Refused`]: it could not be sent now either.
    /// - [`Failure::OptedOut`]: the contact does not want to be written to; nothing was kept.
    /// - [`Failure::Conflict`]: the author used this UUID for something else before, or too many
    ///   messages wait in this conversation.
    /// - [`Failure::NotFound`]: the caller takes no part.
    /// - [`Failure::Unavailable`]: perhaps kept; repeating with the same UUID is safe.
    pub async fn schedule_message(
        &self,
        caller: &Caller,
        ask: ScheduleMessage,
    ) -> Result<ScheduledOrSent, Failure> {
        let conversation = self.read(caller, &ask.place).await?;
        let key = conversation.key.clone();
        command::Send::check(&ask.text, &ask.attachments)?;
        if let Some(uuid) = &ask.uuid {
            let before = self.store.message_by_uuid(&conversation.id, &caller.user, uuid).await?;
            if let Some(placed) = before {
                let wanted = Message {
                    kind: Kind::Outgoing,
                    text: ask.text,
                    attachments: ask.attachments,
                    ..(*placed.message).clone()
                };
                let outcome = Outcome::Repeated;
                let written = Written { conversation, message: Some(placed), outcome };
                return match self.sent(written, &wanted).await? {
                    SentMessage::Sent(view) => Ok(ScheduledOrSent::Sent(view)),
                    SentMessage::Overtaken(_) => Err(Failure::Conflict("UUID was used before")),
                };
            }
        }
        let now = self.clock.now();
        if ask.send_at <= now || ask.send_at.0 - now.0 > ScheduleMessage::MAX_AHEAD_MS {
            return Err(Failure::Invalid("send_at has to be in the future, within a year"));
        }
        if self.store.opted_out(&key.contact, &key.channel).await? {
            return Err(Failure::OptedOut);
        }
        let wanted = ScheduledMessage {
            id: self.ids.message(),
            account: key.account,
            conversation: conversation.id.clone(),
            author: caller.user.clone(),
            uuid: ask.uuid.unwrap_or_else(|| self.ids.uuid()),
            text: ask.text,
            attachments: ask.attachments,
            send_at: ask.send_at,
            created_at: now,
        };
        self.room_for(&wanted).await?;
        let there = self.store.schedule(&wanted).await?;
        let same = there.text == wanted.text
            && there.attachments == wanted.attachments
            && there.send_at == wanted.send_at;
        if !same {
            return Err(Failure::Conflict("UUID was used for other content"));
        }
        Ok(ScheduledOrSent::Scheduled(self.scheduled_view(there).await?))
    }

    /// What waits in a conversation, the next one first.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when the caller takes no part.
    pub async fn list_scheduled(
        &self,
        caller: &Caller,
        place: &Place,
    ) -> Result<Vec<ScheduledView>, Failure> {
        let conversation = self.read(caller, place).await?;
        let waiting = self.store.scheduled_in(&conversation.id, MOST_WAITING).await?;
        let mut views = Vec::with_capacity(waiting.len());
        for message in waiting {
            views.push(self.scheduled_view(message).await?);
        }
        Ok(views)
    }

    /// Takes back what waits. Every participant may: it would go out in the name of them all.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when the caller takes no part, or it does not wait (any more).
    pub async fn withdraw_scheduled(
        &self,
        caller: &Caller,
        place: &Place,
        id: &MessageId,
    ) -> Result<(), Failure> {
        let conversation = self.read(caller, place).await?;
        let withdrawn = self.store.withdraw_scheduled(&conversation.id, id).await?;
        withdrawn.then_some(()).ok_or(Failure::NotFound("scheduled message"))
    }

    async fn room_for(&self, wanted: &ScheduledMessage) -> Result<(), Failure> {
        let waiting = self.store.scheduled_in(&wanted.conversation, MOST_WAITING).await?;
        let repeated = waiting.iter().any(|there| there.uuid == wanted.uuid);
        if waiting.len() >= MOST_WAITING && !repeated {
            return Err(Failure::Conflict("too many messages wait in this conversation"));
        }
        Ok(())
    }

    async fn scheduled_view(&self, message: ScheduledMessage) -> Result<ScheduledView, Failure> {
        let user = self.store.user(&message.author).await?;
        let gone = || Writer::Gone(message.author.to_string());
        let sent_by = user.map_or_else(gone, Writer::User);
        Ok(ScheduledView { message, sent_by })
    }
}
