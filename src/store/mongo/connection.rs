//! The way to the server: what of it the URL says, and what we insist on.
use std::time::Duration;

use actors::ports::Unavailable;
use bson::{Document, doc};
use mongodb::options::{Acknowledgment, ClientOptions, ReadConcern, WriteConcern};
use mongodb::{Client, Database};

use super::ask::{PATIENCE, ask};
use super::indexes::IndexError;

/// How long a server is looked for. A set that elects a new primary takes longer; whoever asks
/// meanwhile is told that the store is unavailable, and asks again.
const SELECTION: Duration = Duration::from_secs(2);
/// How long a server may take to accept a connection, or to answer the driver's own question
/// whether it is there.
const CONNECT: Duration = Duration::from_secs(2);
/// How often that question is asked.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// Connections, unless the URL says `maxPoolSize`.
const POOL: u32 = 64;

/// When a write counts as kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// A majority of servers has it on disk (`w: majority, j: true`), and nothing is read that could
    /// be undone.
    #[default]
    Whole,
    /// One server has it in memory (`w: 1, j: false`). If that one is lost, so may be what was
    /// acknowledged.
    AtRisk,
}

/// Why a database cannot be used. Never repeats the URL, which may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum MongoError {
    #[error("store.url is no MongoDB URL, or has options that the driver does not know")]
    Url,
    #[error("store.url names no database: expected \"mongodb://HOST/DBNAME\"")]
    NoDatabase,
    #[error("the database does not answer")]
    NoAnswer(#[source] Unavailable),
    #[error(transparent)]
    Index(#[from] IndexError),
}

impl Durability {
    pub(super) fn concern(self) -> Document {
        match self {
            Self::Whole => {
                let limit = i64::try_from(PATIENCE.as_millis()).unwrap_or_default();
                doc! { "w": "majority", "j": true, "wtimeout": limit }
            }
            Self::AtRisk => doc! { "w": 1, "j": false },
        }
    }

    fn write_concern(self) -> WriteConcern {
        match self {
            Self::Whole => WriteConcern::builder()
                .w(Acknowledgment::Majority)
                .journal(true)
                .w_timeout(PATIENCE)
                .build(),
            Self::AtRisk => {
                WriteConcern::builder().w(Acknowledgment::Nodes(1)).journal(false).build()
            }
        }
    }

    fn read_concern(self) -> ReadConcern {
        match self {
            Self::Whole => ReadConcern::majority(),
            Self::AtRisk => ReadConcern::local(),
        }
    }
}

/// The database that a URL names; it has answered.
///
/// # Errors
///
/// [`MongoError`] says what has to be mended.
pub(super) async fn connect(url: &str, durability: Durability) -> Result<Database, MongoError> {
    let mut options = ClientOptions::parse(url).await.map_err(|_| MongoError::Url)?;
    let name = options.default_database.clone().ok_or(MongoError::NoDatabase)?;
    options.app_name.get_or_insert_with(|| "switchboard".into());
    options.server_selection_timeout = Some(SELECTION);
    options.connect_timeout = Some(CONNECT);
    options.heartbeat_freq = Some(HEARTBEAT);
    options.max_pool_size.get_or_insert(POOL);
    // What is lost half-way is made whole by the protocol, which knows how far it came.
    options.retry_writes = Some(false);
    options.retry_reads = Some(true);
    options.write_concern = Some(durability.write_concern());
    options.read_concern = Some(durability.read_concern());
    options.selection_criteria = None;
    let client = Client::with_options(options).map_err(|_| MongoError::Url)?;
    let database = client.database(&name);
    let ping = database.run_command(doc! { "ping": 1 });
    ask("opening", ping).await.map_err(MongoError::NoAnswer)?;
    Ok(database)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_url_that_names_no_database_is_refused_and_not_repeated() {
        for (url, wanted) in [
            ("mongodb://me:secret@127.0.0.1:1", "names no database"),
            ("mongodb://me:secret@127.0.0.1:1/", "names no database"),
            ("mongodb://me:secret@:nowhere/x", "no MongoDB URL"),
            ("mongodb://me:secret@127.0.0.1:1/x?maxPoolSize=many", "no MongoDB URL"),
        ] {
            let error = connect(url, Durability::Whole).await.unwrap_err().to_string();

            assert!(error.contains(wanted), "{url}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_known_within_seconds() {
        let start = std::time::Instant::now();

        let error = connect("mongodb://127.0.0.1:1/x", Durability::Whole).await.unwrap_err();

        assert!(matches!(error, MongoError::NoAnswer(_)));
        assert!(start.elapsed() <= PATIENCE + SELECTION);
    }
}
