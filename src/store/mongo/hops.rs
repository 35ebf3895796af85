use actors::domain::{Json, MessageId, Timestamp};
use actors::ports::{Hops, KeptHop, Unavailable};
use bson::oid::ObjectId;
use bson::{Document, doc};

use super::ask::{ask, find_all};
use super::collections::HOPS;
use super::fields::{Senseless, date, id, text, timestamp};
use super::forget::forget_before;
use super::indexes::{Index, index};
use super::{Mongo, ids};

/// `_id` is an ObjectId that this program made, and so rises as hops are kept; among several
/// programs, second by second.
pub const INDEXES: &[Index] =
    &[index(HOPS, &[("message", 1), ("_id", 1)]), index(HOPS, &[("at", 1)])];

/// Hops in one question.
const AT_ONCE: usize = 1_000;

const DURING: &str = "keeping hops";

#[async_trait::async_trait]
impl Hops for Mongo {
    async fn keep_hops(&self, hops: &[KeptHop]) -> Result<(), Unavailable> {
        let kept = self.collection(HOPS);
        for some in hops.chunks(AT_ONCE) {
            ask(DURING, kept.insert_many(some.iter().map(document))).await?;
        }
        Ok(())
    }

    async fn hops_of(
        &self,
        message: &MessageId,
        limit: usize,
    ) -> Result<Vec<KeptHop>, Unavailable> {
        let of = doc! { "message": ids::id(message.as_str()) };
        let all = find_all("reading", &self.collection(HOPS), of, doc! { "_id": 1 }, limit).await?;
        Ok(all.iter().map(hop).collect::<Result<_, _>>()?)
    }

    async fn forget_hops(&self, when: Timestamp) -> Result<(), Unavailable> {
        forget_before(DURING, &self.collection(HOPS), ("at", when), doc! {}).await
    }
}

fn document(hop: &KeptHop) -> Document {
    doc! {
        "_id": ObjectId::new(),
        "message": ids::id(hop.message.as_str()),
        "at": date(hop.at),
        "hop": &hop.hop,
        "details": hop.details.as_str(),
    }
}

fn hop(document: &Document) -> Result<KeptHop, Senseless> {
    Ok(KeptHop {
        message: id(document, "message", MessageId::parse)?,
        at: timestamp(document, "at")?,
        hop: text(document, "hop")?.to_owned(),
        details: Json::from_valid(text(document, "details")?),
    })
}
