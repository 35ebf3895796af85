//! How work that fails is undone.
use rusqlite::{Connection, Result};

/// Most work fails before it changes anything, if at all. A savepoint has SQLite copy each page that
/// is touched behind it, for every piece of work anew, and costs as much as the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steps {
    /// With everything else in its transaction, all of which is then done again, apart.
    Together,
    /// By itself, back to a savepoint.
    Apart,
}

impl Steps {
    /// Takes a step of which nothing is to be left if it fails. `None`: something is left, and the
    /// transaction has to be undone.
    ///
    /// # Errors
    ///
    /// The transaction is over, or cannot go on.
    pub fn take<T, E>(
        self,
        db: &Connection,
        step: impl FnOnce() -> Result<T, E>,
    ) -> Result<Option<Result<T, E>>> {
        let execute = |sql| db.prepare_cached(sql)?.execute([]);
        match self {
            Self::Together => {
                let before = db.total_changes();
                let outcome = step();
                Ok(Some(outcome).filter(|outcome| outcome.is_ok() || db.total_changes() == before))
            }
            Self::Apart => {
                execute("SAVEPOINT step")?;
                let outcome = step();
                if outcome.is_err() {
                    execute("ROLLBACK TO step")?;
                }
                // A full disk and its like end the transaction under our hands; then this fails, too,
                // and what came before is not taken for kept.
                execute("RELEASE step")?;
                Ok(Some(outcome))
            }
        }
    }
}
