use actors::domain::*;
use actors::ports::*;

use bson::{Bson, Document, doc};

use super::bulk::Update;
use super::fields::{date, signed};
use super::{Mongo, ids, not_built};

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
/// left. So what left stays for a day, marked `left_at` and without `due_at` (an index forgets it),
/// and this does not touch it.
pub(super) fn entering(mut entry: Document) -> Update {
    let name = entry.remove("_id");
    Update { filter: doc! { "_id": name }, change: doc! { "$setOnInsert": entry }, upsert: true }
}

#[async_trait::async_trait]
impl Outbox for Mongo {
    async fn due(&self, _: Timestamp, _: usize) -> Result<Vec<Due>, Unavailable> {
        Err(not_built())
    }

    async fn calling(&self, _: &Due, _: Timestamp) -> Result<bool, Unavailable> {
        Err(not_built())
    }

    async fn taken(&self, _: &MessageId, _: &ProviderMessageId) -> Result<(), Unavailable> {
        Err(not_built())
    }

    async fn put_off(&self, _: &MessageId, _: Timestamp) -> Result<(), Unavailable> {
        Err(not_built())
    }

    async fn in_doubt(&self, _: &MessageId, _: Timestamp) -> Result<(), Unavailable> {
        Err(not_built())
    }

    async fn leave(&self, _: &MessageId) -> Result<(), Unavailable> {
        Err(not_built())
    }

    async fn by_provider_id(&self, _: &ProviderMessageId) -> Result<Option<Sent>, Unavailable> {
        Err(not_built())
    }
}
