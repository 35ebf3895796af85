//! Every index, and what it is for. They are made when the store is opened; where they are there
//! already, that costs nothing.
//!
//! Each file that asks something says what it asks by, here or by itself. `plans.rs` holds them to
//! it.
use actors::ports::Unavailable;
use bson::{Bson, Document, doc};
use mongodb::Database;

use super::ask::{DUPLICATE, Failure};
use super::collections::*;
use super::{
    consent, event_numbers, hops, labels, outbox, people, prospects, pushes, scheduled, search,
    subscriptions, team_inbox, team_keys,
};

/// One index. Its name is made of its fields, as a shell would name it.
pub struct Index {
    pub on: &'static str,
    /// Field and direction, 1 or -1.
    pub keys: &'static [(&'static str, i32)],
    pub unique: bool,
    /// Only documents that have one of its fields are in it.
    pub sparse: bool,
    /// Which documents are in it; unset: all.
    pub only: Option<Only>,
    /// Seconds after the instant in its one field at which a document goes.
    pub expire_after: Option<i32>,
    /// Texts that differ in case alone are the same. A query uses it only if it says so, too.
    pub any_case: bool,
}

/// What a document must be like to stand in an index. A query uses it only if it says the same; and
/// not every server sees that it does, so that such an index is named to it.
#[derive(Clone, Copy)]
pub enum Only {
    /// The field is there.
    Has(&'static str),
    /// The field is this truth value.
    Is(&'static str, bool),
}

pub const fn index(on: &'static str, keys: &'static [(&'static str, i32)]) -> Index {
    Index {
        on,
        keys,
        unique: false,
        sparse: false,
        only: None,
        expire_after: None,
        any_case: false,
    }
}

pub const fn unique(on: &'static str, keys: &'static [(&'static str, i32)]) -> Index {
    Index { unique: true, ..index(on, keys) }
}

pub const fn sparse(on: &'static str, keys: &'static [(&'static str, i32)]) -> Index {
    Index { sparse: true, ..index(on, keys) }
}

pub const fn partial(on: &'static str, keys: &'static [(&'static str, i32)], only: Only) -> Index {
    Index { only: Some(only), ..index(on, keys) }
}

/// conversations.rs, commit.rs
const OF_CONVERSATIONS: &[Index] = &[
    // What makes a conversation the one it is, and finds those of a contact.
    unique(
        CONVERSATIONS,
        &[("account_id", 1), ("contact_id", 1), ("channel_id", 1), ("deleted_as", 1)],
    ),
    // Commits that are not written out yet, by the positions they took. Nearly always empty.
    sparse(CONVERSATIONS, &[("pending.positions", 1)]),
];

/// history.rs
const OF_HISTORY: &[Index] = &[
    // A page of messages, from either end.
    index(PLACEMENTS, &[("conversation", 1), ("order", 1)]),
    // In the order of commits.
    index(PLACEMENTS, &[("conversation", 1), ("seq", 1)]),
    // A client that repeats what it sent, a provider that repeats what it delivered.
    index(PLACEMENTS, &[("conversation", 1), ("names", 1)]),
];

/// inbox.rs: one for each kind of list, so that a page reads just its own rows. In each, pinned
/// rows and others are two ranges in the order of the list, readable from both ends.
const OF_INBOX: &[Index] = &[
    // All, those with priority (its pinned range alone), and those that were archived.
    index(INBOX, &[("user", 1), ("channel", 1), ("list", 1), ("show_on_top", 1), ("order", 1)]),
    // Open and closed. Ends with the snooze, which hides an open one and ends by itself: a page
    // steps over the snoozed without fetching them.
    index(
        INBOX,
        &[
            ("user", 1),
            ("channel", 1),
            ("list", 1),
            ("is_open", 1),
            ("show_on_top", 1),
            ("order", 1),
            ("snooze_until", 1),
        ],
    ),
    index(
        INBOX,
        &[
            ("user", 1),
            ("channel", 1),
            ("list", 1),
            ("is_unread", 1),
            ("show_on_top", 1),
            ("order", 1),
        ],
    ),
    // Snoozed; steps over those that have ended.
    partial(
        INBOX,
        &[
            ("user", 1),
            ("channel", 1),
            ("list", 1),
            ("show_on_top", 1),
            ("order", 1),
            ("snooze_until", 1),
        ],
        Only::Has("snooze_until"),
    ),
    // Whose snooze is over, for the wake-up.
    sparse(INBOX, &[("snooze_until", 1)]),
];

/// communications.rs, foreign.rs
const OF_COMMUNICATIONS: &[Index] = &[
    // What was put and never emitted. Nearly always empty.
    partial(
        COMMUNICATIONS,
        &[("switchboard.put_at", 1), ("_id", 1)],
        Only::Is("switchboard.emitted", false),
    ),
    // What another service inserted has no field of ours; an index cannot be of such alone.
    index(COMMUNICATIONS, &[("switchboard.emitted", 1), ("createdAt", 1), ("_id", 1)]),
];

/// log.rs
const OF_LOG: &[Index] = &[
    // What was said after another, and what is the newest.
    unique(LOG, &[("position", 1)]),
];

/// All of them, file by file.
pub const INDEXES: &[&[Index]] = &[
    OF_CONVERSATIONS,
    event_numbers::INDEXES,
    prospects::INDEXES,
    search::INDEXES,
    team_inbox::INDEXES,
    team_keys::INDEXES,
    OF_HISTORY,
    OF_INBOX,
    OF_COMMUNICATIONS,
    OF_LOG,
    people::INDEXES,
    labels::INDEXES,
    consent::INDEXES,
    outbox::INDEXES,
    scheduled::INDEXES,
    pushes::INDEXES,
    hops::INDEXES,
    subscriptions::INDEXES,
];

/// An index that could not be made. Names it, and no document.
#[derive(Debug, thiserror::Error)]
#[error("index {name} of collection {on} cannot be made{hint}")]
pub struct IndexError {
    on: &'static str,
    name: String,
    hint: &'static str,
    #[source]
    source: Unavailable,
}

impl Index {
    pub(super) fn name(&self) -> String {
        let parts: Vec<_> = self.keys.iter().map(|(key, way)| format!("{key}_{way}")).collect();
        parts.join("_")
    }

    fn not_made(&self, failure: Failure) -> IndexError {
        let hint = match failure {
            Failure::Refused(DUPLICATE) => ": some documents have the same values",
            Failure::Refused(85 | 86) => ": there is another one of this name",
            _ => "",
        };
        let source = Unavailable::new("making an index", failure);
        IndexError { on: self.on, name: self.name(), hint, source }
    }

    fn document(&self) -> Document {
        let mut index = doc! {
            "name": self.name(),
            "key": self.keys.iter().map(|(key, way)| ((*key).to_owned(), Bson::from(*way)))
                .collect::<Document>(),
        };
        if self.unique {
            index.insert("unique", true);
        }
        if self.sparse {
            index.insert("sparse", true);
        }
        match self.only {
            None => {}
            Some(Only::Has(field)) => {
                index.insert("partialFilterExpression", doc! { field: { "$exists": true } });
            }
            Some(Only::Is(field, flag)) => {
                index.insert("partialFilterExpression", doc! { field: flag });
            }
        }
        if self.any_case {
            index.insert("collation", doc! { "locale": "en", "strength": 2 });
        }
        if let Some(seconds) = self.expire_after {
            index.insert("expireAfterSeconds", seconds);
        }
        index
    }
}

/// Makes what is missing. Not bounded in time: a large collection takes its time, once.
///
/// # Errors
///
/// [`IndexError`]: the first that cannot be made.
pub(super) async fn make(database: &Database) -> Result<(), IndexError> {
    let all: Vec<&Index> = INDEXES.iter().copied().flatten().collect();
    for of_one in all.chunk_by(|one, next| one.on == next.on) {
        if create(database, of_one).await.is_ok() {
            continue;
        }
        for index in of_one {
            create(database, &[index]).await.map_err(|failure| index.not_made(failure))?;
        }
    }
    Ok(())
}

/// Several of one collection at a time.
async fn create(database: &Database, of_one: &[&Index]) -> Result<(), Failure> {
    let Some(first) = of_one.first() else { return Ok(()) };
    let indexes: Vec<Document> = of_one.iter().map(|index| index.document()).collect();
    let command = doc! { "createIndexes": first.on, "indexes": indexes };
    database.run_command(command).await.map(drop).map_err(|error| Failure::from(&error))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_indexes_of_a_collection_have_one_name() {
        let mut names = HashSet::new();
        for index in INDEXES.iter().copied().flatten() {
            assert!(names.insert((index.on, index.name())), "{} {}", index.on, index.name());
        }
    }
}
