//! What is on its way to contacts, and what providers call it. An entry stays for good: as long as
//! it is due it has a `due_at`, afterwards it is known by its names at the provider.
use std::collections::HashMap;
use std::sync::Arc;

use actors::domain::{
    AccountId, ConversationId, Message, MessageId, Position, ProviderMessageId, Timestamp,
};
use actors::ports::{Due, Outbox, Sent, Unavailable};
use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;

use super::ask::{ask, ask_unique, find_all, find_one};
use super::bulk::Update;
use super::collections::{COMMUNICATIONS, OUTBOX};
use super::fields::{Senseless, date, id, list, number, optional_timestamp, signed};
use super::indexes::{Index, Only, partial, unique};
use super::{Mongo, ids, message_document};

pub const INDEXES: &[Index] = &[
    partial(OUTBOX, &[("due_at", 1), ("entered", 1)], Only::Has("due_at")),
    // What is behind another one of its conversation waits for it.
    partial(OUTBOX, &[("conversation", 1), ("entered", 1)], Only::Has("due_at")),
    // A provider's name is one message's; a message may have several.
    Index { only: Some(Only::Has("provider_ids")), ..unique(OUTBOX, &[("provider_ids", 1)]) },
];

/// Entries looked at in one go.
const AT_ONCE: usize = 256;

const SETTLING: &str = "settling the outbox";

/// A message is on its way to the contact: what follows the commit that shows it.
pub(super) fn entry(
    conversation: &ConversationId,
    message: &Message,
    entered: Position,
    now: Timestamp,
) -> Document {
    doc! {
        "_id": ids::id(message.id.as_str()),
        "conversation": ids::id(conversation.as_str()),
        "account": ids::id(message.account.as_str()),
        // Who came first: rising within a conversation.
        "entered": signed(entered.0),
        "due_at": date(now),
        "attempts": 0,
        "called_at": Bson::Null,
    }
}

/// What writes such an entry.
///
/// It may be carried out again, by whoever finds a commit unfinished, after the message has long
/// left. So what left stays, without `due_at`, and this does not touch it.
pub(super) fn entering(mut entry: Document) -> Update {
    let name = entry.remove("_id");
    Update { filter: doc! { "_id": name }, change: doc! { "$setOnInsert": entry }, upsert: true }
}

#[async_trait::async_trait]
impl Outbox for Mongo {
    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<Due>, Unavailable> {
        let mut firsts = Vec::new();
        let mut after = doc! {};
        while firsts.len() < limit {
            let mut filter = doc! { "due_at": { "$lte": date(now), "$exists": true } };
            filter.extend(after);
            let order = doc! { "due_at": 1, "entered": 1 };
            let outbox = self.collection(OUTBOX);
            let page = find_all("reading", &outbox, filter, order, AT_ONCE).await?;
            let is_last = page.len() < AT_ONCE;
            after = page.last().map(beyond).transpose()?.unwrap_or_default();
            firsts.extend(self.firsts(page).await?);
            if is_last {
                break;
            }
        }
        firsts.truncate(limit);
        self.due_messages(firsts).await
    }

    async fn calling(&self, due: &Due, now: Timestamp) -> Result<bool, Unavailable> {
        let mut as_read = due_entry(&due.message.id);
        as_read.insert("attempts", due.attempts);
        as_read.insert("called_at", due.called_at.map_or(Bson::Null, date));
        let call = doc! { "$set": { "called_at": date(now) }, "$inc": { "attempts": 1 } };
        let called = ask(SETTLING, self.collection(OUTBOX).update_one(as_read, call)).await?;
        Ok(called.matched_count > 0)
    }

    async fn taken(
        &self,
        message: &MessageId,
        provider_id: &ProviderMessageId,
    ) -> Result<(), Unavailable> {
        let name = doc! { "$addToSet": { "provider_ids": provider_id.as_str() } };
        let entry = doc! { "_id": ids::id(message.as_str()) };
        // Refused: it is another message's name, and stays so.
        ask_unique(SETTLING, self.collection(OUTBOX).update_one(entry, name)).await.map(drop)
    }

    async fn put_off(&self, message: &MessageId, until: Timestamp) -> Result<(), Unavailable> {
        let put_off = doc! { "$set": { "due_at": date(until), "called_at": Bson::Null } };
        self.change_due(message, put_off).await
    }

    async fn in_doubt(&self, message: &MessageId, until: Timestamp) -> Result<(), Unavailable> {
        self.change_due(message, doc! { "$set": { "due_at": date(until) } }).await
    }

