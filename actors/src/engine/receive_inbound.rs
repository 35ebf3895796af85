use std::sync::Arc;

use super::{Engine, Failure};
use crate::conversation::{Outcome, Within, Written};
use crate::domain::command::Command;
use crate::domain::{
    Author, Channel, ConsentWord, Contact, Email, Json, Key, Kind, MailAddress, Message, MessageId,
    PhoneNumber, ProviderMessageId, Timestamp, UserId, command,
};
use crate::ports::{ConsentEntry, Evidence, Unavailable};
use crate::registry::Target;

/// A contact's message as a provider delivered it.
#[derive(Clone, Debug)]
pub struct Inbound {
    pub channel: Arc<Channel>,
    pub from: Sender,
    pub provider_id: ProviderMessageId,
    pub text: String,
    pub attachments: Vec<Json>,
    /// What only an e-mail has.
    pub email: Option<Email>,
    /// When it was written, where it comes late and somebody knows; otherwise it is written now.
    pub written_at: Option<Timestamp>,
    /// What it says about being written to, if anything.
    pub says: Option<ConsentWord>,
}

/// Who wrote, as the provider names them: what a contact is found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sender {
    Phone(PhoneNumber),
    Mail { address: MailAddress, name: Option<String> },
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
    /// people, and keeps what it says about being written to. Safe to repeat with the same
    /// `provider_id`.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`]: perhaps stored, surely not lost if it is repeated.
    pub async fn receive_inbound(&self, inbound: Inbound) -> Result<Receipt, Failure> {
        let receipt = self.receive_in_order(&[inbound]).await.pop();
        receipt.unwrap_or(Err(Failure::NotFound("conversation")))
    }

    /// Takes in what came one after the other. When one cannot be kept now, that is the last answer:
    /// those behind it were not taken in.
    pub async fn receive_in_order(&self, inbound: &[Inbound]) -> Vec<Result<Receipt, Failure>> {
        let mut placements = Vec::with_capacity(inbound.len());
        let mut failed = None;
        for one in inbound {
            match self.placement(one).await {
                Ok(placement) => placements.push(placement),
                Err(cause) => {
                    failed = Some(Err(cause.into()));
                    break;
                }
            }
        }
        let (mut receipts, mut wanted) = (Vec::with_capacity(inbound.len()), 0);
        for together in placements.chunk_by(|(one, _), (next, _)| one == next) {
            let key = together[0].0.clone();
            let within =
                Within { account: key.account.clone(), channel: Some(key.channel.clone()) };
            let commands: Vec<_> =
                together.iter().map(|(_, command)| Arc::clone(command)).collect();
            let written = self.write_in_order_to(Target::Key(key), within, &commands).await;
            for written in written {
                let receipt = match written {
                    Ok(written) => self.receipt(&inbound[receipts.len()], written).await,
                    Err(failure) => Err(failure),
                };
                let is_last = matches!(receipt, Err(Failure::Unavailable(_)));
                receipts.push(receipt);
                if is_last {
                    return receipts;
                }
            }
            wanted += together.len();
            if receipts.len() < wanted {
                return receipts;
            }
        }
        receipts.extend(failed);
        receipts
    }

    /// Where a message belongs, and the command that places it there.
    async fn placement(&self, inbound: &Inbound) -> Result<(Key, Arc<dyn Command>), Unavailable> {
        let channel = &inbound.channel;
        let (contact, is_unknown) = self.sender(inbound).await?;
        let members = self.members(channel).await?;
        let key = Key {
            account: channel.account.clone(),
            contact: contact.id.clone(),
            channel: channel.id.clone(),
        };
        let message = self.message(inbound, &contact);
        let place = command::Place { message, dated: inbound.written_at.is_some(), members };
        let place: Arc<dyn Command> = match channel.message_requests && is_unknown {
            true => Arc::new(command::PlaceRequest { place }),
            false => Arc::new(place),
        };
        Ok((key, place))
    }

    async fn receipt(&self, inbound: &Inbound, written: Written) -> Result<Receipt, Failure> {
        let placed = written.message.ok_or(Failure::NotFound("conversation"))?;
        if let Some(says) = inbound.says {
            // Before this returns, since whoever delivers forgets the message then.
            self.keep_consent(inbound, &placed.message, says).await?;
        }
        Ok(Receipt {
            message: placed.message.id.clone(),
            first_time: written.outcome == Outcome::Recorded,
        })
    }

    /// The contact, and whether nobody knew of them until now.
    async fn sender(&self, inbound: &Inbound) -> Result<(Arc<Contact>, bool), Unavailable> {
        let fresh = Contact {
            id: self.ids.contact(),
            account: inbound.channel.account.clone(),
            name: None,
            email: None,
            phone: None,
            image: None,
            details: Json::from_valid("{}"),
        };
        let made = fresh.id.clone();
        let contact = match &inbound.from {
            Sender::Phone(number) => {
                let phone = Some(number.as_str().to_owned());
                self.store.contact_by_phone(number, Contact { phone, ..fresh }).await?
            }
            Sender::Mail { address, name } => {
                let email = Some(address.as_str().to_owned());
                let fresh = Contact { email, name: name.clone(), ..fresh };
                self.store.contact_by_email(address, fresh).await?
            }
        };
        let is_new = contact.id == made;
        Ok((contact, is_new))
    }

    async fn keep_consent(
        &self,
        inbound: &Inbound,
        message: &Message,
        says: ConsentWord,
    ) -> Result<(), Unavailable> {
        let entry = ConsentEntry {
            account: message.account.clone(),
            contact: message.contact.clone(),
            channel: inbound.channel.id.clone(),
            says,
            at: message.created_at,
            evidence: Evidence::Message(message.id.clone()),
        };
        self.store.record_consent(&entry).await
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
            created_at: inbound.written_at.unwrap_or_default(),
            provider_id: Some(inbound.provider_id.clone()),
            medium: Some(inbound.channel.kind.0.clone()),
            email: inbound.email.clone(),
            status: None,
            error_code: None,
        }
    }

    /// The channel's members that still work here.
    pub(super) async fn members(&self, channel: &Channel) -> Result<Vec<UserId>, Unavailable> {
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
