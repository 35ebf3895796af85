//! How messages and contacts stand in the index of words, and how they come into it: behind the
//! commits, so that no commit waits for it. What has no terms yet is what waits.
//!
//! A word is kept behind the account it is of, so that one account's search never steps over
//! another's. No id holds a line's end.
use actors::domain::{AccountId, Author, Kind, Message, UserId, Words};
use actors::ports::Unavailable;
use bson::{Bson, Document, doc};

use super::bulk::Update;
use super::collections::{CONTACTS, PLACEMENTS};
use super::fields::{Senseless, timestamp};
use super::{Mongo, ask, ids, order, people_documents};
use crate::store::found_by::{words_of_contact, words_of_message};

const DURING: &str = "indexing";

/// Where each is found in its collection.
pub const OF_MESSAGES: &str = "terms";
pub const OF_CONTACTS: &str = "switchboard.terms";

/// A word of one account.
pub fn term(account: &AccountId, word: &str) -> String {
    format!("{account}\n{word}")
}

/// All of these as whole words.
pub fn whole(field: &str, account: &AccountId, words: &Words) -> Document {
    let all: Vec<_> = words.iter().map(|word| term(account, word)).collect();
    doc! { field: { "$all": all } }
}

/// All of these, each as the beginning of a word.
pub fn beginning(field: &str, account: &AccountId, words: &Words) -> Document {
    let mut beginnings = words.beginnings().into_iter().map(|word| {
        let first = term(account, word);
        let last = format!("{first}{}", char::MAX);
        doc! { field: { "$elemMatch": { "$gte": first, "$lte": last } } }
    });
    let Some(mut all) = beginnings.next() else { return whole(field, account, words) };
    let others: Vec<_> = beginnings.collect();
    if !others.is_empty() {
        all.insert("$and", others);
    }
    all
}

impl Mongo {
    /// # Errors
    ///
    /// [`Unavailable`]: some are indexed, the rest waits.
    pub(super) async fn index_messages(&self, limit: usize) -> Result<usize, Unavailable> {
        let placements = self.collection(PLACEMENTS);
        let waits = doc! { OF_MESSAGES: Bson::Null };
        let waiting = ask::find_all(DURING, &placements, waits, doc! {}, limit).await?;
        let mut updates = Vec::with_capacity(waiting.len());
        for placement in &waiting {
            let name = placement.get("_id").cloned();
            let terms = match self.placed_at(placement).await? {
                Some(placed) => message_terms(&placed.message, placement)?,
                // Its message is not there, so that it is shown to nobody.
                None => doc! { OF_MESSAGES: [] },
            };
            updates.push(Update {
                filter: doc! { "_id": name },
                change: doc! { "$set": terms },
                upsert: false,
            });
        }
        self.update_all(DURING, PLACEMENTS, updates).await?;
        Ok(waiting.len())
    }

    /// # Errors
    ///
    /// As above.
    pub(super) async fn index_contacts(&self, limit: usize) -> Result<usize, Unavailable> {
        let contacts = self.collection(CONTACTS);
        let waits = doc! { OF_CONTACTS: Bson::Null };
        let waiting = ask::find_all(DURING, &contacts, waits, doc! {}, limit).await?;
        let updates = waiting.iter().map(|document| {
            let terms = match people_documents::contact(document) {
                Ok(contact) => words_of_contact(&contact)
                    .iter()
                    .map(|word| Bson::from(term(&contact.account, word)))
                    .collect(),
                Err(_) => Vec::new(),
            };
            // One that is put again meanwhile waits again: then it has another date.
            let same = doc! {
                "_id": document.get("_id"),
                "updatedAt": document.get("updatedAt").cloned().unwrap_or(Bson::Null),
            };
            let change = doc! { "$set": { OF_CONTACTS: terms } };
            Update { filter: same, change, upsert: false }
        });
        self.update_all(DURING, CONTACTS, updates.collect()).await?;
        Ok(waiting.len())
    }
}

/// The words of a message, where it stands among what is found, and who may find it: everybody who
/// takes part, or the readers of a note.
fn message_terms(message: &Message, placement: &Document) -> Result<Document, Senseless> {
    let email = message.email.as_ref().map(|email| email.0.as_str());
    let words = words_of_message(&message.text, email);
    let terms: Vec<_> = words.iter().map(|word| term(&message.account, word)).collect();
    let name = placement.get_str("_id").unwrap_or_default();
    let author = match &message.author {
        Author::User(user) => Some(user),
        Author::Contact(_) | Author::System => None,
    };
    let readers = message.mentions.iter().chain(author).map(UserId::as_str);
    Ok(doc! {
        OF_MESSAGES: terms,
        "found": order::key(timestamp(placement, "created_at")?, name),
        "is_public": message.kind != Kind::Note,
        "readers": ids::ids(readers),
    })
}
