use std::collections::HashMap;
use std::io::{self, BufRead, Read};

use actors::domain::*;
use serde_json::{Map, Value};

use super::extended_json::plain;
use super::{Collection, Fault};
use crate::documents::communication::{self, Draft};
use crate::documents::{Fields, Invalid, account, channel, contact, conversation, label, user};
use crate::ids;

/// Longest line in bytes: as long as a document of MongoDB can be, written as text.
const MAX_LINE: u64 = 32 * 1024 * 1024;
/// As over HTTP.
const MAX_TOKEN: usize = crate::http::MAX_PUSH_TOKEN_BYTES;
/// What databases add to documents and no body has.
const ADDED: &[&str] = &["__v", "createdAt", "updatedAt"];
/// When it was is part of a conversation.
const ADDED_TO_CONVERSATIONS: &[&str] = &["__v"];
/// And of a message; that it was emitted goes without saying.
const ADDED_TO_MESSAGES: &[&str] = &["__v", "updatedAt", "isEmitted"];

/// One document, ready to be kept, and the line it stands on.
#[derive(Debug)]
pub(super) struct Document {
    pub line: usize,
    pub what: What,
}

#[derive(Debug)]
pub(super) enum What {
    Account(Account),
    Channel(Channel),
    User(User),
    Contact(Contact),
    PushToken(PushToken),
    Tag(Tag),
    ContactStatus(ContactStatus),
    Conversation(ArchivedConversation),
    Communication(Draft),
}

/// Reads every line.
///
/// # Errors
///
/// The [`Fault`] of every line that has one; then nothing may be imported.
pub(super) fn all(
    collection: Collection,
    mut lines: impl BufRead,
) -> Result<Vec<Document>, Vec<Fault>> {
    let (mut documents, mut faults) = (Vec::new(), Vec::new());
    let mut ids = HashMap::new();
    let mut text = Vec::new();
    for line in 1.. {
        match next(&mut lines, &mut text) {
            Ok(false) => break,
            Ok(true) if text.trim_ascii().is_empty() => continue,
            Ok(true) => {}
            Err(error) => {
                faults.push(Fault { line, what: error.to_string() });
                break;
            }
        }
        let read = fields(&text).and_then(|(id, fields)| {
            if let Some(first) = ids.insert(id.clone(), line) {
                return Err(format!("_id stands on line {first} already"));
            }
            document(collection, &id, fields).map_err(|invalid| invalid.0)
        });
        match read {
            Ok(what) => documents.push(Document { line, what }),
            Err(what) => faults.push(Fault { line, what }),
        }
    }
    if faults.is_empty() { Ok(documents) } else { Err(faults) }
}

/// The next line, or `false` at the end.
fn next(lines: &mut impl BufRead, text: &mut Vec<u8>) -> io::Result<bool> {
    text.clear();
    let read = lines.take(MAX_LINE).read_until(b'\n', text)?;
    if read as u64 == MAX_LINE && !text.ends_with(b"\n") {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "line is too long"));
    }
    Ok(read > 0)
}

fn fields(text: &[u8]) -> Result<(String, Map<String, Value>), String> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    // The parser's own message would quote the line.
    let value: Value = serde_json::from_slice(text)
        .map_err(|error| format!("malformed JSON at column {}", error.column()))?;
    let Value::Object(mut fields) = plain(value)? else {
        return Err("expected a JSON object".into());
    };
    match fields.remove("_id") {
        Some(Value::String(id)) => Ok((id, fields)),
        _ => Err("_id has to be a text or {\"$oid\": …}".into()),
    }
}

