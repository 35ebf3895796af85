//! `{type, data, contact_id?, channel_id?, conversation_id?: [..], sent_by, UUID?, mentions?, …}`:
//! what an outside service writes before it asks for it to be emitted.

use actors::domain::command::AddNote;
use actors::domain::{
    AccountId, Author, ChannelId, Communication, ContactId, ConversationId, Json, Kind, MessageId,
    Timestamp, UserId, Uuid,
};
use serde_json::{Map, Value, json};

use super::channel::{MAX_KIND, kind};
use super::fields::{missing, wrong};
use super::{Fields, Invalid};
use crate::time;

const MAX_NUMBER: usize = 320;
const MAX_ATTACHMENTS: usize = 100;
/// The body of a request is smaller; a line of an import may be larger.
const MAX_TEXT: usize = 1024 * 1024;

const EMAIL_TEXTS: &[&str] = &["subject", "from", "html", "message_id", "in_reply_to", "provider"];
const EMAIL_LISTS: &[&str] = &["to", "cc", "bcc"];

/// A communication as it is written, before it is known whose it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub id: MessageId,
    pub kind: Kind,
    pub text: String,
    pub account: Option<AccountId>,
    pub contact: Option<ContactId>,
    pub channel: Option<ChannelId>,
    pub conversations: Vec<ConversationId>,
    /// Id of a contact for what is incoming, of a user for everything else.
    pub sent_by: Option<String>,
    pub uuid: Uuid,
    pub mentions: Vec<UserId>,
    pub attachments: Vec<Json>,
    pub created_at: Option<Timestamp>,
    pub from_number: Option<String>,
    pub to_number: Option<String>,
    pub medium: Option<String>,
    pub email: Option<Json>,
}

pub fn read(id: MessageId, mut fields: Fields) -> Result<Draft, Invalid> {
    fields.same_id(id.as_str())?;
    let kind_ = fields.text("type", MAX_KIND)?;
    let kind_ = Kind::parse(&kind_).ok_or_else(|| wrong("type", "INCOMING, OUTGOING or NOTE"))?;
    let uuid = match fields.optional_text("UUID", 4 * Uuid::MAX_CHARS)? {
        // The same document written twice has to stay the same, so nothing random.
        None => Uuid::parse(id.as_str()),
        Some(text) => Uuid::parse(&text),
    };
    let mentions = fields.ids("mentions", UserId::parse)?;
    let draft = Draft {
        kind: kind_,
        text: fields.optional_text("data", MAX_TEXT)?.unwrap_or_default(),
        account: fields.id("account_id", AccountId::parse)?,
        contact: fields.id("contact_id", ContactId::parse)?,
        channel: fields.id("channel_id", ChannelId::parse)?,
        conversations: fields.ids("conversation_id", ConversationId::parse)?.unwrap_or_default(),
        sent_by: fields.id("sent_by", |text| UserId::parse(text).map(|_| text.to_owned()))?,
        uuid: uuid.map_err(|error| Invalid(error.to_string()))?,
        mentions: mentioned(kind_, mentions)?,
        attachments: attachments(&mut fields)?,
        created_at: fields.instant("createdAt")?,
        from_number: fields.optional_text("from_number", MAX_NUMBER)?,
        to_number: fields.optional_text("to_number", MAX_NUMBER)?,
        medium: fields.optional_text("medium", MAX_KIND)?.map(|m| kind("medium", m)).transpose()?,
        email: fields.take("email").map(email).transpose()?,
        id,
    };
    fields.end()?;
    if draft.text.trim().is_empty() && draft.attachments.is_empty() && draft.email.is_none() {
        return Err(missing("data"));
    }
    if draft.kind == Kind::Note {
        note(&draft)?;
    }
    Ok(draft)
}

fn mentioned(kind: Kind, mentions: Option<Vec<UserId>>) -> Result<Vec<UserId>, Invalid> {
    match (kind, mentions) {
        (Kind::Note, None) => Err(missing("mentions")),
        (Kind::Note, Some(mentions)) => Ok(mentions),
        (_, None) => Ok(Vec::new()),
        (_, Some(mentions)) if mentions.is_empty() => Ok(mentions),
        _ => Err(wrong("mentions", "absent on everything but a NOTE")),
    }
}

fn note(draft: &Draft) -> Result<(), Invalid> {
    if draft.sent_by.is_none() {
        return Err(missing("sent_by"));
    }
    if draft.attachments.len() > AddNote::MAX_ATTACHMENTS {
        return Err(Invalid(format!("more than {} attachments", AddNote::MAX_ATTACHMENTS)));
    }
    Ok(())
}

