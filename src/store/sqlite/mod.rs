//! The embedded store: one SQLite file, one thread that writes, a few that read.
//!
//! | file | what |
//! |---|---|
//! | `writer`, `readers` | the threads; know no schema |
//! | `file`, `schema.sql`, `archive.sql`, `push.sql`, `migrations` | the database file and its form |
//! | `columns`, `message_row`, `conversation_row`, `people_rows` | between rows and the domain |
//! | `conversations`, `history`, `inbox`, `log`, `people`, `communications`, `outbox`, `consent`, `scheduled`, `archive`, `labels` | a port each |
//! | `prospects`, with `prospect_rows` and `prospect_pages` | a port |
//! | `pushes`, `hops`, `subscriptions`, `event_numbers`, `team_inbox` | a port each |
mod archive;
mod columns;
mod communications;
mod consent;
mod conversation_row;
mod conversations;
mod event_numbers;
mod file;
mod history;
mod hops;
mod inbox;
mod labels;
mod log;
mod message_row;
mod migrations;
mod outbox;
mod people;
mod people_rows;
#[cfg(test)]
mod plans;
mod prospect_pages;
mod prospect_rows;
mod prospects;
mod pushes;
mod readers;
mod scheduled;
mod subscriptions;
mod team_inbox;
mod writer;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use actors::Watermark;
use actors::ports::Clock;

pub use file::{FileError, open_file};
pub use migrations::MigrateError;
pub use readers::Readers;
pub use writer::Writer;

/// All ports on one file. The fields are dropped in this order: the lock goes last.
pub struct Sqlite {
    writer: Writer,
    readers: Readers,
    watermark: Arc<Watermark>,
    clock: Arc<dyn Clock>,
    /// Unset: opened beside the program that holds it.
    _lock: Option<File>,
}

#[derive(Debug, thiserror::Error)]
pub enum SqliteError {
    #[error(transparent)]
    File(#[from] FileError),
    /// Two programs on one file would not know of each other's commits.
    #[error("database is in use by another program")]
    InUse,
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    #[error("database is of another version than this program")]
    OtherForm,
    #[error("database threads could not be started")]
    Start(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Sqlite {
    /// Opens the store in a file, which is created if it is not there.
    ///
    /// # Errors
    ///
    /// [`SqliteError`] says which step failed.
    pub fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, SqliteError> {
        let connection = open_file(path)?;
        let lock = file::lock(path).map_err(FileError::from)?.ok_or(SqliteError::InUse)?;
        migrations::migrate(&connection)?;
        let tail = log::tail(&connection).map_err(|error| SqliteError::Start(error.into()))?;
        let readers = Readers::start(path).map_err(SqliteError::Start)?;
        let writer =
            Writer::start("store", connection).map_err(|error| SqliteError::Start(error.into()))?;
        let watermark = Arc::new(Watermark::starting_at(tail));
        Ok(Self { writer, readers, watermark, clock, _lock: Some(lock) })
    }

    /// Opens a store that another program may have open, to read it: whatever would write fails.
    ///
    /// # Errors
    ///
    /// [`SqliteError`] says which step failed; a file of another form is left alone.
    pub fn open_beside(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, SqliteError> {
        let start = |error: rusqlite::Error| SqliteError::Start(error.into());
        let connection = file::open_reader(path).map_err(start)?;
        if !migrations::is_current(&connection).map_err(start)? {
            return Err(SqliteError::OtherForm);
        }
        let tail = log::tail(&connection).map_err(start)?;
        let readers = Readers::start(path).map_err(SqliteError::Start)?;
        let writer =
            Writer::start("none", connection).map_err(|error| SqliteError::Start(error.into()))?;
        let watermark = Arc::new(Watermark::starting_at(tail));
        Ok(Self { writer, readers, watermark, clock, _lock: None })
    }

    /// Begins at the newest position of the file; every commit is named to it.
    pub fn watermark(&self) -> &Arc<Watermark> {
        &self.watermark
    }
}

#[cfg(test)]
mod tests {
    use actors::domain::{ConversationId, Timestamp};
    use actors::ports::Conversations;

    use super::*;

    struct Never;

    impl Clock for Never {
        fn now(&self) -> Timestamp {
            Timestamp::default()
        }
    }

    #[tokio::test]
    async fn a_row_that_makes_no_sense_is_an_error_that_does_not_repeat_it() {
        let directory = tempfile::tempdir().unwrap();
        let sqlite = Sqlite::open(&directory.path().join("s.db"), Arc::new(Never)).unwrap();
        let spoil = "\
            INSERT INTO conversationprospects (id, account, contact, channel, version, image, \
                is_open, starred, created_at, updated_at, last_seq, last_at, at, at_manual) \
            VALUES ('c', 'a', 'b', 'sms', 1, '\"no list\"', 1, 0, 0, 0, 0, 0, 0, 0)";
        let failed = |error| actors::ports::Unavailable::new("spoiling", error);
        sqlite.writer.run("", move |db| db.execute_batch(spoil).map_err(failed)).await.unwrap();

        let error = sqlite.load(&ConversationId::parse("c").unwrap()).await.unwrap_err();

        assert_eq!(error.during, "reading");
        assert!(!error.source.to_string().contains("no list"));
    }
}
