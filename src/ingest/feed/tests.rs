use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use actors::domain::Timestamp;
use futures_util::future::join_all;
use parking_lot::Mutex;
use tempfile::TempDir;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

use super::*;
use crate::http::testing::FixedClock;
use crate::ingest::{Envelope, Limits, NotDelivered, Outcome, Raw, Source};

/// Stands in for the engine: the body is both the provider's id and what to do with it.
#[derive(Default)]
struct Fake {
    /// What stands in conversations: each once.
    stored: Mutex<Vec<String>>,
    attempts: AtomicUsize,
    away: AtomicUsize,
    /// `held` bodies wait for this.
    gate: Notify,
    progress: Notify,
    longest_run: AtomicUsize,
    /// Says nothing the next time.
    silent: AtomicBool,
}

#[async_trait::async_trait]
impl Deliver for Fake {
    async fn deliver(&self, rows: &[Row]) -> Vec<Outcome> {
        self.longest_run.fetch_max(rows.len(), Ordering::SeqCst);
        let mut outcomes = Vec::new();
        if self.silent.swap(false, Ordering::SeqCst) {
            return outcomes;
        }
        for row in rows {
            outcomes.push(self.deliver_one(row).await);
            if matches!(outcomes.last(), Some(Err(NotDelivered::Later(_)))) {
                break;
            }
        }
        outcomes
    }
}

impl Fake {
    async fn deliver_one(&self, row: &Row) -> Outcome {
        let body = String::from_utf8(row.body.to_vec()).unwrap();
        self.attempts.fetch_add(1, Ordering::SeqCst);
        self.progress.notify_one();
        if body.contains("poison") {
            panic!("on purpose");
        }
        if body.contains("never") {
            return Err(NotDelivered::Never("unreadable".into()));
        }
        if body.contains("held") {
            self.gate.notified().await;
        }
        if self.away.load(Ordering::SeqCst) > 0 {
            self.away.fetch_sub(1, Ordering::SeqCst);
            return Err(NotDelivered::Later("store is away".into()));
        }
        // Others get a turn, so that order is not an accident.
        tokio::task::yield_now().await;
        let mut stored = self.stored.lock();
        if stored.contains(&body) {
            return Ok(Delivered::Duplicate);
        }
        stored.push(body);
        drop(stored);
        self.progress.notify_one();
        Ok(Delivered::Stored)
    }
}

struct Stage {
    journal: Arc<Journal>,
    fake: Arc<Fake>,
    directory: TempDir,
}

impl Stage {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self { journal: open(&directory), fake: Arc::default(), directory }
    }

    async fn keep(&self, from: &str, body: &str) -> Kept {
        self.keep_from(Source::TwilioSms, from, body).await
    }

    async fn keep_from(&self, source: Source, from: &str, body: &str) -> Kept {
        let raw = Raw {
            source,
            target: "/".into(),
            content_type: None,
            signature: None,
            peer: None,
            forwarded: false,
            body: body.to_owned().into(),
        };
        let envelope = Envelope { from: Some(from.into()), ..Envelope::default() };
        self.journal.keep(raw, envelope, None, Timestamp(0)).await.unwrap()
    }

    fn feed(&self) -> Running {
        let feed = Feed {
            journal: Arc::clone(&self.journal),
            deliver: self.fake.clone(),
            clock: Arc::new(FixedClock(Timestamp(0))),
            pace: Pace {
                first_wait: Duration::from_millis(1),
                longest_wait: Duration::from_millis(4),
                // Never, so that nothing works only because of it.
                tick: Duration::from_secs(3_600),
            },
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(feed.run(async { drop(stopped.await) }));
        Running { stop, task }
    }

    /// Waits until the fake has seen so much.
    async fn until(&self, enough: impl Fn(&Fake) -> bool) {
        let seen = async {
            while !enough(&self.fake) {
                self.fake.progress.notified().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), seen).await.expect("it never came to that");
    }

    async fn until_stored(&self, count: usize) -> Vec<String> {
        self.until(|fake| fake.stored.lock().len() == count).await;
        self.fake.stored.lock().clone()
    }

    async fn depth(&self) -> u64 {
        self.journal.depth().await.unwrap()
    }
}

