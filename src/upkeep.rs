//! What happens because time passes. Each does what it finds due and sleeps again; nothing depends
//! on a timer having run, since what is due is read from the store.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actors::domain::Timestamp;
use actors::engine::Engine;
use actors::ports::Unavailable;
use futures_util::future::join_all;

use crate::settings::Settings;

/// How late a user may learn that a snooze is over.
const SNOOZES: Duration = Duration::from_secs(1);
/// How late a scheduled message may be sent.
const SCHEDULED: Duration = Duration::from_secs(1);
/// How long what a crash left half-written may stay so, if nobody looks at it.
const BROKEN_OFF: Duration = Duration::from_secs(5);
/// Commits finished in one go.
const FINISHED_AT_ONCE: usize = 100;
/// How often what was committed comes into the index of words; who searches does not wait for it.
const INDEXING: Duration = Duration::from_secs(1);
/// Messages that are indexed in one go: commits wait for some milliseconds at most.
const INDEXED_AT_ONCE: usize = 64;
/// How much longer than asked a communication may wait for the sweep.
const SWEEPS: Duration = Duration::from_secs(5);
/// How long whoever changes a context has to spread it before upkeep does, and how late a label
/// leaves those who had it besides the first ones.
const SPREADING: Duration = Duration::from_secs(5);
/// How much longer than asked the log is kept.
const RETENTION: Duration = Duration::from_secs(600);
type Forever = Pin<Box<dyn Future<Output = ()>>>;

/// Upkeep. It never ends by itself; dropped, it goes on where it was when it is begun anew.
pub async fn run(engine: Engine, settings: &Settings) {
    let (sweep_after, retention) = (settings.recovery.sweep_after, settings.recovery.retention);
    let for_webhooks = retention.max(settings.webhooks.retention);
    let snoozes = every("ending snoozes", SNOOZES, &engine, |engine| async move {
        while engine.wake_snoozed().await? > 0 {}
        Ok(())
    });
    let scheduled = every("sending what was scheduled", SCHEDULED, &engine, |engine| async move {
        while engine.send_scheduled().await? > 0 {}
        Ok(())
    });
    let broken_off = every("finishing what broke off", BROKEN_OFF, &engine, |engine| async move {
        while engine.store.finish_commits(FINISHED_AT_ONCE).await? > 0 {}
        Ok(())
    });
    let sweeps = every(
        "delivering what was never emitted",
        SWEEPS.min(sweep_after),
        &engine,
        move |engine| async move {
            engine.sweep_forgotten(before(&engine, sweep_after)).await.map(|_| ())
        },
    );
    let log = every(
        "forgetting the old log",
        RETENTION.min(retention),
        &engine,
        move |engine| async move {
            let subscribed = engine.store.any_subscription().await?;
            let retention = if subscribed { for_webhooks } else { retention };
            engine.store.forget_before(before(&engine, retention)).await?;
            engine.store.forget_numbers(engine.store.floor().await?).await
        },
    );
    let indexed = every("indexing what can be searched", INDEXING, &engine, |engine| async move {
        while engine.store.index_waiting(INDEXED_AT_ONCE).await? > 0 {
            tokio::task::yield_now().await;
        }
        Ok(())
    });
    let labels = every("taking away labels", SPREADING, &engine, |engine| async move {
        while engine.strip_retired_labels().await? > 0 {}
        Ok(())
    });
    let contexts = every("spreading contexts", SPREADING, &engine, |engine| async move {
        while engine.spread_contexts(before(&engine, SPREADING)).await? > 0 {}
        Ok(())
    });
    let kept = settings.trace.retention;
    let hops =
        every("forgetting old hops", RETENTION.min(kept), &engine, move |engine| async move {
            engine.store.forget_hops(before(&engine, kept)).await?;
            // Not before the log: as long as it can be read again, decisions have to be known.
            engine.store.forget_pushes(before(&engine, kept.max(for_webhooks))).await
        });
    join_all([snoozes, scheduled, broken_off, sweeps, log, indexed, labels, contexts, hops]).await;
}

fn before(engine: &Engine, age: Duration) -> Timestamp {
    let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
    Timestamp(engine.clock.now().0.saturating_sub(age))
}

fn every<F: Future<Output = Result<(), Unavailable>>>(
    what: &'static str,
    pause: Duration,
    engine: &Engine,
    work: impl Fn(Engine) -> F + 'static,
) -> Forever {
    let engine = engine.clone();
    Box::pin(async move {
        loop {
            tokio::time::sleep(pause).await;
            if let Err(error) = work(engine.clone()).await {
                tracing::warn!(%error, what, "upkeep put off");
            }
        }
    })
}
