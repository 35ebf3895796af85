//! A lease is one document, and the server's clock says when it is over: in milliseconds rather
//! than as a date, so that any server's aggregation can compare it.
use std::time::Duration;

use actors::ports::{Leases, Unavailable};
use bson::doc;
use mongodb::options::ReturnDocument;

use super::Mongo;
use super::ask::{ask, ask_unique};
use super::collections::LEASES;
use super::fields::text;

const DURING: &str = "leasing";

#[async_trait::async_trait]
impl Leases for Mongo {
    async fn hold_lease(&self, name: &str, node: &str, ttl: Duration) -> Result<bool, Unavailable> {
        let now = doc! { "$toLong": "$$NOW" };
        let until = i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX / 2);
        let is_over = doc! { "$lte": [{ "$ifNull": ["$until", 0_i64] }, now.clone()] };
        let is_own = doc! { "$eq": ["$node", { "$literal": node }] };
        let take = vec![
            doc! { "$set": { "taken": { "$or": [is_own, is_over] } } },
            doc! { "$set": {
                "node": { "$cond": ["$taken", { "$literal": node }, "$node"] },
                "until": { "$cond": ["$taken", { "$add": [now, until] }, "$until"] },
            } },
            doc! { "$unset": "taken" },
        ];
        let leases = self.collection(LEASES);
        let question = leases
            .find_one_and_update(doc! { "_id": name }, take)
            .upsert(true)
            .return_document(ReturnDocument::After);
        // Of those who take a new one at a time, all but one may find that it is there.
        let Some(lease) = ask_unique(DURING, question).await?.flatten() else { return Ok(false) };
        Ok(text(&lease, "node")? == node)
    }

    async fn give_lease_back(&self, name: &str, node: &str) -> Result<(), Unavailable> {
        let own = doc! { "_id": name, "node": node };
        ask(DURING, self.collection(LEASES).delete_one(own)).await.map(drop)
    }
}
