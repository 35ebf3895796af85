//! Writes what `import` reads: JSON lines as `mongoexport` has them, page by page, so that memory
//! stays flat however much there is. Beside a server that runs; nothing is changed.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use actors::domain::{Communication, ConversationId};
use actors::ports::{Record, RecordKind, Store, Unavailable};
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::import::Collection;
use super::{Config, failed};
use crate::clock::SystemClock;
use crate::documents::{account, channel, communication, contact, conversation, label, user};
use crate::store;

/// Records read at a time.
const PAGE: usize = 500;

/// Fields that hold ids, by themselves or in a list.
const IDS: &[&str] = &[
    "_id",
    "account_id",
    "contact_id",
    "channel_id",
    "conversation_id",
    "user_id",
    "sent_by",
    "mentions",
    "member_ids",
];
/// Fields that hold instants.
const DATES: &[&str] = &["createdAt", "updatedAt", "snooze_until"];

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[arg(long, value_name = "NAME")]
    collection: Collection,
    #[command(flatten)]
    config: Config,
    /// Where to; standard output unless it is given.
    file: Option<PathBuf>,
}

#[derive(Debug, thiserror::Error)]
enum ExportError {
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    #[error("cannot write the export")]
    Io(#[from] io::Error),
}

pub(super) fn run(arguments: &Arguments) -> Result<(), ExitCode> {
    let settings = arguments.config.load()?;
    let mut to = open(arguments.file.as_deref()).map_err(|error| failed(&error))?;
    actix_web::rt::System::new().block_on(async {
        let url = settings.store_url();
        let store = store::open_beside(url.expose_secret(), Arc::new(SystemClock)).await;
        let store = store.map_err(|error| failed(&error))?;
        let count = export(&*store, arguments.collection, &mut to).await;
        let count = count.map_err(|error| failed(&error))?;
        eprintln!("{count} documents exported");
        Ok(())
    })
}

fn open(path: Option<&Path>) -> io::Result<Box<dyn Write>> {
    Ok(match path {
        Some(path) => Box::new(BufWriter::new(File::create(path)?)),
        None => Box::new(BufWriter::new(io::stdout().lock())),
    })
}

async fn export(
    store: &dyn Store,
    collection: Collection,
    to: &mut dyn Write,
) -> Result<usize, ExportError> {
    let of = kind(collection);
    let gone = match of {
        RecordKind::Communication => deleted(store).await?,
        _ => HashSet::new(),
    };
    let (mut count, mut after) = (0, None::<String>);
    loop {
        let page = store.records(of, after.as_deref(), PAGE).await?;
        for record in &page {
            if let Some(document) = document(record, &gone) {
                serde_json::to_writer(&mut *to, &extended(document)).map_err(io::Error::from)?;
                to.write_all(b"\n")?;
                count += 1;
            }
        }
        match page.last().filter(|_| page.len() == PAGE) {
            Some(last) => after = Some(last.name()),
            None => break,
        }
    }
    to.flush()?;
    Ok(count)
}

/// Conversations that no import would take, and so no message that stands in them alone.
async fn deleted(store: &dyn Store) -> Result<HashSet<ConversationId>, Unavailable> {
    let (mut gone, mut after) = (HashSet::new(), None::<String>);
    loop {
        let page = store.records(RecordKind::Conversation, after.as_deref(), PAGE).await?;
        after = page.last().map(Record::name).filter(|_| page.len() == PAGE);
        gone.extend(page.into_iter().filter_map(|record| match record {
            Record::Conversation(there) if there.deleted => Some(there.id),
            _ => None,
        }));
        if after.is_none() {
            return Ok(gone);
        }
    }
}

fn kind(collection: Collection) -> RecordKind {
    match collection {
        Collection::Accounts => RecordKind::Account,
        Collection::Channels => RecordKind::Channel,
        Collection::Users => RecordKind::User,
        Collection::Contacts => RecordKind::Contact,
        Collection::PushTokens => RecordKind::PushToken,
        Collection::Tags => RecordKind::Tag,
        Collection::Statuses => RecordKind::ContactStatus,
        Collection::ConversationProspects => RecordKind::Conversation,
        Collection::Communications => RecordKind::Communication,
    }
}

fn document(record: &Record, gone: &HashSet<ConversationId>) -> Option<Value> {
    Some(match record {
        Record::Account(of) => account::view(of),
        Record::Channel(of) => channel::view(of),
        Record::User(of) => user::view(of),
        Record::Contact(of) => contact::view(of),
        Record::PushToken(of) => json!({
            "_id": made_id(&record.name()), "user_id": of.user.as_str(), "token": of.token,
        }),
        Record::Tag(of) => label::tag_view(of),
        Record::ContactStatus(of) => label::status_view(of),
        Record::Conversation(of) if of.deleted => return None,
        Record::Conversation(of) => conversation::view(of),
        Record::Communication(of) => message(of, gone)?,
    })
}

fn message(of: &Communication, gone: &HashSet<ConversationId>) -> Option<Value> {
    let mut there = of.conversations.clone();
    there.retain(|id| !gone.contains(id));
    if there.is_empty() && !of.conversations.is_empty() {
        return None;
    }
    Some(communication::view(&Communication { conversations: there, ..of.clone() }))
}

/// A document as MongoDB's tools write it; what is not set is left out, as mongoose does.
fn extended(document: Value) -> Value {
    let Value::Object(fields) = document else { return document };
    let written = fields.into_iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| {
        let value = match value {
            value if IDS.contains(&key.as_str()) => object_ids(value),
            Value::String(at) if DATES.contains(&key.as_str()) => json!({ "$date": at }),
            Value::Array(entries) if key == "users" => entries.into_iter().map(extended).collect(),
            value => value,
        };
        (key, value)
    });
    Value::Object(written.collect::<Map<_, _>>())
}

/// For what has none: the same each time.
fn made_id(name: &str) -> String {
    Sha256::digest(name).iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

fn object_ids(value: Value) -> Value {
    match value {
        Value::String(id) if is_object_id(&id) => json!({ "$oid": id }),
        Value::Array(ids) => ids.into_iter().map(object_ids).collect(),
        other => other,
    }
}

fn is_object_id(id: &str) -> bool {
    id.len() == 24 && id.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_instants_are_written_as_mongoexport_does_and_only_where_they_stand() {
        let hex = "0123456789abcdef01234567";
        let document = json!({
            "_id": hex, "contact_id": "joe", "conversation_id": [hex, "c1"], "title": null,
            "createdAt": "2026-01-02T03:04:05.006Z", "data": hex,
            "users": [{"user_id": hex, "snooze_until": "2026-01-02T03:04:05.006Z"}],
        });

        let date = json!({"$date": "2026-01-02T03:04:05.006Z"});
        assert_eq!(
            extended(document),
            json!({
                "_id": {"$oid": hex}, "contact_id": "joe",
                "conversation_id": [{"$oid": hex}, "c1"], "createdAt": date, "data": hex,
                "users": [{"user_id": {"$oid": hex}, "snooze_until": date}],
            })
        );
    }
}
