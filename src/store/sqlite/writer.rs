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

use super::steps::Steps;

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
    /// done in the order it came in, even if its caller has stopped waiting, and perhaps done twice, of
    /// which the first is undone. It must not end the transaction, and should be short: everybody waits
    /// for it.
    ///
    /// # Errors
    ///
    /// What `work` returned; or an [`Unavailable`] with `during`: nothing was kept, or, when the
    /// commit itself failed, it is not known.
    pub async fn run<T, E>(
        &self,
        during: &'static str,
        work: impl Fn(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Unavailable> + Send + 'static,
    {
        self.run_then(during, move |db, _| work(db), |_| ()).await
    }

    /// The same, of work that has steps of its own; `after` is called on the writer's thread when the
    /// work is committed, in the order of work, and before anybody is answered. If it is not
    /// committed, it is not called.
    ///
    /// # Errors
    ///
    /// As for [`Writer::run`].
    pub async fn run_then<T, E>(
        &self,
        during: &'static str,
        work: impl Fn(&Connection, Steps) -> Result<T, E> + Send + 'static,
        after: impl FnOnce(&T) + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Unavailable> + Send + 'static,
    {
        let ended = || E::from(Unavailable::new(during, Trouble::Ended));
        let (answer, answered) = oneshot::channel();
        let after = Some(after);
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
    /// The error says that its work is not to be kept.
    fn work(&mut self, connection: &Connection, steps: Steps) -> Result<(), ()>;
    fn committed(&mut self);
    fn answer(self: Box<Self>, committed: bool);
}

struct Work<T, E, W, A> {
    during: &'static str,
    work: W,
    after: Option<A>,
    outcome: Option<Result<T, E>>,
    answer: oneshot::Sender<Result<T, E>>,
}

impl<T, E, W, A> Job for Work<T, E, W, A>
where
    T: Send,
    E: From<Unavailable> + Send,
    W: Fn(&Connection, Steps) -> Result<T, E> + Send,
    A: FnOnce(&T) + Send,
{
    fn work(&mut self, connection: &Connection, steps: Steps) -> Result<(), ()> {
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.work)(connection, steps)))
            .unwrap_or_else(|_| Err(Unavailable::new(self.during, Trouble::Panicked).into()));
        self.outcome.insert(outcome).as_ref().map(drop).map_err(drop)
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

/// Whether all that is left is what may be kept.
fn work(
    connection: &Connection,
    batch: &mut [Box<dyn Job>],
    steps: Steps,
) -> Result<bool, rusqlite::Error> {
    for job in batch {
        if steps.take(connection, || job.work(connection, steps))?.is_none() {
            return Ok(false);
        }
        // Ended under our hands: the commit will say so, and nothing more may be written by itself.
        if connection.is_autocommit() {
            break;
        }
    }
    Ok(true)
}

fn commit(
    name: &'static str,
    connection: &Connection,
    batch: &mut [Box<dyn Job>],
) -> Result<(), rusqlite::Error> {
    let execute = |sql| connection.prepare_cached(sql)?.execute([]);
    execute("BEGIN IMMEDIATE")?;
    if !work(connection, batch, Steps::Together)? {
        metrics::counter!("switchboard_store_batches_redone_total", "writer" => name).increment(1);
        execute("ROLLBACK")?;
        execute("BEGIN IMMEDIATE")?;
        work(connection, batch, Steps::Apart)?;
    }
    let started = Instant::now();
    execute("COMMIT")?;
    metrics::histogram!("switchboard_store_commit_seconds", "writer" => name)
        .record(started.elapsed().as_secs_f64());
    Ok(())
}

#[cfg(test)]
mod tests;