    async fn leave(&self, message: &MessageId) -> Result<(), Unavailable> {
        self.change_due(message, doc! { "$unset": { "due_at": "" } }).await
    }

    async fn by_provider_id(
        &self,
        provider_id: &ProviderMessageId,
    ) -> Result<Option<Sent>, Unavailable> {
        let name = doc! { "$eq": provider_id.as_str(), "$exists": true };
        let by_name = doc! { "provider_ids": name };
        let found = find_one("reading", &self.collection(OUTBOX), by_name).await?;
        Ok(found.as_ref().map(sent).transpose()?)
    }
}

impl Mongo {
    async fn change_due(&self, message: &MessageId, change: Document) -> Result<(), Unavailable> {
        let outbox = self.collection(OUTBOX);
        ask(SETTLING, outbox.update_one(due_entry(message), change)).await.map(drop)
    }

    /// Those of these entries behind whom nobody else of their conversation came first.
    async fn firsts(&self, entries: Vec<Document>) -> Result<Vec<Document>, Unavailable> {
        let mut conversations: Vec<Bson> = Vec::new();
        for entry in &entries {
            let conversation = entry.get("conversation").ok_or(Senseless)?;
            if !conversations.contains(conversation) {
                conversations.push(conversation.clone());
            }
        }
        let first = vec![
            doc! { "$match": {
                "conversation": { "$in": conversations }, "due_at": { "$exists": true },
            } },
            doc! { "$sort": { "conversation": 1, "entered": 1 } },
            doc! { "$group": { "_id": "$conversation", "first": { "$first": "$_id" } } },
        ];
        let first = async {
            let found = self.collection(OUTBOX).aggregate(first).await?;
            found.try_collect::<Vec<Document>>().await
        };
        let first = ask("reading", first).await?;
        let is_first = |entry: &Document| {
            first.iter().any(|one| one.get("first").is_some_and(|id| Some(id) == entry.get("_id")))
        };
        Ok(entries.into_iter().filter(|entry| is_first(entry)).collect())
    }

    async fn due_messages(&self, entries: Vec<Document>) -> Result<Vec<Due>, Unavailable> {
        let names: Vec<_> = entries.iter().filter_map(|entry| entry.get("_id").cloned()).collect();
        let communications = self.collection(COMMUNICATIONS);
        let written = doc! { "_id": { "$in": names } };
        let found = find_all("reading", &communications, written, doc! {}, entries.len()).await?;
        let mut messages = HashMap::new();
        for document in found.iter().filter(|document| message_document::is_ours(document)) {
            let message = message_document::message(document)?;
            messages.insert(message.id.clone(), Arc::new(message));
        }
        let mut due = Vec::with_capacity(entries.len());
        for entry in &entries {
            let id = id(entry, "_id", MessageId::parse)?;
            if let Some(message) = messages.get(&id) {
                due.push(due_message(entry, Arc::clone(message))?);
            }
        }
        Ok(due)
    }
}

/// Entries that come after this one, the longest due first.
fn beyond(last: &Document) -> Result<Document, Senseless> {
    let at = last.get("due_at").cloned().ok_or(Senseless)?;
    let entered = last.get("entered").cloned().ok_or(Senseless)?;
    let same = doc! { "due_at": at.clone(), "entered": { "$gt": entered } };
    Ok(doc! { "$or": [{ "due_at": { "$gt": at } }, same] })
}

fn due_entry(message: &MessageId) -> Document {
    doc! { "_id": ids::id(message.as_str()), "due_at": { "$exists": true } }
}

fn due_message(entry: &Document, message: Arc<Message>) -> Result<Due, Senseless> {
    let names = list(entry, "provider_ids")?.iter();
    let mut names = names.map(|name| {
        name.as_str().and_then(|name| ProviderMessageId::parse(name).ok()).ok_or(Senseless)
    });
    Ok(Due {
        account: id(entry, "account", AccountId::parse)?,
        conversation: id(entry, "conversation", ConversationId::parse)?,
        message,
        attempts: u32::try_from(number(entry, "attempts")?).map_err(|_| Senseless)?,
        called_at: optional_timestamp(entry, "called_at")?,
        provider_id: names.next().transpose()?,
    })
}

fn sent(entry: &Document) -> Result<Sent, Senseless> {
    Ok(Sent {
        account: id(entry, "account", AccountId::parse)?,
        conversation: id(entry, "conversation", ConversationId::parse)?,
        message: id(entry, "_id", MessageId::parse)?,
    })
}
