//! Where everything is kept: the ports of `actors`, implemented. `tests/contract/` tries each.
mod found_by;
pub mod mongo;
mod people_cache;
mod same_communication;
pub mod sqlite;

use std::path::Path;
use std::sync::Arc;

use actors::Watermark;
use actors::ports::{Clock, Store, TeamKeys, Unavailable};

pub use mongo::Durability;
use mongo::{Mongo, MongoError};
pub use people_cache::PeopleCache;
use sqlite::{Sqlite, SqliteError};

/// Why there is no store. Never repeats the URL, which may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("store URL has to begin with sqlite: and name a file, or with mongodb://")]
    Url,
    #[error("store could not be opened")]
    Sqlite(#[from] SqliteError),
    #[error("store could not be opened")]
    Mongo(#[from] MongoError),
}

/// Opens the store that a URL names: `sqlite:PATH` or `mongodb://HOST/DBNAME`. The watermark begins
/// at its newest position.
///
/// # Errors
///
/// [`OpenError`] says what has to be mended.
pub async fn open(
    url: &str,
    durability: Durability,
    clock: Arc<dyn Clock>,
) -> Result<(Arc<dyn Store>, Arc<Watermark>), OpenError> {
    if is_mongo(url) {
        let mongo = Mongo::open(url, durability, clock).await?;
        let watermark = Arc::clone(mongo.watermark());
        note(mongo.read_users_ahead().await);
        return Ok((Arc::new(mongo), watermark));
    }
    let sqlite = Sqlite::open(sqlite_path(url)?, clock)?;
    let watermark = Arc::clone(sqlite.watermark());
    note(sqlite.read_users_ahead().await);
    Ok((Arc::new(sqlite), watermark))
}

/// Whoever is needed is read then, and says then what is wrong.
fn note(read_ahead: Result<(), Unavailable>) {
    if let Err(error) = read_ahead {
        tracing::warn!(%error, "could not read users ahead");
    }
}

/// Opens the store that a URL names to read it, while a server may have it open.
///
/// # Errors
///
/// [`OpenError`] says what has to be mended.
pub async fn open_beside(url: &str, clock: Arc<dyn Clock>) -> Result<Arc<dyn Store>, OpenError> {
    if is_mongo(url) {
        return Ok(Arc::new(Mongo::open_beside(url, clock).await?));
    }
    Ok(Arc::new(Sqlite::open_beside(sqlite_path(url)?, clock)?))
}

fn is_mongo(url: &str) -> bool {
    url.starts_with("mongodb://") || url.starts_with("mongodb+srv://")
}

fn sqlite_path(url: &str) -> Result<&Path, OpenError> {
    let path = url.strip_prefix("sqlite:").ok_or(OpenError::Url)?;
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() { Err(OpenError::Url) } else { Ok(Path::new(path)) }
}

/// Opens the store that a URL names for its team keys alone, whether or not a server has it open.
///
/// # Errors
///
/// [`OpenError`] says what has to be mended.
pub async fn open_keys(
    url: &str,
    durability: Durability,
    clock: Arc<dyn Clock>,
) -> Result<Arc<dyn TeamKeys>, OpenError> {
    if is_mongo(url) {
        return Ok(Arc::new(Mongo::open(url, durability, clock).await?));
    }
    let path = sqlite_path(url)?;
    match Sqlite::open(path, Arc::clone(&clock)) {
        Err(SqliteError::InUse) => Ok(Arc::new(Sqlite::write_beside(path, clock)?)),
        opened => Ok(Arc::new(opened?)),
    }
}

/// An address as it is compared: mailboxes without regard to case, anything else as it is.
fn address_key(address: &str) -> String {
    if address.contains('@') { address.to_lowercase() } else { address.to_owned() }
}
