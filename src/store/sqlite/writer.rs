//! One thread, one connection: what queues up while a commit is synced is committed together.
//!
//! A sync costs the same for one piece of work as for hundreds, so that grouping is what makes
//! single commits durable and many of them fast. Knows nothing of any schema.
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Instant;

use actors::ports::Unavailable;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

/// Pieces of work that may wait. When they do, one more is answered with "writer is full".
const QUEUE: usize = 8_192;
/// Pieces of work in one transaction, so that the first of them does not wait too long.
const BATCH: usize = 512;

/// The only one who writes to a database file.
///
/// Dropping it waits until everything it took in is committed.
pub struct Writer {
    /// `None` only while it is dropped.
    queue: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<thread::JoinHandle<()>>,
}

#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("writer is full")]
    Full,
    #[error("writer has ended")]
    Ended,
    #[error("work panicked")]
    Panicked,
    #[error("transaction was not committed")]
    NotCommitted,
}

impl Writer {
    /// `name` tells writers apart in metrics and among threads: "store", "intake".
    ///
    /// # Errors
    ///
    /// The thread could not be started.
    pub fn start(name: &'static str, connection: Connection) -> std::io::Result<Self> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let thread = thread::Builder::new()
            .name(format!("{name}-writer"))
            .spawn(move || write(name, &connection, jobs))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Does a piece of work in a transaction and answers once that is committed and synced.
    ///
    /// Work that returns an error leaves nothing behind; work beside it is not touched. Work is
    /// done in the order it came in, even if its caller has stopped waiting. It must not end the
    /// transaction, and should be short: everybody waits for it.
    ///
    /// # Errors
    ///
    /// What `work` returned; or an [`Unavailable`] with `during`: nothing was kept, or, when the
    /// commit itself failed, it is not known.
    pub async fn run<T, E>(
        &self,
        during: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Unavailable> + Send + 'static,
    {
        self.run_then(during, work, |_| ()).await
    }

    /// The same; `after` is called on the writer's thread when the work is committed, in the
    /// order of work, and before anybody is answered. If it is not committed, it is not called.
    ///
    /// # Errors
    ///
    /// As for [`Writer::run`].
    pub async fn run_then<T, E>(
        &self,
        during: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        after: impl FnOnce(&T) + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Unavailable> + Send + 'static,
    {
        let ended = || E::from(Unavailable::new(during, Trouble::Ended));
        let (answer, answered) = oneshot::channel();
        let (work, after) = (Some(work), Some(after));
        let job = Box::new(Work { during, work, after, outcome: None, answer });
        match self.queue.as_ref().ok_or_else(ended)?.try_send(job) {
            Ok(()) => answered.await.unwrap_or_else(|_| Err(ended())),
            Err(mpsc::error::TrySendError::Full(_)) => {
                Err(Unavailable::new(during, Trouble::Full).into())
            }
            Err(mpsc::error::TrySendError::Closed(_)) => Err(ended()),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

/// A piece of work, whatever it returns.
trait Job: Send {
    /// Whether its work may be kept.
    fn work(&mut self, connection: &Connection) -> bool;
    fn committed(&mut self);
    fn answer(self: Box<Self>, committed: bool);
}

struct Work<T, E, W, A> {
    during: &'static str,
    work: Option<W>,
    after: Option<A>,
    outcome: Option<Result<T, E>>,
    answer: oneshot::Sender<Result<T, E>>,
}

impl<T, E, W, A> Job for Work<T, E, W, A>
where
    T: Send,
    E: From<Unavailable> + Send,
    W: FnOnce(&Connection) -> Result<T, E> + Send,
    A: FnOnce(&T) + Send,
{
    fn work(&mut self, connection: &Connection) -> bool {
        let Some(work) = self.work.take() else { return false };
        let outcome = catch_unwind(AssertUnwindSafe(|| work(connection)))
            .unwrap_or_else(|_| Err(Unavailable::new(self.during, Trouble::Panicked).into()));
        self.outcome.insert(outcome).is_ok()
    }

    fn committed(&mut self) {
        if let (Some(Ok(kept)), Some(after)) = (&self.outcome, self.after.take()) {
            after(kept);
        }
    }

    fn answer(self: Box<Self>, committed: bool) {
        // An error, too, may speak of what others of the same transaction wrote.
        let outcome = self
            .outcome
            .filter(|_| committed)
            .unwrap_or_else(|| Err(Unavailable::new(self.during, Trouble::NotCommitted).into()));
        let _ = self.answer.send(outcome);
    }
}

fn write(name: &'static str, connection: &Connection, mut jobs: mpsc::Receiver<Box<dyn Job>>) {
    let mut batch = Vec::with_capacity(BATCH);
    while let Some(first) = jobs.blocking_recv() {
        batch.push(first);
        while batch.len() < BATCH
            && let Ok(next) = jobs.try_recv()
        {
            batch.push(next);
        }
        metrics::histogram!("switchboard_store_batch_size", "writer" => name)
            .record(batch.len() as f64);
        let committed = match commit(name, connection, &mut batch) {
            Ok(()) => true,
            Err(error) => {
                metrics::counter!("switchboard_store_failed_commits_total", "writer" => name)
                    .increment(1);
                tracing::error!(writer = name, %error, jobs = batch.len(), "commit failed");
                if !connection.is_autocommit() {
                    let _ = connection.execute_batch("ROLLBACK");
                }
                false
            }
        };
        if committed {
            batch.iter_mut().for_each(|job| job.committed());
        }
        batch.drain(..).for_each(|job| job.answer(committed));
    }
}

fn commit(
    name: &'static str,
    connection: &Connection,
    batch: &mut [Box<dyn Job>],
) -> Result<(), rusqlite::Error> {
    let execute = |sql| connection.prepare_cached(sql)?.execute([]);
    execute("BEGIN IMMEDIATE")?;
    for job in batch {
        execute("SAVEPOINT work")?;
        if !job.work(connection) {
            execute("ROLLBACK TO work")?;
        }
        // A full disk and its like end the transaction under our hands; then this fails, too,
        // and what came before is not taken for kept.
        execute("RELEASE work")?;
    }
    let started = Instant::now();
    execute("COMMIT")?;
    metrics::histogram!("switchboard_store_commit_seconds", "writer" => name)
        .record(started.elapsed().as_secs_f64());
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex, mpsc as blocking};

    use futures_util::FutureExt;

    use super::*;

    fn writer() -> Writer {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (x INTEGER PRIMARY KEY)").unwrap();
        Writer::start("test", connection).unwrap()
    }

    fn failed(error: rusqlite::Error) -> Unavailable {
        Unavailable::new("writing", error)
    }

    async fn insert(writer: &Writer, x: i64) -> Result<i64, Unavailable> {
        let sql = "INSERT INTO t VALUES (?1)";
        let work = move |db: &Connection| db.execute(sql, [x]).map(|_| x).map_err(failed);
        writer.run("writing", work).await
    }

    async fn stored(writer: &Writer) -> Vec<i64> {
        let all = |db: &Connection| -> rusqlite::Result<Vec<i64>> {
            db.prepare("SELECT x FROM t ORDER BY x")?.query_map([], |row| row.get(0))?.collect()
        };
        writer.run("reading", move |db| all(db).map_err(failed)).await.unwrap()
    }

    /// Holds the writer up, so that what comes next forms one batch. Drop the sender to let go.
    async fn held(writer: &Arc<Writer>) -> blocking::Sender<()> {
        let (release, wait) = blocking::channel::<()>();
        let (begun, running) = oneshot::channel();
        let holder = Arc::clone(writer);
        tokio::spawn(async move {
            let work = move |_: &Connection| {
                let _ = begun.send(());
                let _ = wait.recv();
                Ok::<_, Unavailable>(())
            };
            holder.run("holding", work).await
        });
        running.await.unwrap();
        release
    }

    #[tokio::test]
    async fn work_that_fails_or_panics_leaves_nothing_and_its_neighbours_stay() {
        let writer = Arc::new(writer());
        let hold = held(&writer).await;

        let (first, twice, panics, last, ()) = tokio::join!(
            insert(&writer, 1),
            writer.run("writing", |db| {
                db.execute("INSERT INTO t VALUES (7)", []).map_err(failed)?;
                db.execute("INSERT INTO t VALUES (1)", []).map_err(failed)
            }),
            writer.run("writing", |db| -> Result<(), Unavailable> {
                db.execute("INSERT INTO t VALUES (8)", []).map_err(failed)?;
                panic!("on purpose")
            }),
            insert(&writer, 2),
            async { drop(hold) },
        );

        assert_eq!((first.unwrap(), last.unwrap()), (1, 2));
        assert!(twice.is_err() && panics.is_err());
        assert_eq!(stored(&writer).await, [1, 2]);
    }

    #[tokio::test]
    async fn what_follows_a_commit_runs_in_order_and_before_anybody_is_answered() {
        let writer = Arc::new(writer());
        let hold = held(&writer).await;
        let seen = Arc::new(Mutex::new(Vec::new()));

        let ask = |x: i64| {
            let (seen, writer) = (Arc::clone(&seen), &writer);
            async move {
                let at_answer = Arc::clone(&seen);
                let keep = move |_: &Connection| match x {
                    2 => Err(failed(rusqlite::Error::InvalidQuery)),
                    _ => Ok(x),
                };
                let note = move |x: &i64| seen.lock().unwrap().push(*x);
                let _ = writer.run_then("writing", keep, note).await;
                at_answer.lock().unwrap().clone()
            }
        };
        let (a, b, c, ()) = tokio::join!(ask(1), ask(2), ask(3), async { drop(hold) });

        for seen in [a, b, c] {
            assert_eq!(seen, [1, 3], "nothing for the one that failed");
        }
    }

    #[tokio::test]
    async fn a_transaction_that_cannot_be_committed_keeps_nobodys_work() {
        let writer = Arc::new(writer());
        let hold = held(&writer).await;
        let called = Arc::new(Mutex::new(false));
        let call = Arc::clone(&called);

        let (first, ends, last, ()) = tokio::join!(
            writer.run_then(
                "writing",
                |db| db.execute("INSERT INTO t VALUES (1)", []).map_err(failed),
                move |_| *call.lock().unwrap() = true,
            ),
            writer.run("writing", |db| db.execute_batch("ROLLBACK").map_err(failed)),
            insert(&writer, 2),
            async { drop(hold) },
        );

        assert!(first.is_err() && ends.is_err() && last.is_err());
        assert!(!*called.lock().unwrap());
        assert_eq!(stored(&writer).await, [0; 0]);
        assert_eq!(insert(&writer, 3).await.unwrap(), 3, "the next one is not harmed");
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once() {
        let writer = Arc::new(writer());
        let hold = held(&writer).await;
        for x in 0..QUEUE {
            // Polled once, then given up: it was taken in.
            assert!(insert(&writer, x as i64).now_or_never().is_none());
        }

        let error = insert(&writer, -1).await.unwrap_err();

        assert_eq!(error.source.to_string(), "writer is full");
        drop(hold);
    }

    #[tokio::test]
    async fn a_dropped_writer_has_committed_what_it_took_in() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("t.db");
        let connection = crate::store::sqlite::open_file(&path).unwrap();
        connection.execute_batch("CREATE TABLE t (x INTEGER PRIMARY KEY)").unwrap();
        let writer = Writer::start("test", connection).unwrap();

        let _ = insert(&writer, 5).now_or_never();
        drop(writer);

        let again = Writer::start("test", crate::store::sqlite::open_file(&path).unwrap()).unwrap();
        assert_eq!(stored(&again).await, [5]);
    }
}