fn document(
    collection: Collection,
    id: &str,
    mut fields: Map<String, Value>,
) -> Result<What, Invalid> {
    let invalid = |error: IdError| Invalid(format!("_id: {error}"));
    let added = match collection {
        Collection::ConversationProspects => ADDED_TO_CONVERSATIONS,
        Collection::Communications => ADDED_TO_MESSAGES,
        _ => ADDED,
    };
    added.iter().for_each(|key| drop(fields.remove(*key)));
    let mut fields = Fields::of(Value::Object(fields))?;
    Ok(match collection {
        Collection::Accounts => {
            What::Account(account::read(AccountId::parse(id).map_err(invalid)?, fields)?)
        }
        Collection::Channels => {
            What::Channel(channel::read(ChannelId::parse(id).map_err(invalid)?, fields)?)
        }
        Collection::Users => What::User(user::read(UserId::parse(id).map_err(invalid)?, fields)?),
        Collection::Contacts => {
            What::Contact(contact::read(ContactId::parse(id).map_err(invalid)?, fields)?)
        }
        Collection::PushTokens => {
            let user = fields.id("user_id", UserId::parse)?;
            let user = user.ok_or_else(|| Invalid("user_id is required".into()))?;
            let token = PushToken { user, token: fields.text("token", MAX_TOKEN)? };
            fields.account()?;
            fields.end()?;
            What::PushToken(token)
        }
        Collection::Tags => What::Tag(label::tag(TagId::parse(id).map_err(invalid)?, fields)?),
        Collection::Statuses => {
            let id = ContactStatusId::parse(id).map_err(invalid)?;
            What::ContactStatus(label::contact_status(id, fields)?)
        }
        Collection::ConversationProspects => {
            let id = ConversationId::parse(id).map_err(invalid)?;
            What::Conversation(conversation::read(id, fields)?)
        }
        Collection::Communications => {
            let id = MessageId::parse(id).map_err(invalid)?;
            let mut draft = communication::read(id, fields)?;
            draft.created_at = draft.created_at.or_else(|| ids::made_at(draft.id.as_str()));
            if draft.created_at.is_none() {
                return Err(Invalid("createdAt is required".into()));
            }
            What::Communication(draft)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(collection: Collection, text: &str) -> Vec<(usize, String)> {
        let faults = all(collection, text.as_bytes()).unwrap_err();
        faults.into_iter().map(|fault| (fault.line, fault.what)).collect()
    }

    #[test]
    fn exported_and_plain_lines_are_read_alike() {
        let text = "{\"_id\":{\"$oid\":\"65a000000000000000000001\"},\"name\":\"Ana\",\
                    \"email\":\"a@b.c\",\"__v\":0,\"createdAt\":{\"$date\":\"2026-01-31T09:30:00Z\"}}\n\
                    \n\
                    {\"_id\":\"ben\",\"name\":\"Ben\",\"email\":\"b@b.c\"}";

        let documents = all(Collection::Users, text.as_bytes()).unwrap();

        let lines: Vec<_> = documents.iter().map(|document| document.line).collect();
        assert_eq!(lines, [1, 3]);
        let What::User(ana) = &documents[0].what else { panic!("expected a user") };
        assert_eq!(ana.id.as_str(), "65a000000000000000000001");
    }

    #[test]
    fn every_faulty_line_is_named_and_nothing_of_it_repeated() {
        let text = "{\"_id\":\"a\",\"name\":\"A\"}\n\
                    {\"_id\":\"b\",\"name\":secret}\n\
                    {\"name\":\"secret\"}\n\
                    [\"secret\"]\n\
                    {\"_id\":\"a\",\"name\":\"secret\"}\n\
                    {\"_id\":\"c\",\"name\":\"C\",\"nmae\":\"secret\"}\n";

        let faults = faults(Collection::Accounts, text);

        let lines: Vec<_> = faults.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [2, 3, 4, 5, 6]);
        assert!(faults.iter().all(|(_, what)| !what.contains("secret")), "{faults:?}");
        assert_eq!(faults[3].1, "_id stands on line 1 already");
    }

    #[test]
    fn no_bytes_are_read_as_documents() {
        assert!(all(Collection::Accounts, &b"\xff\xfe"[..]).is_err());
        assert!(all(Collection::Accounts, &b"\0"[..]).is_err());
        assert_eq!(all(Collection::Accounts, &b""[..]).unwrap().len(), 0);
    }
}