fn open(directory: &TempDir) -> Arc<Journal> {
    let path = directory.path().join("intake.db");
    Arc::new(Journal::open(&path, Limits::default()).unwrap())
}

struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    async fn stop(self) {
        drop(self.stop);
        let stopped = tokio::time::timeout(Duration::from_secs(10), self.task).await;
        stopped.expect("it never stopped").unwrap();
    }
}

#[tokio::test]
async fn one_senders_messages_are_delivered_in_order_beside_those_of_others() {
    let stage = Stage::new();
    for number in 0..30 {
        stage.keep(&format!("sender {}", number % 3), &format!("{} {number:02}", number % 3)).await;
    }

    let feed = stage.feed();
    let stored = stage.until_stored(30).await;
    feed.stop().await;

    for sender in ["0", "1", "2"] {
        let theirs: Vec<_> = stored.iter().filter(|body| body.starts_with(sender)).collect();
        assert!(theirs.is_sorted(), "{theirs:?}");
    }
    assert_eq!(stage.depth().await, 0);
}

#[tokio::test]
async fn a_message_kept_while_the_feed_waits_wakes_it() {
    let stage = Stage::new();
    let feed = stage.feed();

    for number in 1..=3 {
        stage.keep("a", &format!("{number}")).await;
        stage.until_stored(number).await;
    }

    feed.stop().await;
}

#[tokio::test]
async fn a_sender_who_is_held_up_does_not_hold_up_another_and_keeps_the_order() {
    let stage = Stage::new();
    stage.keep("a", "held").await;
    stage.keep("a", "behind").await;
    stage.keep("b", "free").await;

    let feed = stage.feed();
    assert_eq!(stage.until_stored(1).await, ["free"]);
    stage.fake.gate.notify_one();

    assert_eq!(stage.until_stored(3).await, ["free", "held", "behind"]);
    feed.stop().await;
}

#[tokio::test]
async fn a_store_that_is_away_for_a_while_loses_and_reorders_nothing() {
    let stage = Stage::new();
    stage.fake.away.store(9, Ordering::SeqCst);
    for number in 1..=3 {
        stage.keep("a", &format!("{number}")).await;
    }

    let feed = stage.feed();

    assert_eq!(stage.until_stored(3).await, ["1", "2", "3"]);
    assert_eq!(stage.fake.attempts.load(Ordering::SeqCst), 12);
    feed.stop().await;
}

