use std::sync::Arc;

use super::{Engine, Failure, Team};
use crate::conversation::Outcome;
use crate::domain::command::BeginForTeam;
use crate::domain::{AccountId, Channel, ChannelId, ChannelKind, Contact, ContactId, Key};
use crate::registry::Target;
use crate::view::TeamConversationView;

/// What came of beginning a conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Begun {
    pub view: TeamConversationView,
    /// `false`: it was there before, and is as it was.
    pub is_new: bool,
}

impl Engine {
    /// Begins the conversation with a contact on a channel, or finds it. Its participants are the
    /// channel's members.
    ///
    /// # Errors
    ///
    /// - [`Failure::NotFound`]: contact or channel is unknown in the account.
    /// - [`Failure::Invalid`]: no channel was named, and the account has none.
    /// - [`Failure::Unavailable`]: perhaps done; repeating is safe.
    pub async fn begin_for_team(
        &self,
        team: &Team,
        contact: &ContactId,
        channel: Option<&ChannelId>,
    ) -> Result<Begun, Failure> {
        let contact = self.contact_of(&team.account, contact).await?;
        let channel = match channel {
            Some(id) => self.channel_of(&team.account, id).await?,
            None => self.pick_channel(&contact).await?,
        };
        let key = Key {
            account: team.account.clone(),
            contact: contact.id.clone(),
            channel: channel.id.clone(),
        };
        let begin = BeginForTeam { users: self.members(&channel).await? };
        let written = team.write(self, Target::Key(key), begin).await?;
        let is_new = written.outcome == Outcome::Recorded;
        Ok(Begun { view: self.as_seen_by_team(written.conversation).await?, is_new })
    }

    /// The channel on which a contact is written to when nobody names one: by SMS if they have a
    /// telephone, else by mail if they have an address, else on the account's oldest.
    ///
    /// # Errors
    ///
    /// [`Failure::Invalid`]: the account has no channel.
    pub async fn pick_channel(&self, contact: &Contact) -> Result<Arc<Channel>, Failure> {
        let channels = self.store.channels_of(&contact.account).await?;
        let given = |field: &Option<String>| field.as_deref().is_some_and(|f| !f.trim().is_empty());
        let of_kind = |kind: ChannelKind| channels.iter().find(move |c| c.kind == kind);
        let by_phone = given(&contact.phone).then(|| of_kind(ChannelKind::sms())).flatten();
        let by_mail = || given(&contact.email).then(|| of_kind(ChannelKind::email())).flatten();
        let picked = by_phone.or_else(by_mail).or_else(|| channels.first());
        picked.cloned().ok_or(Failure::Invalid("the account has no channel"))
    }

    /// # Errors
    ///
    /// [`Failure::NotFound`] when it is unknown in this account. So with the channel below.
    pub async fn contact_of(
        &self,
        account: &AccountId,
        id: &ContactId,
    ) -> Result<Arc<Contact>, Failure> {
        let contact = self.store.contact(id).await?;
        contact.filter(|there| there.account == *account).ok_or(Failure::NotFound("contact"))
    }

    pub async fn channel_of(
        &self,
        account: &AccountId,
        id: &ChannelId,
    ) -> Result<Arc<Channel>, Failure> {
        let channel = self.store.channel(id).await?;
        channel.filter(|there| there.account == *account).ok_or(Failure::NotFound("channel"))
    }
}
