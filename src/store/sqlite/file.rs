//! A database file as we want it: private, in WAL mode, synced at every commit.
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

/// How long a statement waits for another process's lock before it fails.
const BUSY: Duration = Duration::from_secs(5);
/// Prepared statements a connection keeps; more than any one port has.
const STATEMENTS: usize = 128;
/// Pages kept in memory, in KiB (negative, as SQLite wants it): room for what a batch touches.
/// With SQLite's own 2 MiB a batch of hundreds spills, and costs three times as much.
const WRITER_CACHE: i64 = -64 * 1024;
const READER_CACHE: i64 = -8 * 1024;
/// Pages (of 4 KiB) in the WAL before they are written back to the file. SQLite's own 1,000 are
/// a single batch, so that each would pay for a second sync.
const CHECKPOINT: i64 = 8_192;

/// Why a database file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("database file cannot be created")]
    Create(#[from] std::io::Error),
    #[error("database file cannot be opened")]
    Open(#[from] rusqlite::Error),
    /// Some file systems (most network ones) cannot share the memory that WAL needs.
    #[error("database file cannot be put into WAL mode")]
    NoWal,
}

/// Opens a file for its one [`super::Writer`], and creates it, readable by its owner only.
///
/// # Errors
///
/// [`FileError`] says which step failed. A file may have been created.
pub fn open_file(path: &Path) -> Result<Connection, FileError> {
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::create_dir_all(parent)?;
    }
    // SQLite gives its -wal and -shm files the mode of this one. One that is there is not touched:
    // closing it would end the locks that this process may hold on it (fcntl).
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error.into()),
        _ => {}
    }
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY)?;
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    if mode != "wal" {
        return Err(FileError::NoWal);
    }
    // FULL syncs the WAL at every commit: what was answered survives a power cut. With grouped
    // commits NORMAL is no faster.
    connection.pragma_update(None, "synchronous", "full")?;
    // What a savepoint would be rolled back to is written down at each first touch of a page, for every
    // piece of work anew. In a file, that costs more than the work.
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.pragma_update(None, "cache_size", WRITER_CACHE)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Claims a database for this process until what is returned is dropped; `None` when another
/// holds it. A file beside the database, since SQLite's own locks tell readers from writers only.
///
/// # Errors
///
/// The lock file cannot be made.
pub(super) fn lock(path: &Path) -> std::io::Result<Option<File>> {
    let mut name = path.as_os_str().to_owned();
    name.push("-lock");
    let lock =
        OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(name)?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Opens a file that [`open_file`] made, to read it beside its writer.
///
/// # Errors
///
/// As SQLite has it.
pub(super) fn open_reader(path: &Path) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "cache_size", READER_CACHE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_new_file_and_what_sqlite_puts_beside_it_are_their_owners_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep/er/switchboard.db");

        let connection = open_file(&path).unwrap();
        connection.execute_batch("CREATE TABLE t (x)").unwrap();

        for name in ["switchboard.db", "switchboard.db-wal", "switchboard.db-shm"] {
            let mode = fs::metadata(path.with_file_name(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }
}
