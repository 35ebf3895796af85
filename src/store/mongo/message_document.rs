//! Messages between the domain and `communications`, in the fields of the existing services. What
//! only we know of one stands in `switchboard`; a document that another service inserted has none.
use std::sync::Arc;

use actors::domain::{
    AccountId, Author, ChannelId, Communication, ContactId, ConversationId, Email, Kind, Message,
    MessageId, Placed, ProviderMessageId, Status, Timestamp, UserId, Uuid,
};
use bson::{Bson, Document, doc};

use super::fields::{
    Senseless, date, field, flag, id, ids as id_list, inner, list, optional_id, optional_text,
    parsed_text, position, seq, text, text_or_null, timestamp, word,
};
use super::{ids, json};
use crate::store::same_communication::says_the_same;

/// What stands in `switchboard`.
pub const OURS: &str = "switchboard";

/// The fields that other services know, but for `_id` and `account_id`, which never change.
pub fn content(message: &Message, now: Timestamp) -> Document {
    let sent_by = match &message.author {
        Author::User(user) => ids::id(user.as_str()),
        Author::Contact(contact) => ids::id(contact.as_str()),
        Author::System => Bson::Null,
    };
    doc! {
        "UUID": message.uuid.as_str(),
        "type": message.kind.as_str(),
        "data": message.text.as_str(),
        "sent_by": sent_by,
        "contact_id": ids::id(message.contact.as_str()),
        "attachments": message.attachments.iter().map(json::bson).collect::<Vec<_>>(),
        "mentions": ids::ids(message.mentions.iter().map(UserId::as_str)),
        "createdAt": date(message.created_at),
        "updatedAt": date(now),
        "provider_id": text_or_null(message.provider_id.as_ref().map(ProviderMessageId::as_str)),
        "medium": text_or_null(message.medium.as_deref()),
        "email": message.email.as_ref().map_or(Bson::Null, |email| json::bson(&email.0)),
        "status": text_or_null(message.status.map(Status::as_str)),
        "error_code": text_or_null(message.error_code.as_deref()),
    }
}

/// What the fields of [`content`] do not say.
pub fn beside_content(message: &Message) -> Document {
    let author = match &message.author {
        Author::User(_) => "user",
        Author::Contact(_) => "contact",
        Author::System => "system",
    };
    let exact = |json| text_or_null(json::exact(json));
    let attachments: Vec<_> = message.attachments.iter().map(exact).collect();
    let email = message.email.as_ref().map_or(Bson::Null, |email| exact(&email.0));
    let mut beside = doc! { "author": author };
    if attachments.iter().any(|text| *text != Bson::Null) {
        beside.insert("attachments", attachments);
    }
    if email != Bson::Null {
        beside.insert("email", email);
    }
    beside
}

/// Fields of `switchboard` as an update names them.
pub fn dotted(ours: Document) -> impl Iterator<Item = (String, Bson)> {
    ours.into_iter().map(|(key, value)| (format!("{OURS}.{key}"), value))
}

/// Whether it was written by this program: only then can [`message`] read it.
pub fn is_ours(document: &Document) -> bool {
    inner(document, OURS).is_ok_and(|ours| field(ours, "author").is_some())
}

/// # Errors
///
/// [`Senseless`]: it makes no sense, or is not [`is_ours`].
pub fn message(document: &Document) -> Result<Message, Senseless> {
    let ours = inner(document, OURS)?;
    let author = match text(ours, "author")? {
        "user" => Author::User(id(document, "sent_by", UserId::parse)?),
        "contact" => Author::Contact(id(document, "sent_by", ContactId::parse)?),
        "system" => Author::System,
        _ => return Err(Senseless),
    };
    let exact = list(ours, "attachments")?;
    let attachments = list(document, "attachments")?.iter().enumerate();
    let attachments = attachments
        .map(|(index, value)| json::json(value, exact.get(index).and_then(Bson::as_str)));
    let email = field(document, "email")
        .map(|value| optional_text(ours, "email").map(|exact| Email(json::json(value, exact))));
    Ok(Message {
        id: id(document, "_id", MessageId::parse)?,
        account: id(document, "account_id", AccountId::parse)?,
        uuid: parsed_text(document, "UUID", Uuid::parse)?.ok_or(Senseless)?,
        kind: parsed_text(document, "type", word(Kind::parse))?.ok_or(Senseless)?,
        author,
        contact: id(document, "contact_id", ContactId::parse)?,
        text: optional_text(document, "data")?.unwrap_or_default().to_owned(),
        attachments: attachments.collect(),
        mentions: id_list(document, "mentions", UserId::parse)?,
        created_at: timestamp(document, "createdAt")?,
        provider_id: parsed_text(document, "provider_id", ProviderMessageId::parse)?,
        medium: optional_text(document, "medium")?.map(str::to_owned),
        email: email.transpose()?,
        status: parsed_text(document, "status", word(Status::parse))?,
        error_code: optional_text(document, "error_code")?.map(str::to_owned),
    })
}

/// A communication, and what only the store knows of it.
pub struct Kept {
    pub communication: Communication,
    /// As it was put; what it stands in now is in the communication.
    pub addressed: Vec<ConversationId>,
    /// It stands in a conversation: somebody may have seen it.
    pub fixed: bool,
}

impl Kept {
    pub fn is_put_again(&self, again: &Communication) -> bool {
        says_the_same(&self.communication, &self.addressed, again)
    }
}

pub fn kept(document: &Document) -> Result<Kept, Senseless> {
    let ours = inner(document, OURS)?;
    Ok(Kept {
        communication: Communication {
            message: message(document)?,
            channel: optional_id(document, "channel_id", ChannelId::parse)?,
            conversations: id_list(document, "conversation_id", ConversationId::parse)?,
            from_number: optional_text(document, "from_number")?.map(str::to_owned),
            to_number: optional_text(document, "to_number")?.map(str::to_owned),
            dated: flag(ours, "dated")?,
            emitted: flag(ours, "emitted")?,
        },
        addressed: id_list(ours, "addressed", ConversationId::parse)?,
        fixed: flag(ours, "fixed")?,
    })
}

/// A message where it stands, of its two documents.
pub fn placed(placement: &Document, communication: &Document) -> Result<Placed, Senseless> {
    let message = Message {
        // As stamped in this conversation.
        created_at: timestamp(placement, "created_at")?,
        ..message(communication)?
    };
    Ok(Placed {
        message: Arc::new(message),
        conversation: id(placement, "conversation", ConversationId::parse)?,
        seq: seq(placement, "seq")?,
        position: position(placement, "position")?,
    })
}
