//! Upserts of reference data, which never move a document to another account.
use actors::domain::AccountId;
use actors::ports::{PutError, Unavailable};
use bson::{Bson, Document, doc};
use mongodb::Collection;
use mongodb::options::UpdateModifications;

use super::ask::{ask_unique, find_one};
use super::fields::account;
use super::ids;

const DURING: &str = "putting";

/// Puts a document unless it is another account's, or has what must be unique of another one.
///
/// # Errors
///
/// As [`actors::ports::People::put_account`].
pub async fn put(
    collection: &Collection<Document>,
    id: Bson,
    owner: &AccountId,
    change: impl Into<UpdateModifications>,
) -> Result<(), PutError> {
    let change = change.into();
    let own = doc! { "_id": id.clone(), "account_id": ids::of_account(owner) };
    for _ in 0..2 {
        let put = collection.update_one(own.clone(), change.clone()).upsert(true);
        if ask_unique(DURING, put).await?.is_some() {
            return Ok(());
        }
        match find_one(DURING, collection, doc! { "_id": id.clone() }).await? {
            None => return Err(PutError::Taken),
            Some(there) if account(&there).map_err(Unavailable::from)? != *owner => {
                return Err(PutError::OtherAccount);
            }
            // Somebody put it at the same time; now it is changed rather than inserted, and if it
            // is refused again, that is not for its id.
            Some(_) => {}
        }
    }
    Err(PutError::Taken)
}
