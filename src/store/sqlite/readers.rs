//! A few threads with a read-only connection each, fed from one bounded queue.
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::Instant;

use actors::ports::Unavailable;
use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::file::open_reader;

/// Questions that may wait. When they do, one more is answered with "readers are full".
const QUEUE: usize = 4_096;
/// Readers do not wait for each other or for the writer; a question takes 20 to 50 µs.
const THREADS: usize = 4;

type Question = Box<dyn FnOnce(&Connection) + Send>;

/// Answers questions beside the writer. Each sees all that was committed before it was asked.
pub struct Readers {
    /// `None` only while they are dropped.
    queue: Option<SyncSender<Question>>,
    threads: Vec<thread::JoinHandle<()>>,
}

#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("readers are full")]
    Full,
    #[error("reader has ended")]
    Ended,
}

impl Readers {
    /// Reads a file that a writer has opened and migrated.
    ///
    /// # Errors
    ///
    /// A connection could not be opened or a thread not started.
    pub fn start(path: &Path) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let (queue, questions) = sync_channel(QUEUE);
        let questions = Arc::new(Mutex::new(questions));
        let mut readers = Self { queue: Some(queue), threads: Vec::new() };
        for _ in 0..THREADS {
            let connection = open_reader(path)?;
            let questions = Arc::clone(&questions);
            let thread = thread::Builder::new()
                .name("store-reader".into())
                .spawn(move || answer(&connection, &questions))?;
            readers.threads.push(thread);
        }
        Ok(readers)
    }

    /// Asks one question; `operation` names it in metrics.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: reading failed, or what was read made no sense.
    pub async fn run<T: Send + 'static>(
        &self,
        operation: &'static str,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Unavailable> {
        let unavailable = |trouble| Unavailable::new("reading", trouble);
        let started = Instant::now();
        let (answer, answered) = oneshot::channel();
        let question: Question = Box::new(move |connection| {
            let _ = answer.send(read(connection));
        });
        let queue = self.queue.as_ref().ok_or_else(|| unavailable(Trouble::Ended))?;
        queue.try_send(question).map_err(|error| {
            unavailable(match error {
                TrySendError::Full(_) => Trouble::Full,
                TrySendError::Disconnected(_) => Trouble::Ended,
            })
        })?;
        let answer = answered.await.map_err(|_| unavailable(Trouble::Ended))?;
        metrics::histogram!("switchboard_store_read_seconds", "operation" => operation)
            .record(started.elapsed().as_secs_f64());
        answer.map_err(|error| Unavailable::new("reading", error))
    }
}

/// Several questions, one picture.
pub fn in_one_picture<T>(
    db: &Connection,
    read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    // Not rusqlite's transactions, which have SQLite parse BEGIN and COMMIT every time.
    db.prepare_cached("BEGIN")?.execute([])?;
    let answer = catch_unwind(AssertUnwindSafe(|| read(db)));
    let ended = db.prepare_cached("COMMIT").and_then(|mut end| end.execute([]));
    let answer = answer.unwrap_or_else(|panic| resume_unwind(panic))?;
    ended.map(|_| answer)
}

impl Drop for Readers {
    fn drop(&mut self) {
        drop(self.queue.take());
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn answer(connection: &Connection, questions: &Mutex<Receiver<Question>>) {
    loop {
        // One waits inside for the queue, the others for the one; either wakes a single thread.
        let Ok(question) = questions.lock().recv() else { return };
        // A question that panics costs its own answer, not a reader.
        if catch_unwind(AssertUnwindSafe(|| question(connection))).is_err() {
            tracing::error!("a question to the store panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> (tempfile::TempDir, Connection, Readers) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("t.db");
        let connection = super::super::open_file(&path).unwrap();
        connection.execute_batch("CREATE TABLE t (x INTEGER)").unwrap();
        let readers = Readers::start(&path).unwrap();
        (directory, connection, readers)
    }

    fn count(db: &Connection) -> rusqlite::Result<i64> {
        db.prepare_cached("SELECT count(*) FROM t")?.query_row([], |row| row.get(0))
    }

    #[tokio::test]
    async fn readers_see_what_was_committed_before_and_survive_a_panic() {
        let (_directory, connection, readers) = file();
        for _ in 0..2 * THREADS {
            let outcome =
                readers.run("panics", |_| -> rusqlite::Result<()> { panic!("on purpose") });
            assert!(outcome.await.is_err());
        }

        for committed in 1..=20 {
            connection.execute("INSERT INTO t VALUES (1)", []).unwrap();
            assert_eq!(readers.run("count", count).await.unwrap(), committed);
        }
    }

    #[tokio::test]
    async fn a_picture_ends_also_when_what_looks_at_it_fails_or_panics() {
        let (_directory, connection, readers) = file();
        for _ in 0..2 * THREADS {
            let fails = |_: &Connection| Err::<(), _>(rusqlite::Error::InvalidQuery);
            let outcome = readers.run("fails", move |db| in_one_picture(db, fails));
            assert!(outcome.await.is_err());
            let panics = |_: &Connection| -> rusqlite::Result<()> { panic!("on purpose") };
            let outcome = readers.run("panics", move |db| in_one_picture(db, panics));
            assert!(outcome.await.is_err());
        }

        connection.execute("INSERT INTO t VALUES (1)", []).unwrap();

        for _ in 0..2 * THREADS {
            let seen = readers.run("count", |db| in_one_picture(db, count)).await.unwrap();
            assert_eq!(seen, 1);
        }
    }

    #[tokio::test]
    async fn readers_cannot_write() {
        let (_directory, _connection, readers) = file();

        let write = readers.run("write", |db| db.execute("INSERT INTO t VALUES (1)", [])).await;

        assert!(write.is_err());
        assert_eq!(readers.run("count", count).await.unwrap(), 0);
    }
}
