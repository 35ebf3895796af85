//! The embedded store: one SQLite file, one thread that writes, a few that read.
//!
//! | file | what |
//! |---|---|
//! | `writer`, `readers` | the threads; know no schema |
//! | `file`, `schema.sql`, `archive.sql`, `push.sql`, `migrations` | the database file and its form |
//! | `columns`, `message_row`, `conversation_row`, `people_rows` | between rows and the domain |
//! | `conversations`, `history`, `inbox`, `log`, `people`, `communications`, `outbox`, `consent`, `scheduled`, `archive`, `labels` | a port each |
//! | `prospects`, with `prospect_rows` and `prospect_pages` | a port |
//! | `pushes`, `hops`, `subscriptions`, `event_numbers`, `leases`, `export`, `team_inbox`, `team_keys`, `search` (with `search_index`) | a port each |
mod archive;
mod columns;
mod communications;
mod consent;
mod conversation_row;
mod conversations;
mod event_numbers;
mod export;
mod file;
mod history;
mod hops;
mod inbox;
mod labels;
mod leases;
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
mod search;
mod search_index;
mod steps;
mod subscriptions;
mod team_inbox;
mod team_keys;
mod writer;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use actors::Watermark;
use actors::domain::Position;
use actors::ports::{Clock, Unavailable};
use rusqlite::Connection;

pub use file::{FileError, open_file};
pub use migrations::MigrateError;
pub use readers::Readers;
pub use writer::Writer;

use people::PeopleTables;

use super::people_cache::{ENTRIES, PeopleCache};

/// All ports on one file. The fields are dropped in this order: the lock goes last.
pub struct Sqlite {
    people: PeopleCache<PeopleTables>,
    writer: Arc<Writer>,
    readers: Arc<Readers>,
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
        Ok(Self::new(writer, readers, tail, clock, Some(lock)))
    }

    /// Opens a store that another program may have open, to read it: whatever would write fails.
    ///
    /// # Errors
    ///
    /// [`SqliteError`] says which step failed; a file of another form is left alone.
    pub fn open_beside(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, SqliteError> {
        let connection = file::open_reader(path);
        let connection = connection.map_err(|error| SqliteError::Start(error.into()))?;
        Self::beside(connection, path, clock)
    }

    /// The same, to write what is neither a conversation nor told to anybody: of such commits the
    /// other program need not know.
    ///
    /// # Errors
    ///
    /// As [`Self::open_beside`].
    pub fn write_beside(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, SqliteError> {
        Self::beside(open_file(path)?, path, clock)
    }

    fn beside(
        connection: Connection,
        path: &Path,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SqliteError> {
        let start = |error: rusqlite::Error| SqliteError::Start(error.into());
        if !migrations::is_current(&connection).map_err(start)? {
            return Err(SqliteError::OtherForm);
        }
        let tail = log::tail(&connection).map_err(start)?;
        let readers = Readers::start(path).map_err(SqliteError::Start)?;
        let writer =
            Writer::start("none", connection).map_err(|error| SqliteError::Start(error.into()))?;
        Ok(Self::new(writer, readers, tail, clock, None))
    }

    fn new(
        writer: Writer,
        readers: Readers,
        tail: Position,
        clock: Arc<dyn Clock>,
        lock: Option<File>,
    ) -> Self {
        let (writer, readers) = (Arc::new(writer), Arc::new(readers));
        let tables = PeopleTables {
            writer: Arc::clone(&writer),
            readers: Arc::clone(&readers),
            clock: Arc::clone(&clock),
        };
        let (people, watermark) =
            (PeopleCache::new(tables), Arc::new(Watermark::starting_at(tail)));
        Self { people, writer, readers, watermark, clock, _lock: lock }
    }

    /// Reads users before anybody else could, as many as are remembered.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: they were not read, or one makes no sense. Whoever is needed is read then.
    pub async fn read_users_ahead(&self) -> Result<(), Unavailable> {
        self.people.begin_with(self.people.inner().some_users(ENTRIES).await?);
        Ok(())
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
