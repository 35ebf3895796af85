//! Forgetting much, a little at a time.
use actors::domain::Timestamp;
use actors::ports::Unavailable;
use bson::{Document, doc};
use mongodb::Collection;

use super::ask::ask;
use super::fields::{Senseless, date};

/// Documents that go in one question, and those of the same instant: none takes long.
const AT_ONCE: u64 = 1_000;

/// Forgets every document whose `field` is an instant before `when`, the oldest first, if `also`
/// fits, too.
///
/// # Errors
///
/// [`Unavailable`]: some are gone; asking again forgets the others.
pub async fn forget_before(
    during: &'static str,
    collection: &Collection<Document>,
    (field, when): (&str, Timestamp),
    also: Document,
) -> Result<(), Unavailable> {
    loop {
        // By range, which any server deletes much faster than by a list of ids.
        let mut old = doc! { field: { "$lt": date(when) } };
        old.extend(also.clone());
        let last = collection
            .find_one(old.clone())
            .sort(doc! { field: 1 })
            .skip(AT_ONCE - 1)
            .projection(doc! { field: 1 });
        let last = ask(during, last).await?;
        if let Some(last) = &last {
            old.insert(field, doc! { "$lte": last.get(field).cloned().ok_or(Senseless)? });
        }
        ask(during, collection.delete_many(old)).await?;
        if last.is_none() {
            return Ok(());
        }
    }
}
