//! Where everything is kept: the ports of `actors`, implemented. `tests/contract/` tries each.
mod people_cache;
pub mod sqlite;

use std::path::Path;
use std::sync::Arc;

use actors::Watermark;
use actors::ports::{Clock, Store, TeamKeys};

pub use people_cache::PeopleCache;
use sqlite::{Sqlite, SqliteError};

/// Why there is no store. Never repeats the URL, which may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("store URL has to begin with sqlite: and name a file")]
    Url,
    #[error("store could not be opened")]
    Sqlite(#[from] SqliteError),
}

/// Opens the store that a URL names: `sqlite:PATH`. The watermark begins at its newest position.
///
/// # Errors
///
/// [`OpenError`] says what has to be mended.
pub async fn open(
    url: &str,
    clock: Arc<dyn Clock>,
) -> Result<(Arc<dyn Store>, Arc<Watermark>), OpenError> {
    let path = url.strip_prefix("sqlite:").ok_or(OpenError::Url)?;
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() {
        return Err(OpenError::Url);
    }
    let sqlite = Sqlite::open(Path::new(path), clock)?;
    let watermark = Arc::clone(sqlite.watermark());
    // Whoever is needed is read then, and says then what is wrong.
    if let Err(error) = sqlite.read_users_ahead().await {
        tracing::warn!(%error, "could not read users ahead");
    }
    Ok((Arc::new(sqlite), watermark))
}

/// Opens the store that a URL names to read it, while a server may have it open.
///
/// # Errors
///
/// [`OpenError`] says what has to be mended.
pub fn open_beside(url: &str, clock: Arc<dyn Clock>) -> Result<Arc<dyn Store>, OpenError> {
    let path = url.strip_prefix("sqlite:").ok_or(OpenError::Url)?;
    let path = path.strip_prefix("//").unwrap_or(path);
    Ok(Arc::new(Sqlite::open_beside(Path::new(path), clock)?))
}

/// Opens the store that a URL names for its team keys alone, whether or not a server has it open.
///
/// # Errors
///
/// [`OpenError`] says what has to be mended.
pub fn open_keys(url: &str, clock: Arc<dyn Clock>) -> Result<Arc<dyn TeamKeys>, OpenError> {
    let path = url.strip_prefix("sqlite:").ok_or(OpenError::Url)?;
    let path = Path::new(path.strip_prefix("//").unwrap_or(path));
    match Sqlite::open(path, Arc::clone(&clock)) {
        Err(SqliteError::InUse) => Ok(Arc::new(Sqlite::write_beside(path, clock)?)),
        opened => Ok(Arc::new(opened?)),
    }
}

/// An address as it is compared: mailboxes without regard to case, anything else as it is.
fn address_key(address: &str) -> String {
    if address.contains('@') { address.to_lowercase() } else { address.to_owned() }
}
