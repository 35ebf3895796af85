//! Requests on disk between their answer and their delivery, in one SQLite file.

mod limits;
mod rows;

use std::path::Path;
use std::sync::Arc;

use actors::domain::Timestamp;
use actors::ports::Unavailable;
use bytes::Bytes;
use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags, params};
use tokio::sync::Notify;

use self::rows::{forget, insert, make_sure_of_room, read_row};
use super::done::Done;
use super::{Envelope, Raw, Source, count};
use crate::store::sqlite::{FileError, Writer, open_file};

pub use limits::Limits;

/// The layout that `schema.sql` makes.
const VERSION: i64 = 1;
/// Delivered rows that one request's commit deletes along the way.
const FORGET_ALONG: usize = 64;

/// What is acknowledged and not yet delivered, and what waits for an operator.
pub struct Journal {
    pub(super) writer: Writer,
    /// Beside the writer, so that a disk which takes no more can still be read empty.
    reader: Arc<Mutex<Connection>>,
    limits: Limits,
    done: Arc<Done>,
    news: Arc<Notify>,
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("intake journal cannot be read")]
    Read(#[from] rusqlite::Error),
    #[error("intake journal has layout {0}, newer than this program's")]
    Newer(i64),
    #[error("intake writer cannot be started")]
    Writer(#[from] std::io::Error),
}

/// Why a request was not kept. Nothing of it is on disk, unless a commit failed half-way.
#[derive(Debug, thiserror::Error)]
pub enum NotKept {
    #[error("{0} is full")]
    Full(&'static str),
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// The request is on disk under this number, synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kept(pub i64);

/// A kept request on its way to delivery.
#[derive(Clone, Debug)]
pub struct Row {
    pub id: Kept,
    /// `None`: a newer program wrote it.
    pub source: Option<Source>,
    pub received_at: Timestamp,
    pub content_type: Option<String>,
    pub provider_id: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
    pub body: Bytes,
}

impl Row {
    pub fn is_text(&self) -> bool {
        self.source == Some(Source::TwilioSms)
    }
}

impl Journal {
    /// # Errors
    ///
    /// [`OpenError`]; a file that another layout wrote is left as it is.
    pub fn open(path: &Path, limits: Limits) -> Result<Self, OpenError> {
        let connection = open_file(path)?;
        match connection.pragma_query_value(None, "user_version", |row| row.get(0))? {
            0 => {
                let schema = include_str!("schema.sql");
                connection.execute_batch(&format!("BEGIN;\n{schema}\nCOMMIT;"))?;
            }
            VERSION => {}
            other => return Err(OpenError::Newer(other)),
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let reader = Connection::open_with_flags(path, flags)?;
        Ok(Self {
            writer: Writer::start("intake", connection)?,
            reader: Arc::new(Mutex::new(reader)),
            limits,
            done: Arc::default(),
            news: Arc::default(),
        })
    }

    /// Keeps a request; with a `reason`, in the quarantine. Returns once it is synced.
    ///
    /// # Errors
    ///
    /// [`NotKept`]: the sender has to be told to come again.
    pub async fn keep(
        &self,
        raw: Raw,
        envelope: Envelope,
        reason: Option<String>,
        now: Timestamp,
    ) -> Result<Kept, NotKept> {
        let limits = self.limits;
        let quarantined = reason.is_some();
        let done = self.done.take(FORGET_ALONG);
        let gone = done.ids().to_vec();
        let news = Arc::clone(&self.news);
        let work = move |db: &Connection, _| {
            // First, since they make room.
            forget(db, &gone).map_err(failed("forgetting delivered requests"))?;
            make_sure_of_room(db, limits, quarantined)?;
            insert(db, &raw, &envelope, reason.as_deref(), now)
                .map_err(|error| failed("keeping a request")(error).into())
        };
        let after = move |_: &Kept| {
            // Here, and not where the caller waits, since callers hang up.
            count("kept");
            if quarantined {
                count("quarantined");
            }
            news.notify_one();
        };
        let kept = self.writer.run_then("keeping a request", work, after).await;
        if kept.is_ok() {
            done.committed();
        }
        kept
    }

    /// Whether a request would be kept now.
    ///
    /// # Errors
    ///
    /// What [`Self::keep`] would answer, as far as one can tell without writing.
    pub async fn ready(&self) -> Result<(), NotKept> {
        let limits = self.limits;
        self.writer.run("looking for room", move |db| make_sure_of_room(db, limits, false)).await
    }

    /// Up to `limit` kept requests after `after`, oldest first, as long as their bodies stay
    /// within `bytes`; at least one, if there is one.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown.
    pub async fn kept_after(
        &self,
        after: Kept,
        limit: usize,
        bytes: usize,
    ) -> Result<Vec<Row>, Unavailable> {
        self.read("reading kept requests", move |db| {
            let mut statement = db.prepare_cached(
                "SELECT id, source, received_at, sender, receiver, body, content_type, \
                 provider_id FROM intake \
                 WHERE state = 'kept' AND id > ?1 ORDER BY id LIMIT ?2",
            )?;
            let mut found = statement.query(params![after.0, limit as i64])?;
            let (mut rows, mut sum) = (vec![], 0);
            while let Some(row) = found.next()? {
                let row = read_row(row)?;
                sum += row.body.len();
                if sum > bytes && !rows.is_empty() {
                    break;
                }
                rows.push(row);
            }
            Ok(rows)
        })
        .await
    }

    /// How many requests are kept and not delivered.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown.
    pub async fn depth(&self) -> Result<u64, Unavailable> {
        let sql = "SELECT count FROM totals WHERE state = 'kept'";
        let count = |db: &Connection| db.query_row(sql, [], |row| row.get::<_, i64>(0));
        let count = self.read("counting kept requests", count).await?;
        Ok(u64::try_from(count).unwrap_or_default().saturating_sub(self.done.len() as u64))
    }

    /// This request is delivered and need not be kept; it is deleted with some later commit, or
    /// by [`Self::forget`]. If neither comes to pass, it is delivered again after a restart.
    pub fn done(&self, id: Kept) {
        self.done.add(id);
    }

    /// Delivered requests that are still on disk.
    pub fn unforgotten(&self) -> usize {
        self.done.len()
    }

    /// Deletes what is delivered now.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: it stays marked as delivered, and this can be called again.
    pub async fn forget(&self) -> Result<(), Unavailable> {
        let during = "forgetting delivered requests";
        let done = self.done.take(usize::MAX);
        let gone = done.ids().to_vec();
        if !gone.is_empty() {
            self.writer.run(during, move |db| forget(db, &gone).map_err(failed(during))).await?;
        }
        done.committed();
        Ok(())
    }

    /// Returns when something was kept or released since the last call.
    pub async fn news(&self) {
        self.news.notified().await;
    }

    pub(super) fn tell(&self) -> impl FnOnce() + Send + use<> {
        let news = Arc::clone(&self.news);
        move || news.notify_one()
    }

    pub(super) async fn read<T: Send + 'static>(
        &self,
        during: &'static str,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Unavailable> {
        let reader = Arc::clone(&self.reader);
        tokio::task::spawn_blocking(move || work(&reader.lock()))
            .await
            .map_err(|error| Unavailable::new(during, error))?
            .map_err(failed(during))
    }
}

pub(super) fn failed(during: &'static str) -> impl Fn(rusqlite::Error) -> Unavailable {
    move |error| Unavailable::new(during, error)
}

#[cfg(test)]
mod tests;
