//! Communications that another service inserted straight into the collection, as its mongoose model
//! has them. They are read like what is PUT, and found whether or not anybody asks to emit them.
use actors::domain::{Communication, MessageId, Timestamp};
use actors::ports::Unavailable;
use bson::oid::ObjectId;
use bson::{Bson, Document, doc};
use serde_json::{Map, Value};

use super::ask::{ask, find_all, find_one};
use super::collections::{COMMUNICATIONS, COUNTERS};
use super::fields::{date, field, id, timestamp};
use super::message_document::OURS;
use super::{Mongo, json};
use crate::answer::Fault;
use crate::documents::{Fields, communication, resolve};

/// What a service may write. Anything else in its documents is its own.
const KNOWN: &[&str] = &[
    "UUID",
    "account_id",
    "attachments",
    "channel_id",
    "contact_id",
    "conversation_id",
    "createdAt",
    "data",
    "email",
    "from_number",
    "medium",
    "mentions",
    "sent_by",
    "to_number",
    "type",
];

/// The document that says since when messages are looked for.
const SINCE: &str = "since";

impl Mongo {
    /// A communication that another service inserted. `None` if it cannot be delivered: what is
    /// wrong with it is logged.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown.
    pub(super) async fn foreign(
        &self,
        document: &Document,
    ) -> Result<Option<Communication>, Unavailable> {
        let id = id(document, "_id", MessageId::parse)?;
        match self.resolved(id.clone(), document).await {
            Ok(communication) => Ok(Some(communication)),
            Err(fault) => {
                let fault = fault.or_unavailable()?;
                tracing::warn!(message.id = %id, %fault, "communication of another service passed over");
                Ok(None)
            }
        }
    }

    async fn resolved(&self, id: MessageId, document: &Document) -> Result<Communication, Fault> {
        let draft = communication::read(id, Fields::of(plain(document))?)?;
        resolve(draft, self, self).await
    }

    /// Since when this program works on this database. What was inserted before is history, which
    /// nobody wants to be told of.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown.
    pub(super) async fn since(&self) -> Result<Timestamp, Unavailable> {
        let counters = self.collection(COUNTERS);
        let name = doc! { "_id": SINCE };
        if let Some(since) = find_one("opening", &counters, name.clone()).await? {
            return Ok(timestamp(&since, "at")?);
        }
        let now = self.clock.now();
        let begin = doc! { "$setOnInsert": { "at": date(now) } };
        ask("opening", counters.update_one(name, begin).upsert(true)).await?;
        Ok(now)
    }

    /// Those that nobody asked to emit, inserted before `when`, oldest first.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown.
    pub(super) async fn forgotten_elsewhere(
        &self,
        when: Timestamp,
        limit: usize,
    ) -> Result<Vec<MessageId>, Unavailable> {
        let since = self.since().await?;
        let communications = self.collection(COMMUNICATIONS);
        let mut all = Vec::new();
        for (filter, sort) in [dated(since, when), undated(since, when)] {
            let room = limit - all.len();
            let found = find_all("sweeping", &communications, filter, sort, room).await?;
            for document in &found {
                all.push(id(document, "_id", MessageId::parse)?);
            }
        }
        Ok(all)
    }
}

/// As mongoose's timestamps date them.
pub fn dated(since: Timestamp, when: Timestamp) -> (Document, Document) {
    let within = doc! { "$gte": date(since), "$lt": date(when) };
    (doc! { emitted(): Bson::Null, "createdAt": within }, doc! { "createdAt": 1, "_id": 1 })
}

/// As old as their ids.
pub fn undated(since: Timestamp, when: Timestamp) -> (Document, Document) {
    let within = doc! { "$gte": made_at(since), "$lt": made_at(when) };
    (doc! { emitted(): Bson::Null, "createdAt": Bson::Null, "_id": within }, doc! { "_id": 1 })
}

fn emitted() -> String {
    format!("{OURS}.emitted")
}

/// The smallest id of a second.
fn made_at(at: Timestamp) -> ObjectId {
    let seconds = u32::try_from(at.0.div_euclid(1_000).max(0)).unwrap_or(u32::MAX);
    let mut bytes = [0; 12];
    bytes[..4].copy_from_slice(&seconds.to_be_bytes());
    ObjectId::from_bytes(bytes)
}

/// A document as JSON, without what is none of our business.
fn plain(document: &Document) -> Value {
    let mut fields = Map::new();
    for key in KNOWN {
        let Some(value) = field(document, key) else { continue };
        let value = match (*key, value) {
            // One conversation as itself.
            ("conversation_id", Bson::ObjectId(_) | Bson::String(_)) => {
                Bson::Array(vec![value.clone()])
            }
            // Mongoose gives each list a value.
            ("mentions", Bson::Array(none)) if none.is_empty() && !is_note(document) => continue,
            _ => value.clone(),
        };
        let text = json::json(&value, None);
        fields.insert((*key).into(), serde_json::from_str(text.as_str()).unwrap_or_default());
    }
    Value::Object(fields)
}

fn is_note(document: &Document) -> bool {
    field(document, "type").and_then(Bson::as_str) == Some("NOTE")
}
