//! Brings a database file to the form this program knows.
use rusqlite::Connection;

/// Step `n` leads from version `n` to `n + 1`. Steps are only ever added.
const STEPS: &[&str] = &[
    include_str!("schema.sql"),
    include_str!("archive.sql"),
    include_str!("scheduled.sql"),
    include_str!("push.sql"),
    include_str!("subscriptions.sql"),
    include_str!("team.sql"),
    include_str!("team_keys.sql"),
    include_str!("search.sql"),
    include_str!("prospects.sql"),
    include_str!("event_numbers.sql"),
];

#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// Nothing was changed.
    #[error("database is of version {found}, this program knows versions up to {known}")]
    Newer { found: usize, known: usize },
    /// The steps before the one that failed are done.
    #[error("database could not be brought to version {to}")]
    Failed {
        to: usize,
        #[source]
        source: rusqlite::Error,
    },
}

/// Whether a file has just the form this program knows.
///
/// # Errors
///
/// As SQLite has it.
pub fn is_current(connection: &Connection) -> Result<bool, rusqlite::Error> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(usize::try_from(found) == Ok(STEPS.len()))
}

/// # Errors
///
/// [`MigrateError`], as each variant says.
pub fn migrate(connection: &Connection) -> Result<(), MigrateError> {
    let found: i64 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(|source| MigrateError::Failed { to: 0, source })?;
    // A negative version is none of ours.
    let found = usize::try_from(found).unwrap_or(usize::MAX);
    if found > STEPS.len() {
        return Err(MigrateError::Newer { found, known: STEPS.len() });
    }
    for (to, step) in (1..).zip(STEPS).skip(found) {
        take(connection, to, step).map_err(|source| MigrateError::Failed { to, source })?;
    }
    Ok(())
}

fn take(connection: &Connection, to: usize, step: &str) -> Result<(), rusqlite::Error> {
    let transaction = connection.unchecked_transaction()?;
    transaction.execute_batch(step)?;
    transaction.pragma_update(None, "user_version", i64::try_from(to).unwrap_or(i64::MAX))?;
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_migrated_once() {
        let connection = Connection::open_in_memory().unwrap();

        migrate(&connection).unwrap();
        connection.execute("INSERT INTO accounts VALUES ('a', 'A', NULL)", []).unwrap();
        migrate(&connection).unwrap();

        let accounts: i64 =
            connection.query_row("SELECT count(*) FROM accounts", [], |row| row.get(0)).unwrap();
        assert_eq!(accounts, 1);
    }

    #[test]
    fn a_file_of_a_newer_program_is_refused_and_left_alone() {
        let connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();

        let error = migrate(&connection).unwrap_err();

        assert_eq!(
            error.to_string(),
            format!("database is of version 99, this program knows versions up to {}", STEPS.len())
        );
        let tables: i64 = connection
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .unwrap();
        assert_eq!(tables, 0);
    }
}
