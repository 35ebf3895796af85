//! The store on a MongoDB server: the same ports, kept in the collections of the existing Node
//! services and some of our own.
//!
//! Nothing here needs more than single documents that are changed under a condition: no
//! transactions, no change streams.
//!
//! | file | what |
//! |---|---|
//! | `connection`, `ask`, `bulk` | the way to the server, within bounds |
//! | `collections`, `indexes` | what is kept where, and what it is found by |
//! | `ids`, `fields`, `json` | single values between BSON and the domain |
//! | `people`, `labels`, `consent`, `outbox`, `scheduled`, `archive` | a port each |
//! | `pushes`, `hops`, `subscriptions`, `leases` | a port each |
mod archive;
mod ask;
mod bulk;
mod collections;
mod communications;
mod connection;
mod consent;
mod conversations;
mod fields;
mod history;
mod hops;
mod ids;
mod inbox;
mod indexes;
mod json;
mod labels;
mod leases;
mod log;
mod outbox;
mod people;
mod pushes;
mod scheduled;
mod subscriptions;

use std::sync::Arc;

use actors::Watermark;
use actors::domain::Position;
use actors::ports::Clock;
use bson::Document;
use mongodb::{Collection, Database};

pub use connection::{Durability, MongoError};
pub use indexes::IndexError;

/// All ports on one database.
pub struct Mongo {
    database: Database,
    durability: Durability,
    clock: Arc<dyn Clock>,
    watermark: Arc<Watermark>,
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
        let watermark = Arc::new(Watermark::starting_at(Position(0)));
        Ok(Self { database, durability, clock, watermark })
    }

    /// Opens a store that servers may have open, to read it: nothing is made.
    ///
    /// # Errors
    ///
    /// [`MongoError`] says what has to be mended.
    pub async fn open_beside(url: &str, clock: Arc<dyn Clock>) -> Result<Self, MongoError> {
        let durability = Durability::default();
        let database = connection::connect(url, durability).await?;
        let watermark = Arc::new(Watermark::starting_at(Position(0)));
        Ok(Self { database, durability, clock, watermark })
    }

    /// Begins at the newest position; every commit is named to it.
    pub fn watermark(&self) -> &Arc<Watermark> {
        &self.watermark
    }

    /// One of [`collections`].
    fn collection(&self, name: &str) -> Collection<Document> {
        self.database.collection(name)
    }
}

/// What an unfinished part answers.
fn not_built() -> actors::ports::Unavailable {
    actors::ports::Unavailable::new("asking", "not built yet")
}
