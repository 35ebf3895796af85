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

/// What a message is to go over, where somebody says so.
#[derive(Clone, Debug, Default)]
pub struct Line {
    pub kind: Option<ChannelKind>,
    /// The address of one of our channels.
    pub address: Option<String>,
}

impl Line {
    fn holds(&self, channel: &Channel) -> bool {
        let same = |ours: &str, wanted: &str| ours.eq_ignore_ascii_case(wanted);
        self.kind.as_ref().is_none_or(|kind| *kind == channel.kind)
            && self.address.as_deref().is_none_or(|wanted| {
                channel.address.as_deref().is_some_and(|ours| same(ours, wanted))
            })
    }
}

impl Engine {
    /// The conversation with a contact over such a line: the one in which something happened last,
    /// or a new one.
    ///
    /// # Errors
    ///
    /// As [`Self::begin_for_team`]; [`Failure::Invalid`] also when the account has no such line.
    pub async fn conversation_over(
        &self,
        team: &Team,
        contact: &ContactId,
        line: &Line,
    ) -> Result<TeamConversationView, Failure> {
        let contact = self.contact_of(&team.account, contact).await?;
        let mut there = Vec::new();
        for id in self.store.of_contact(&team.account, &contact.id).await? {
            let Ok(conversation) = self.read_for_team(team, &id).await else { continue };
            let channel = self.store.channel(&conversation.key.channel).await?;
            if channel.is_some_and(|channel| line.holds(&channel)) {
                there.push(conversation);
            }
        }
        let latest = there.into_iter().max_by_key(|c| (c.team_at(), c.id.clone()));
        if let Some(latest) = latest {
            return self.as_seen_by_team(latest).await;
        }
        let channel = if line.kind.is_none() && line.address.is_none() {
            self.pick_channel(&contact).await?
        } else {
            let channels = self.store.channels_of(&team.account).await?;
            let found = channels.into_iter().find(|channel| line.holds(channel));
            found.ok_or(Failure::Invalid("the account has no channel of this kind"))?
        };
        Ok(self.begin_for_team(team, &contact.id, Some(&channel.id)).await?.view)
    }

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
