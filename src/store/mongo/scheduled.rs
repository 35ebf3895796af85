use actors::domain::{AccountId, ConversationId, Json, MessageId, Timestamp, UserId, Uuid};
use actors::ports::{Scheduled, ScheduledMessage, Unavailable};
use bson::{Bson, Document, doc};
use mongodb::options::ReturnDocument;

use super::ask::{Failure, ask, ask_unique, find_all, find_one};
use super::collections::SCHEDULED;
use super::fields::{Senseless, date, id, list, parsed_text, text, timestamp};
use super::indexes::{Index, index, unique};
use super::{Mongo, ids};

pub const INDEXES: &[Index] = &[
    unique(SCHEDULED, &[("conversation", 1), ("author", 1), ("uuid", 1)]),
    index(SCHEDULED, &[("send_at", 1), ("_id", 1)]),
    index(SCHEDULED, &[("conversation", 1), ("is_claimed", 1), ("send_at", 1), ("_id", 1)]),
];

const SCHEDULING: &str = "scheduling";

#[async_trait::async_trait]
impl Scheduled for Mongo {
    async fn schedule(&self, message: &ScheduledMessage) -> Result<ScheduledMessage, Unavailable> {
        let name = doc! {
            "conversation": ids::id(message.conversation.as_str()),
            "author": ids::id(message.author.as_str()),
            "uuid": message.uuid.as_str(),
        };
        let scheduled = self.collection(SCHEDULED);
        let keep = scheduled
            .find_one_and_update(name.clone(), doc! { "$setOnInsert": document(message) })
            .upsert(true)
            .return_document(ReturnDocument::After);
        let stands = match ask_unique(SCHEDULING, keep).await? {
            Some(stands) => stands,
            // Somebody scheduled it at the same time.
            None => find_one(SCHEDULING, &scheduled, name).await?,
        };
        let stands = stands.ok_or_else(|| Unavailable::new(SCHEDULING, Failure::Senseless))?;
        Ok(read(&stands)?)
    }

    async fn scheduled_in(
        &self,
        conversation: &ConversationId,
        limit: usize,
    ) -> Result<Vec<ScheduledMessage>, Unavailable> {
        let conversation = ids::id(conversation.as_str());
        let waiting = doc! { "conversation": conversation, "is_claimed": false };
        self.scheduled(waiting, limit).await
    }

    async fn scheduled_due(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<ScheduledMessage>, Unavailable> {
        self.scheduled(doc! { "send_at": { "$lte": date(now) } }, limit).await
    }

    async fn claim_scheduled(&self, id: &MessageId) -> Result<bool, Unavailable> {
        let claim = doc! { "$set": { "is_claimed": true } };
        let scheduled = self.collection(SCHEDULED);
        let claimed = ask(SCHEDULING, scheduled.update_one(by_id(id), claim)).await?;
        Ok(claimed.matched_count > 0)
    }

    async fn withdraw_scheduled(
        &self,
        conversation: &ConversationId,
        id: &MessageId,
    ) -> Result<bool, Unavailable> {
        let mut waiting = by_id(id);
        waiting.insert("conversation", ids::id(conversation.as_str()));
        waiting.insert("is_claimed", false);
        let withdrawn = ask(SCHEDULING, self.collection(SCHEDULED).delete_one(waiting)).await?;
        Ok(withdrawn.deleted_count > 0)
    }

    async fn forget_scheduled(&self, id: &MessageId) -> Result<(), Unavailable> {
        ask(SCHEDULING, self.collection(SCHEDULED).delete_one(by_id(id))).await.map(drop)
    }
}

impl Mongo {
    async fn scheduled(
        &self,
        filter: Document,
        limit: usize,
    ) -> Result<Vec<ScheduledMessage>, Unavailable> {
        let order = doc! { "send_at": 1, "_id": 1 };
        let all = find_all("reading", &self.collection(SCHEDULED), filter, order, limit).await?;
        Ok(all.iter().map(read).collect::<Result<_, _>>()?)
    }
}

fn by_id(id: &MessageId) -> Document {
    doc! { "_id": ids::id(id.as_str()) }
}

/// All but the name it is found by.
fn document(message: &ScheduledMessage) -> Document {
    let attachments: Vec<_> = message.attachments.iter().map(Json::as_str).collect();
    doc! {
        "_id": ids::id(message.id.as_str()),
        "account": ids::id(message.account.as_str()),
        "text": &message.text,
        "attachments": attachments,
        "send_at": date(message.send_at),
        "created_at": date(message.created_at),
        "is_claimed": false,
    }
}

fn read(document: &Document) -> Result<ScheduledMessage, Senseless> {
    let attachment = |value: &Bson| value.as_str().map(Json::from_valid).ok_or(Senseless);
    Ok(ScheduledMessage {
        id: id(document, "_id", MessageId::parse)?,
        account: id(document, "account", AccountId::parse)?,
        conversation: id(document, "conversation", ConversationId::parse)?,
        author: id(document, "author", UserId::parse)?,
        uuid: parsed_text(document, "uuid", Uuid::parse)?.ok_or(Senseless)?,
        text: text(document, "text")?.to_owned(),
        attachments: list(document, "attachments")?
            .iter()
            .map(attachment)
            .collect::<Result<_, _>>()?,
        send_at: timestamp(document, "send_at")?,
        created_at: timestamp(document, "created_at")?,
    })
}
