use super::{Engine, Failure, Team};
use crate::conversation::Outcome;
use crate::domain::{
    Author, ConversationId, Email, Json, Kind, Message, MessageId, Placed, Timestamp, UserId, Uuid,
    Viewer, command,
};
use crate::registry::Target;
use crate::view::{Composer, MessageView};

/// Write to the contact in the name of the team, or of one of its users.
#[derive(Clone, Debug)]
pub struct SendForTeam {
    /// The message's own; the same one again is the same message, and says the same. Unset: a new one.
    pub id: Option<MessageId>,
    pub conversation: ConversationId,
    /// A user of the account, who need not take part; unset: nobody in person wrote it.
    pub author: Option<UserId>,
    /// With an author, it makes repeating this harmless.
    pub uuid: Option<Uuid>,
    pub text: String,
    pub attachments: Vec<Json>,
    pub medium: Option<String>,
    /// What only an e-mail has.
    pub email: Option<Email>,
}

impl Engine {
    /// # Errors
    ///
    /// - [`Failure::NotFound`]: there is no such conversation or author in the team's account.
    /// - [`Failure::OptedOut`]: the contact does not want to be written to; nothing was kept.
    /// - [`Failure::Refused`]: there is nothing to send, or too much.
    /// - [`Failure::Conflict`]: the author wrote something else under this UUID before, or somebody
    ///   under this id.
    /// - [`Failure::Unavailable`]: perhaps kept.
    pub async fn send_for_team(
        &self,
        team: &Team,
        ask: SendForTeam,
    ) -> Result<MessageView, Failure> {
        let conversation = self.read_for_team(team, &ask.conversation).await?;
        if let Some(author) = &ask.author {
            self.users_of(&team.account, std::slice::from_ref(author)).await?;
        }
        let key = &conversation.key;
        if self.store.opted_out(&key.contact, &key.channel).await? {
            return Err(Failure::OptedOut);
        }
        let message = Message {
            id: ask.id.unwrap_or_else(|| self.ids.message()),
            account: key.account.clone(),
            uuid: ask.uuid.unwrap_or_else(|| self.ids.uuid()),
            kind: Kind::Outgoing,
            author: ask.author.map_or(Author::System, Author::User),
            contact: key.contact.clone(),
            text: ask.text,
            attachments: ask.attachments,
            mentions: Vec::new(),
            created_at: Timestamp::default(),
            provider_id: None,
            medium: ask.medium,
            email: ask.email,
            status: None,
            error_code: None,
        };
        let send = command::Send { message: message.clone(), if_tail: None, for_team: true };
        let written = team.write(self, Target::Id(conversation.id.clone()), send).await?;
        let placed = written.message.ok_or(Failure::NotFound("conversation"))?;
        if written.outcome == Outcome::Repeated && !says_the_same(&placed, &message) {
            return Err(Failure::Conflict("UUID was used for other content"));
        }
        let sight = written.conversation.sight(&placed.message, &Viewer::Team);
        let sight = sight.ok_or(Failure::Conflict("UUID was used for other content"))?;
        let composer =
            Composer::new(&*self.store, &*self.links, written.conversation, self.clock.now());
        Ok(composer.message(&placed.message, sight).await?)
    }
}

fn says_the_same(placed: &Placed, wanted: &Message) -> bool {
    let there = &placed.message;
    (there.kind, &there.text, &there.attachments)
        == (wanted.kind, &wanted.text, &wanted.attachments)
}
