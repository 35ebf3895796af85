use std::sync::Arc;

use super::{Engine, Failure, Team};
use crate::domain::{
    Author, ConsentWord, ConversationId, Email, Json, Kind, Message, MessageId, ProviderMessageId,
    Status, Timestamp, Viewer, command,
};
use crate::ports::{ConsentEntry, Evidence};
use crate::registry::Target;
use crate::view::{Composer, MessageView};

/// Take down a message that went over another service's lines: one of the contact's, or a call of
/// ours. Nothing is sent to the contact.
#[derive(Clone, Debug)]
pub struct PlaceForTeam {
    pub conversation: ConversationId,
    /// The contact's; else ours.
    pub incoming: bool,
    pub text: String,
    pub attachments: Vec<Json>,
    pub medium: Option<String>,
    pub email: Option<Email>,
    /// When it was written; in the future is now.
    pub written_at: Option<Timestamp>,
    /// The other service's name for it: the same name is the same message.
    pub provider_id: Option<ProviderMessageId>,
    /// What it says about being written to, if anything.
    pub says: Option<ConsentWord>,
}

impl Engine {
    /// # Errors
    ///
    /// - [`Failure::NotFound`]: there is no such conversation in the team's account.
    /// - [`Failure::Refused`]: there is nothing to take down, or too much.
    /// - [`Failure::Unavailable`]: perhaps kept; repeating with the same name is safe.
    pub async fn place_for_team(
        &self,
        team: &Team,
        ask: PlaceForTeam,
    ) -> Result<MessageView, Failure> {
        let conversation = self.read_for_team(team, &ask.conversation).await?;
        if ask.email.is_none() {
            command::Send::check(&ask.text, &ask.attachments)?;
        }
        let (key, now) = (&conversation.key, self.clock.now());
        let incoming = ask.incoming;
        let contact = || Author::Contact(key.contact.clone());
        let message = Message {
            id: self.ids.message(),
            account: key.account.clone(),
            uuid: self.ids.uuid(),
            kind: if incoming { Kind::Incoming } else { Kind::Outgoing },
            author: if incoming { contact() } else { Author::System },
            contact: key.contact.clone(),
            text: ask.text,
            attachments: ask.attachments,
            mentions: Vec::new(),
            created_at: ask.written_at.unwrap_or_default().min(now),
            provider_id: ask.provider_id,
            medium: ask.medium,
            email: ask.email,
            status: None,
            error_code: None,
        };
        let dated = ask.written_at.is_some_and(|written_at| written_at < now);
        let place = command::Place { message, dated, members: Vec::new() };
        let written = team.write(self, Target::Id(conversation.id.clone()), place).await?;
        let placed = written.message.ok_or(Failure::NotFound("conversation"))?;
        let message = &placed.message;
        if let Some(says) = ask.says.filter(|_| incoming) {
            self.store
                .record_consent(&ConsentEntry {
                    account: message.account.clone(),
                    contact: message.contact.clone(),
                    channel: key.channel.clone(),
                    says,
                    at: message.created_at,
                    evidence: Evidence::Message(message.id.clone()),
                })
                .await?;
        }
        let sight = written.conversation.sight(message, &Viewer::Team);
        let sight = sight.ok_or(Failure::NotFound("message"))?;
        let composer = Composer::new(&*self.store, &*self.links, written.conversation, now);
        Ok(composer.message(message, sight).await?)
    }

    /// Takes in what another service says of an outgoing message that it carried. The message
    /// afterwards.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when the team sees no such outgoing message.
    pub async fn report_for_team(
        &self,
        team: &Team,
        id: &MessageId,
        status: Status,
        error_code: Option<String>,
    ) -> Result<MessageView, Failure> {
        let (conversation, ..) = self.find_for_team(team, id).await?;
        self.report_status(&conversation.id, id, status, error_code).await?;
        let (conversation, placed, sight) = self.find_for_team(team, id).await?;
        let composer =
            Composer::new(&*self.store, &*self.links, Arc::clone(&conversation), self.clock.now());
        Ok(composer.message(&placed.message, sight).await?)
    }
}