fn attachments(fields: &mut Fields) -> Result<Vec<Json>, Invalid> {
    let entries = fields.list("attachments")?.unwrap_or_default();
    if entries.len() > MAX_ATTACHMENTS {
        return Err(Invalid(format!("more than {MAX_ATTACHMENTS} attachments")));
    }
    if !entries.iter().all(|entry| entry.is_object() || entry.is_string()) {
        return Err(wrong("attachments", "a list of objects or texts"));
    }
    Ok(entries.iter().map(|entry| Json::from_valid(entry.to_string())).collect())
}

fn email(value: Value) -> Result<Json, Invalid> {
    let Value::Object(fields) = value else { return Err(wrong("email", "an object")) };
    for (key, value) in &fields {
        let texts = |value: &Value| {
            value.as_array().is_some_and(|entries| entries.iter().all(Value::is_string))
        };
        let good = value.is_null()
            || (EMAIL_TEXTS.contains(&key.as_str()) && value.is_string())
            || (EMAIL_LISTS.contains(&key.as_str()) && texts(value));
        if !good {
            return Err(Invalid("email holds an unknown field or one of another type".into()));
        }
    }
    Ok(Json::from_valid(Value::Object(fields).to_string()))
}

/// A communication as it is kept. Whoever calls this has made sure that a note may be seen.
pub fn view(communication: &Communication) -> Value {
    let message = &communication.message;
    let json = |json: &Json| serde_json::from_str::<Value>(json.as_str()).unwrap_or_default();
    let sent_by = match &message.author {
        Author::Contact(contact) => Some(contact.as_str()),
        Author::User(user) => Some(user.as_str()),
        Author::System => None,
    };
    let dated = communication.dated || communication.emitted;
    let conversations: Vec<_> =
        communication.conversations.iter().map(ConversationId::as_str).collect();
    let mut shown = Map::new();
    let mut show = |key: &str, value: Value| shown.insert(key.into(), value);
    show("_id", json!(message.id.as_str()));
    show("account_id", json!(message.account.as_str()));
    show("UUID", json!(message.uuid.as_str()));
    show("type", json!(message.kind.as_str()));
    show("data", json!(message.text));
    show("sent_by", json!(sent_by));
    show("contact_id", json!(message.contact.as_str()));
    show("channel_id", json!(communication.channel.as_ref().map(ChannelId::as_str)));
    show("conversation_id", json!(conversations));
    show("attachments", message.attachments.iter().map(json).collect());
    show("createdAt", json!(dated.then(|| time::format(message.created_at))));
    show("from_number", json!(communication.from_number));
    show("to_number", json!(communication.to_number));
    show("medium", json!(message.medium));
    show("email", message.email.as_ref().map(|email| json(&email.0)).unwrap_or_default());
    if message.kind == Kind::Note {
        let mentions: Vec<_> = message.mentions.iter().map(UserId::as_str).collect();
        show("mentions", json!(mentions));
    }
    Value::Object(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: Value) -> Result<Draft, Invalid> {
        super::read(MessageId::parse("m1").unwrap(), Fields::of(value)?)
    }

    #[test]
    fn the_same_document_read_twice_is_the_same() {
        let document = json!({"type": "INCOMING", "data": "hi", "sent_by": "joe"});

        assert_eq!(read(document.clone()), read(document));
    }

    #[test]
    fn a_note_needs_an_author_and_mentions_and_nothing_else_has_mentions() {
        let note = json!({"type": "NOTE", "data": "x", "sent_by": "ana", "mentions": []});
        assert!(read(note.clone()).is_ok());
        for key in ["sent_by", "mentions"] {
            let mut without = note.clone();
            without.as_object_mut().unwrap().remove(key);

            assert_eq!(read(without), Err(missing(key)));
        }
        assert!(read(json!({"type": "OUTGOING", "data": "x", "mentions": ["ana"]})).is_err());
    }

    #[test]
    fn what_is_wrong_is_refused_by_the_name_of_its_field() {
        for (key, value) in [
            ("type", json!("incoming")),
            ("type", json!(null)),
            ("data", json!(5)),
            ("data", json!("  ")),
            ("conversation_id", json!("c1")),
            ("conversation_id", json!([5])),
            ("sent_by", json!({"_id": "joe"})),
            ("createdAt", json!("today")),
            ("attachments", json!([5])),
            ("medium", json!("sms")),
            ("email", json!({"to": "a@b"})),
            ("emitted", json!(true)),
        ] {
            let mut document = json!({"type": "INCOMING", "data": "hi", "sent_by": "joe"});
            document[key] = value;

            let error = read(document.clone()).unwrap_err();

            assert!(error.0.contains(key), "{error} does not name {key}");
        }
    }
}
