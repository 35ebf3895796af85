//! The store on a MongoDB server: the same ports, kept in the collections of the existing Node
//! services and some of our own.
//!
//! Nothing here needs more than single documents that are changed under a condition: no
//! transactions, no change streams.
//!
//! | file | what |
//! |---|---|
//! | `connection`, `ask`, `bulk`, `forget` | the way to the server, within bounds |
//! | `collections`, `indexes` | what is kept where, and what it is found by |
//! | `put`, `people_documents` | reference data and its documents |
//! | `ids`, `fields`, `json`, `order` | single values between BSON and the domain |
//! | `conversation_document`, `inbox_row`, `message_document`, `placement` | whole documents |
//! | `foreign`, `taken_over` | what other services inserted |
//! | `commit`, `judge`, `positions`, `pending`, `finish`, `gaps` | how a change is kept |
//! | `conversations`, `history`, `inbox`, `log`, `communications` | a port each |
//! | `people`, `labels`, `consent`, `outbox`, `scheduled` | a port each |
//! | `archive` with `archive_judge`, `renumber` | a port: imports |
//! | `pushes`, `hops`, `subscriptions` with `log_of_account`, `leases`, `export` | a port each |
//! | `team_inbox` with `team_document`, `team_keys`, `search` with `search_terms` | a port each |
//! | `prospects` with `prospect_document`, `prospect_pages`; `event_numbers` | a port each |
mod archive;
mod archive_judge;
#[cfg(test)]
mod archive_tests;
mod ask;
#[cfg(test)]
mod asked_tests;
#[cfg(test)]
mod broken_off_tests;
mod bulk;
mod collections;
mod commit;
mod communications;
mod connection;
mod consent;
mod conversation_document;
mod conversations;
mod event_numbers;
mod export;
mod fields;
mod finish;
mod foreign;
mod forget;
mod gaps;
mod history;
mod hops;
mod ids;
mod inbox;
mod inbox_row;
mod indexes;
mod json;
mod judge;
mod labels;
mod leases;
mod log;
mod log_of_account;
mod message_document;
mod order;
mod outbox;
mod pending;
mod people;
mod people_documents;
mod placement;
#[cfg(test)]
mod plans;
mod positions;
mod prospect_document;
mod prospect_pages;
mod prospects;
mod pushes;
mod put;
mod renumber;
mod scheduled;
mod search;
mod search_terms;
mod subscriptions;
mod taken_over;
mod team_document;
mod team_inbox;
mod team_keys;
#[cfg(test)]
mod testing;

use std::sync::Arc;
use std::time::Duration;

use actors::Watermark;
use actors::domain::{ConversationId, Position};
use actors::ports::{Clock, Log};
use bson::Document;
use moka::sync::Cache;
use mongodb::{Collection, Database};
use parking_lot::Mutex;

use gaps::Gaps;
use judge::Head;
use positions::Positions;

pub use connection::{Durability, MongoError};
pub use indexes::IndexError;

use people::PeopleCollections;

use super::people_cache::PeopleCache;

/// How long what is missing in the log, or pending in a conversation, is left to whoever began it.
const PATIENCE: Duration = Duration::from_secs(3);
/// Conversations whose newest commit is remembered.
const HEADS: u64 = 100_000;

/// All ports on one database.
pub struct Mongo {
    people: PeopleCache<PeopleCollections>,
    database: Database,
    durability: Durability,
    clock: Arc<dyn Clock>,
    watermark: Arc<Watermark>,
    positions: Arc<Positions>,
    heads: Cache<ConversationId, Head>,
    gaps: Gaps,
    /// Up to here nothing can come into the log any more.
    settled: Mutex<i64>,
    patience: Duration,
    #[cfg(test)]
    halt: Mutex<Option<broken_off_tests::Halt>>,
}

/// What a commit may come to before its process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    PositionsTaken,
    Committed,
    MessagesWritten,
    PlacesWritten,
    LogWritten,
}

impl Mongo {
    /// Opens the store in the database that a URL names; what is missing there is made.
    ///
    /// # Errors
    ///
    /// [`MongoError`] says what has to be mended.
    pub async fn open(
        url: &str,
        durability: Durability,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, MongoError> {
        let database = connection::connect(url, durability).await?;
        indexes::make(&database).await?;
        let mongo = Self::on(database, durability, clock).await?;
        mongo.begin().await.map_err(MongoError::NoAnswer)?;
        Ok(mongo)
    }

    /// Opens a store that servers may have open, to read it: nothing is made.
    ///
    /// # Errors
    ///
    /// [`MongoError`] says what has to be mended.
    pub async fn open_beside(url: &str, clock: Arc<dyn Clock>) -> Result<Self, MongoError> {
        let durability = Durability::default();
        let database = connection::connect(url, durability).await?;
        Self::on(database, durability, clock).await
    }

    async fn on(
        database: Database,
        durability: Durability,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, MongoError> {
        let mongo = |database: Database, watermark| {
            let watermark = Arc::new(watermark);
            let counter = database.collection(collections::COUNTERS);
            let people =
                PeopleCollections { database: database.clone(), clock: Arc::clone(&clock) };
            Self {
                people: PeopleCache::new(people),
                positions: Positions::new(counter, Arc::clone(&watermark)),
                database,
                durability,
                clock: Arc::clone(&clock),
                watermark,
                heads: Cache::new(HEADS),
                gaps: Gaps::default(),
                settled: Mutex::new(0),
                patience: PATIENCE,
                #[cfg(test)]
                halt: Mutex::new(None),
            }
        };
        let unseen = mongo(database.clone(), Watermark::starting_at(Position(0)));
        let tail = unseen.tail().await.map_err(MongoError::NoAnswer)?;
        let opened = mongo(database, Watermark::starting_at(tail));
        *opened.settled.lock() = fields::signed(tail.0);
        Ok(opened)
    }

    /// Begins at the newest position; every commit is named to it.
    pub fn watermark(&self) -> &Arc<Watermark> {
        &self.watermark
    }

    /// One of [`collections`].
    fn collection(&self, name: &str) -> Collection<Document> {
        self.database.collection(name)
    }

    /// Where a test lets a commit break off, or wait.
    ///
    /// # Errors
    ///
    /// [`actors::ports::Unavailable`]: it breaks off here.
    #[cfg(not(test))]
    async fn reached(&self, _: Step) -> Result<(), actors::ports::Unavailable> {
        Ok(())
    }
}
