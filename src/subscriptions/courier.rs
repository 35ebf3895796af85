//! Serves one subscription: what happened since, in order, until it is told to stop.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;
use std::time::Duration;

use actors::domain::{Disabled, Parked, Position, Progress, Timestamp};
use actors::engine::Engine;
use actors::ports::{Settled, Standing};
use tokio::sync::{Semaphore, watch};

use super::caller::{Caller, Outcome};
use super::event_name::EventNames;
use super::pace::{Pace, millis};
use super::told::{self, News};

/// Announcements looked at in one go.
const PAGE: usize = 200;
/// Pause after the store did not answer.
const BREATH: Duration = Duration::from_secs(1);
/// How far a subscription has come without anything to deliver is kept this often. Lost, it costs
/// looking at the same entries again.
const KEEP_EVERY: Duration = Duration::from_secs(60);

/// What every courier works with.
pub struct Tools {
    pub engine: Engine,
    pub caller: Caller,
    pub names: Arc<EventNames>,
    pub pace: Pace,
    /// Attempts under way at a time.
    pub slots: Semaphore,
}

pub struct Courier {
    tools: Arc<Tools>,
    standing: Standing,
    progress: Progress,
    /// When the progress was last kept.
    kept_at: Timestamp,
}

/// Why a courier does not go on.
enum Stop {
    /// Switched off, changed, rewound or gone: the store says what is to be done now.
    Changed,
}

impl Courier {
    pub fn new(tools: Arc<Tools>, standing: Standing) -> Self {
        let (progress, kept_at) = (standing.progress.clone(), tools.engine.clock.now());
        Self { tools, standing, progress, kept_at }
    }

    /// Ends when the subscription is no longer as it was. `news` tells up to where everything is in
    /// the record.
    pub async fn run(mut self, mut news: watch::Receiver<Position>) {
        loop {
            self.wait_until_due().await;
            if news.wait_for(|reached| *reached > self.progress.reached).await.is_err() {
                return;
            }
            if let Err(Stop::Changed) = self.deliver_page().await {
                return;
            }
        }
    }

    async fn wait_until_due(&self) {
        let wait = self.progress.due_at.0.saturating_sub(self.now().0);
        if let Ok(wait @ 1..) = u64::try_from(wait) {
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
    }

    async fn deliver_page(&mut self) -> Result<(), Stop> {
        let (engine, subscription) = (&self.tools.engine, &self.standing.subscription);
        let page = told::next(engine, subscription, self.progress.reached, PAGE).await;
        let page = match page {
            Ok(page) => page,
            Err(error) => {
                tracing::warn!(%error, "cannot read what to deliver");
                tokio::time::sleep(BREATH).await;
                return Ok(());
            }
        };
        if page.forgotten {
            self.say_what_was_forgotten(page.news.first(), page.reached).await?;
        }
        for event in &page.news {
            if self.standing.subscription.events.contains(&event.kind())
                && !self.deliver(event).await?
            {
                return Ok(());
            }
        }
        self.progress.reached = page.reached;
        if self.now().0 - self.kept_at.0 >= millis(KEEP_EVERY) {
            self.keep(None, None).await?;
        }
        Ok(())
    }

    /// `false`: not now, and nothing after it either.
    async fn deliver(&mut self, event: &News) -> Result<bool, Stop> {
        let subscription = &self.standing.subscription;
        let name = (subscription.id.as_str(), event.position());
        let seed = BuildHasherDefault::<DefaultHasher>::default().hash_one(name);
        let outcome = self.attempt(event).await;
        let now = self.now();
        match outcome {
            Outcome::Delivered => {
                count("delivered");
                self.progress = Progress::beginning(event.position(), now);
                self.keep(None, None).await?;
                Ok(true)
            }
            Outcome::Gone => {
                count("gone");
                let reason = "the receiver answered 410".to_owned();
                self.keep(None, Some(Disabled { at: now, reason })).await?;
                Err(Stop::Changed)
            }
            Outcome::Failed { reason, retry_after } => {
                count("failed");
                self.progress.attempts += 1;
                self.progress.failing_since.get_or_insert(now);
                self.progress.last_failure = Some(reason.clone());
                if self.tools.pace.is_hopeless(&self.progress, now) {
                    let reason = format!("every attempt failed for days; the last one: {reason}");
                    self.keep(None, Some(Disabled { at: now, reason })).await?;
                    return Err(Stop::Changed);
                }
                match self.tools.pace.pause(self.progress.attempts, retry_after, seed) {
                    Some(pause) => {
                        self.progress.due_at = Timestamp(now.0.saturating_add(millis(pause)));
                        self.keep(None, None).await?;
                    }
                    None => self.park(event, reason, now).await?,
                }
                Ok(false)
            }
        }
    }

    async fn attempt(&self, event: &News) -> Outcome {
        let failed = |reason: &str| Outcome::Failed { reason: reason.into(), retry_after: None };
        let Ok(_slot) = self.tools.slots.acquire().await else { return failed("stopping") };
        let Tools { engine, names, caller, .. } = &*self.tools;
        let subscription = &self.standing.subscription;
        let seconds = self.now().0.div_euclid(1_000);
        match event.delivery(engine, names, subscription, seconds).await {
            Ok(delivery) => caller.call(&subscription.url, delivery).await,
            Err(error) => {
                tracing::warn!(%error, "cannot spell what to deliver");
                failed("it could not be spelled")
            }
        }
    }

    /// Enough of this one; the next gets its turn at once.
    async fn park(&mut self, event: &News, reason: String, now: Timestamp) -> Result<(), Stop> {
        let parked = Parked {
            position: event.position(),
            kind: Some(event.kind()),
            at: now,
            attempts: self.progress.attempts,
            reason,
        };
        self.progress.reached = event.position();
        self.progress.attempts = 0;
        self.progress.due_at = now;
        self.keep(Some(parked), None).await
    }

    /// The record no longer reaches back to where this subscription stands.
    async fn say_what_was_forgotten(
        &mut self,
        first: Option<&News>,
        reached: Position,
    ) -> Result<(), Stop> {
        let reached = first.map_or(reached, |first| Position(first.position().0 - 1));
        let reason = "what came before was forgotten; webhooks.retention is too short".into();
        let at = self.now();
        self.progress.reached = reached;
        self.keep(Some(Parked { position: reached, kind: None, at, attempts: 0, reason }), None)
            .await
    }

    async fn keep(
        &mut self,
        parked: Option<Parked>,
        disabled: Option<Disabled>,
    ) -> Result<(), Stop> {
        let settled = Settled { progress: self.progress.clone(), parked, disabled };
        let (id, revision) = (&self.standing.subscription.id, self.standing.revision);
        loop {
            match self.tools.engine.store.settle(id, revision, &settled).await {
                Ok(true) => {
                    self.kept_at = self.now();
                    return Ok(());
                }
                Ok(false) => return Err(Stop::Changed),
                Err(error) => {
                    tracing::warn!(%error, "cannot keep what was delivered");
                    tokio::time::sleep(BREATH).await;
                }
            }
        }
    }

    fn now(&self) -> Timestamp {
        self.tools.engine.clock.now()
    }
}

fn count(outcome: &'static str) {
    metrics::counter!("switchboard_webhook_attempts_total", "outcome" => outcome).increment(1);
}
