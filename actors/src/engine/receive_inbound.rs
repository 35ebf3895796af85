use std::sync::Arc;

use super::{Engine, Failure};
use crate::conversation::{Outcome, Within};
use crate::domain::{
    Author, Channel, Contact, Json, Key, Kind, Message, MessageId, PhoneNumber, ProviderMessageId,
    Timestamp, UserId, command,
};
use crate::ports::Unavailable;
use crate::registry::Target;

/// A contact's message as a provider delivered it.
#[derive(Clone, Debug)]
pub struct Inbound {
    pub channel: Arc<Channel>,
    pub from: PhoneNumber,
    pub provider_id: ProviderMessageId,
    pub text: String,
    pub attachments: Vec<Json>,
}

/// The message stands in its conversation; nothing can lose it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub message: MessageId,
    /// `false` when the provider had delivered it before.
    pub first_time: bool,
}

impl Engine {
    /// Takes in a contact's message: finds or makes contact and conversation, stores, tells
    /// people. Safe to repeat with the same `provider_id`.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`]: perhaps stored, surely not lost if it is repeated.
    pub async fn receive_inbound(&self, inbound: Inbound) -> Result<Receipt, Failure> {
        let channel = &inbound.channel;
        let contact =
            self.store.contact_by_phone(&inbound.from, self.unknown_contact(&inbound)).await?;
        let members = self.members(channel).await?;
        let key = Key {
            account: channel.account.clone(),
            contact: contact.id.clone(),
            channel: channel.id.clone(),
        };
        let within = Within { account: key.account.clone(), channel: Some(key.channel.clone()) };
        let message = self.message(&inbound, &contact);
        let place = command::Place { message, dated: false, members };
        let written = self.write_to(Target::Key(key), within, Arc::new(place)).await?;
        let placed = written.message.ok_or(Failure::NotFound("conversation"))?;
        Ok(Receipt {
            message: placed.message.id.clone(),
            first_time: written.outcome == Outcome::Recorded,
        })
    }

    fn unknown_contact(&self, inbound: &Inbound) -> Contact {
        Contact {
            id: self.ids.contact(),
            account: inbound.channel.account.clone(),
            name: None,
            email: None,
            phone: Some(inbound.from.as_str().to_owned()),
            image: None,
            details: Json::from_valid("{}"),
        }
    }

    fn message(&self, inbound: &Inbound, contact: &Contact) -> Message {
        Message {
            id: self.ids.message(),
            account: contact.account.clone(),
            uuid: self.ids.uuid(),
            kind: Kind::Incoming,
            author: Author::Contact(contact.id.clone()),
            contact: contact.id.clone(),
            text: inbound.text.clone(),
            attachments: inbound.attachments.clone(),
            mentions: Vec::new(),
            created_at: Timestamp::default(),
            provider_id: Some(inbound.provider_id.clone()),
            medium: Some(inbound.channel.kind.0.clone()),
            email: None,
            status: None,
            error_code: None,
        }
    }

    /// The channel's members that still work here.
    async fn members(&self, channel: &Channel) -> Result<Vec<UserId>, Unavailable> {
        let mut members = Vec::new();
        for id in &channel.members {
            let user = self.store.user(id).await?;
            if user.is_some_and(|user| user.active && user.account == channel.account) {
                members.push(id.clone());
            }
        }
        Ok(members)
    }
}