#[tokio::test]
async fn what_one_sender_piles_up_is_delivered_together_and_mails_each_alone() {
    let stage = Stage::new();
    for number in 1..=RUN + 3 {
        stage.keep("a", &format!("{number:02}")).await;
    }
    let feed = stage.feed();
    let stored = stage.until_stored(RUN + 3).await;
    assert!(stored.is_sorted(), "{stored:?}");
    assert_eq!(stage.fake.longest_run.swap(0, Ordering::SeqCst), RUN);

    stage.keep("b", "held").await;
    for number in 1..=3 {
        stage.keep_from(Source::SendgridInbound, "b", &format!("mail {number}")).await;
    }
    stage.fake.gate.notify_one();
    stage.until_stored(RUN + 7).await;
    feed.stop().await;

    assert_eq!(stage.fake.longest_run.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn of_what_nobody_says_anything_is_delivered_again() {
    let stage = Stage::new();
    stage.fake.silent.store(true, Ordering::SeqCst);
    stage.keep("a", "1").await;
    stage.keep("a", "2").await;

    let feed = stage.feed();

    assert_eq!(stage.until_stored(2).await, ["1", "2"]);
    feed.stop().await;
    assert_eq!(stage.depth().await, 0);
}

#[tokio::test]
async fn a_crash_between_delivered_and_forgotten_makes_no_second_message() {
    let stage = Stage::new();
    stage.keep("a", "1").await;
    let feed = stage.feed();
    stage.until_stored(1).await;
    // Cut off, not stopped: what was delivered is still in the file.
    feed.task.abort();
    let Stage { journal, fake, directory } = stage;
    let _ = feed.task.await;
    drop(journal);

    let stage = Stage { journal: open(&directory), fake, directory };
    assert_eq!(stage.depth().await, 1);
    let feed = stage.feed();
    stage.until(|fake| fake.attempts.load(Ordering::SeqCst) == 2).await;
    feed.stop().await;

    assert_eq!(*stage.fake.stored.lock(), ["1"]);
    assert_eq!(stage.depth().await, 0);
}

#[tokio::test]
async fn what_panics_or_cannot_be_read_is_set_aside_and_the_rest_goes_on() {
    let stage = Stage::new();
    for body in ["fine", "also", "poison", "never", "last"] {
        stage.keep("a", body).await;
    }

    let feed = stage.feed();
    stage.until_stored(3).await;
    feed.stop().await;

    assert_eq!(*stage.fake.stored.lock(), ["fine", "also", "last"]);
    let aside = stage.journal.quarantined(None, 10).await.unwrap();
    let reasons: Vec<_> = aside.iter().map(|one| one.reason.as_str()).collect();
    assert_eq!(reasons, ["unreadable", "reading it failed inside"]);
    assert_eq!(stage.depth().await, 0);
}

#[tokio::test]
async fn two_released_copies_of_one_message_make_one_message() {
    let stage = Stage::new();
    let copies = [stage.keep("a", "SM1").await, stage.keep("a", "SM1").await];
    for copy in copies {
        stage.journal.quarantine(copy, "doubtful".into()).await.unwrap();
    }
    let feed = stage.feed();
    stage.keep("b", "other").await;
    stage.until_stored(1).await;

    for copy in copies {
        assert!(stage.journal.release(copy).await.unwrap());
    }
    stage.until(|fake| fake.attempts.load(Ordering::SeqCst) == 3).await;
    feed.stop().await;

    assert_eq!(*stage.fake.stored.lock(), ["other", "SM1"]);
    assert_eq!(stage.depth().await, 0);
    assert!(stage.journal.quarantined(None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn stopping_waits_for_what_is_being_delivered_and_leaves_the_rest_on_disk() {
    let stage = Stage::new();
    stage.keep("a", "held").await;
    stage.keep("a", "behind").await;
    let feed = stage.feed();
    stage.until(|fake| fake.attempts.load(Ordering::SeqCst) == 1).await;

    drop(feed.stop);
    stage.fake.gate.notify_one();
    feed.task.await.unwrap();

    assert_eq!(*stage.fake.stored.lock(), ["held"]);
    assert_eq!(stage.depth().await, 1);
}

#[tokio::test]
async fn stopping_does_not_wait_for_a_store_that_is_away() {
    let stage = Stage::new();
    stage.fake.away.store(usize::MAX, Ordering::SeqCst);
    stage.keep("a", "1").await;
    let feed = stage.feed();
    stage.until(|fake| fake.attempts.load(Ordering::SeqCst) >= 2).await;

    feed.stop().await;

    assert_eq!(stage.depth().await, 1);
}

#[tokio::test]
async fn more_than_fits_in_hand_is_delivered_all_the_same() {
    let stage = Stage::new();
    let bodies: Vec<String> = (0..IN_HAND + 100).map(|number| number.to_string()).collect();
    // Together, so that they share commits.
    join_all(bodies.iter().map(|body| stage.keep(body, body))).await;

    let feed = stage.feed();
    stage.until_stored(IN_HAND + 100).await;
    feed.stop().await;

    assert_eq!(stage.depth().await, 0);
}
