//! Communications that another service inserted straight into the collection, as its mongoose model
//! has them. They are read like what is PUT, and found whether or not anybody asks to emit them.
use actors::domain::{Communication, MessageId, Timestamp};
use actors::ports::Unavailable;
use bson::oid::ObjectId;
use bson::{Bson, Document, doc};
use serde_json::{Map, Value};

use super::ask::{find_all, find_one};
use super::collections::{COMMUNICATIONS, COUNTERS};
use super::fields::{date, field, id, optional_integer, timestamp};
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
pub const SINCE: &str = "since";

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
        let draft = communication::read(id, Fields::of(draft(document))?)?;
        resolve(draft, self, self).await
    }

    /// Since when this program works on this database. What was inserted before is history, which
    /// nobody wants to be told of.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown.
    async fn since(&self) -> Result<Timestamp, Unavailable> {
        let counters = self.collection(COUNTERS);
        let since = find_one("sweeping", &counters, doc! { "_id": SINCE }).await?;
        Ok(since.map_or(Ok(self.clock.now()), |since| timestamp(&since, "at"))?)
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

/// As it is read: a conversation may stand there as itself, and a mongoose model gives each list a
/// value.
fn draft(document: &Document) -> Value {
    let mut draft = plain(document, KNOWN);
    let Some(fields) = draft.as_object_mut() else { return draft };
    if let Some(one) = fields.get_mut("conversation_id").filter(|value| value.is_string()) {
        *one = Value::Array(vec![one.take()]);
    }
    let is_note = fields.get("type").is_some_and(|kind| kind == "NOTE");
    if !is_note && fields.get("mentions").and_then(Value::as_array).is_some_and(Vec::is_empty) {
        fields.remove("mentions");
    }
    draft
}

/// A document as JSON, with these of its fields.
pub fn plain(document: &Document, known: &[&str]) -> Value {
    let mut fields = Map::new();
    for key in known {
        if let Some(value) = field(document, key) {
            // A shell writes counts as 5.0.
            let count = optional_integer(document, key).ok().flatten();
            let value = &count.map_or_else(|| value.clone(), Bson::Int64);
            let text = json::json(value, None);
            let value = serde_json::from_str(text.as_str()).unwrap_or_default();
            fields.insert((*key).into(), value);
        }
    }
    Value::Object(fields)
}
