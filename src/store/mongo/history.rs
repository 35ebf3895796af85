use std::collections::HashMap;

use actors::domain::{ConversationId, MessageId, Placed, Seq, UserId, Uuid};
use actors::ports::{Cut, Direction, History, Unavailable};
use bson::{Bson, Document, doc};

use super::ask::{find_all, find_one};
use super::collections::{COMMUNICATIONS, PLACEMENTS};
use super::fields::{field, signed};
use super::message_document::{is_ours, placed};
use super::{Mongo, ids, order, placement};

#[async_trait::async_trait]
impl History for Mongo {
    async fn messages(
        &self,
        conversation: &ConversationId,
        cut: Option<&Cut>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Placed>, Unavailable> {
        self.placed(page(conversation, cut, direction), limit).await
    }

    async fn message(
        &self,
        conversation: &ConversationId,
        id: &MessageId,
    ) -> Result<Option<Placed>, Unavailable> {
        self.one_placed(doc! { "_id": placement::name(conversation, id) }).await
    }

    async fn message_by_uuid(
        &self,
        conversation: &ConversationId,
        author: &UserId,
        uuid: &Uuid,
    ) -> Result<Option<Placed>, Unavailable> {
        let name = placement::by_uuid(author, uuid);
        self.one_placed(named(conversation, vec![name])).await
    }

    async fn committed_after(
        &self,
        conversation: &ConversationId,
        seq: Seq,
        limit: usize,
    ) -> Result<Vec<Placed>, Unavailable> {
        self.placed(committed_after(conversation, seq), limit).await
    }
}

/// What a page of messages is found by, and its order.
pub fn page(
    conversation: &ConversationId,
    cut: Option<&Cut>,
    direction: Direction,
) -> (Document, Document) {
    let falling = direction == Direction::Older;
    let cut = cut.map(|cut| (cut.at, cut.id.as_ref().map(MessageId::as_str)));
    // Always a range, so that there is one index to take.
    let after = order::after(cut, falling).unwrap_or_else(|| doc! { "$gt": "" });
    let filter = doc! { "conversation": ids::id(conversation.as_str()), "order": after };
    (filter, doc! { "order": if falling { -1 } else { 1 } })
}

/// The placements that have one of these names.
pub fn named(conversation: &ConversationId, names: Vec<String>) -> Document {
    doc! { "conversation": ids::id(conversation.as_str()), "names": { "$in": names } }
}

pub fn committed_after(conversation: &ConversationId, seq: Seq) -> (Document, Document) {
    let here = ids::id(conversation.as_str());
    (doc! { "conversation": here, "seq": { "$gt": signed(seq.0) } }, doc! { "seq": 1 })
}

impl Mongo {
    /// Messages where they stand, in this order of their placements.
    async fn placed(
        &self,
        (filter, sort): (Document, Document),
        limit: usize,
    ) -> Result<Vec<Placed>, Unavailable> {
        let placements = self.collection(PLACEMENTS);
        let placements = find_all("reading messages", &placements, filter, sort, limit).await?;
        self.with_messages(&placements).await
    }

    async fn one_placed(&self, filter: Document) -> Result<Option<Placed>, Unavailable> {
        match find_one("reading messages", &self.collection(PLACEMENTS), filter).await? {
            Some(placement) => self.placed_at(&placement).await,
            None => Ok(None),
        }
    }

    /// The message of one placement.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown.
    pub(super) async fn placed_at(
        &self,
        placement: &Document,
    ) -> Result<Option<Placed>, Unavailable> {
        Ok(self.with_messages(std::slice::from_ref(placement)).await?.pop())
    }

    /// What is written before its placement is there; what is not there, is not shown.
    async fn with_messages(&self, placements: &[Document]) -> Result<Vec<Placed>, Unavailable> {
        let wanted: Vec<Bson> = placements
            .iter()
            .filter_map(|placement| field(placement, "message").cloned())
            .collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let (filter, limit) = (doc! { "_id": { "$in": wanted } }, placements.len());
        let communications = self.collection(COMMUNICATIONS);
        let found = find_all("reading messages", &communications, filter, doc! {}, limit).await?;
        let found: HashMap<String, &Document> = found
            .iter()
            .filter(|message| is_ours(message))
            .filter_map(|message| Some((message.get("_id")?.to_string(), message)))
            .collect();
        let mut all = Vec::with_capacity(placements.len());
        for placement in placements {
            let name = field(placement, "message").map(Bson::to_string).unwrap_or_default();
            let message = found.get(&name);
            // Nobody's message shows in another account.
            let same = |m: &&&Document| field(m, "account_id") == field(placement, "account");
            if let Some(message) = message.filter(same) {
                all.push(placed(placement, message)?);
            }
        }
        Ok(all)
    }
}
