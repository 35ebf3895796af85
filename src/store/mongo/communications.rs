use actors::domain::{Communication, ConversationId, MessageId, Timestamp};
use actors::ports::{Communications, Put, Unavailable};
use bson::{Bson, Document, doc};

use super::ask::{ask, ask_unique, find_all, find_one};
use super::collections::COMMUNICATIONS;
use super::fields::{date, id, id_or_null, text_or_null};
use super::message_document::{Kept, OURS, beside_content, content, dotted, is_ours, kept};
use super::{Mongo, ids};

#[async_trait::async_trait]
impl Communications for Mongo {
    async fn put_communication(&self, communication: &Communication) -> Result<Put, Unavailable> {
        let message = &communication.message;
        let now = self.clock.now();
        let account = ids::id(message.account.as_str());
        let open = doc! {
            "_id": ids::id(message.id.as_str()),
            "account_id": { "$in": [&account, &Bson::Null] },
            format!("{OURS}.fixed"): { "$ne": true },
        };
        let mut set = content(message, now);
        set.extend(standing(communication));
        set.extend(dotted(beside_content(message)));
        set.extend(dotted(doc! {
            "dated": communication.dated,
            "addressed": conversations(communication),
            "put_at": date(now),
            "emitted": false,
            "fixed": false,
        }));
        set.insert("account_id", account);
        let communications = self.collection(COMMUNICATIONS);
        let put = communications.update_one(open, doc! { "$set": set }).upsert(true);
        if ask_unique("keeping a communication", put).await?.is_some() {
            return Ok(Put::Stored);
        }
        let known = self.kept(&message.id).await?;
        let same = known.is_some_and(|known| known.is_put_again(communication));
        Ok(if same { Put::Same } else { Put::Fixed })
    }

    async fn communication(&self, id: &MessageId) -> Result<Option<Communication>, Unavailable> {
        let Some(document) = self.communication_document(id).await? else { return Ok(None) };
        if is_ours(&document) {
            return Ok(Some(kept(&document)?.communication));
        }
        self.foreign(&document).await
    }

    async fn forgotten(
        &self,
        when: Timestamp,
        limit: usize,
    ) -> Result<Vec<MessageId>, Unavailable> {
        let communications = self.collection(COMMUNICATIONS);
        let (filter, sort) = forgotten(when);
        let put = find_all("sweeping", &communications, filter, sort, limit).await?;
        let mut found: Vec<MessageId> =
            put.iter().map(|one| id(one, "_id", MessageId::parse)).collect::<Result<_, _>>()?;
        if found.len() < limit {
            found.extend(self.forgotten_elsewhere(when, limit - found.len()).await?);
        }
        Ok(found)
    }

    async fn forget_anew(&self, id: &MessageId, now: Timestamp) -> Result<(), Unavailable> {
        let waiting = doc! {
            "_id": ids::id(id.as_str()),
            format!("{OURS}.emitted"): { "$ne": true },
        };
        let later = doc! { "$set": {
            format!("{OURS}.emitted"): false,
            format!("{OURS}.put_at"): date(now),
        } };
        let communications = self.collection(COMMUNICATIONS);
        ask("putting a communication off", communications.update_one(waiting, later)).await?;
        Ok(())
    }

    async fn emitted(&self, communication: &Communication) -> Result<(), Unavailable> {
        let message = &communication.message;
        let account = ids::id(message.account.as_str());
        let name = doc! { "_id": ids::id(message.id.as_str()), "account_id": &account };
        let mut set = doc! {
            "conversation_id": conversations(communication),
            format!("{OURS}.emitted"): true,
            format!("{OURS}.fixed"): true,
        };
        if let Some(channel) = &communication.channel {
            set.insert("channel_id", ids::id(channel.as_str()));
        }
        let mut fresh = content(message, self.clock.now());
        let others = standing(communication).into_iter();
        fresh.extend(others.filter(|(key, _)| !set.contains_key(key)));
        fresh.extend(dotted(beside_content(message)));
        fresh.extend(dotted(doc! {
            "dated": communication.dated,
            "addressed": conversations(communication),
            "put_at": Bson::Null,
        }));
        let record = doc! { "$set": set, "$setOnInsert": fresh };
        let communications = self.collection(COMMUNICATIONS);
        let update = communications.update_one(name, record).upsert(true);
        // Refused: it is another account's.
        ask_unique("recording an emit", update).await.map(drop)
    }
}

pub fn forgotten(when: Timestamp) -> (Document, Document) {
    let (emitted, put_at) = (format!("{OURS}.emitted"), format!("{OURS}.put_at"));
    (doc! { emitted: false, &put_at: { "$lt": date(when) } }, doc! { put_at: 1, "_id": 1 })
}

impl Mongo {
    pub(super) async fn communication_document(
        &self,
        id: &MessageId,
    ) -> Result<Option<Document>, Unavailable> {
        let filter = doc! { "_id": ids::id(id.as_str()) };
        find_one("reading a communication", &self.collection(COMMUNICATIONS), filter).await
    }

    /// One that this program wrote.
    pub(super) async fn kept(&self, id: &MessageId) -> Result<Option<Kept>, Unavailable> {
        let document = self.communication_document(id).await?.filter(is_ours);
        Ok(document.as_ref().map(kept).transpose()?)
    }
}

/// Where it stands or is to stand, and by which ways.
pub fn standing(communication: &Communication) -> Document {
    doc! {
        "channel_id": id_or_null(communication.channel.as_ref().map(|channel| channel.as_str())),
        "conversation_id": conversations(communication),
        "from_number": text_or_null(communication.from_number.as_deref()),
        "to_number": text_or_null(communication.to_number.as_deref()),
    }
}

fn conversations(communication: &Communication) -> Bson {
    ids::ids(communication.conversations.iter().map(ConversationId::as_str))
}
