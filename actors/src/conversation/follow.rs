//! Reads the log, and shows what was not shown here yet: what other nodes committed and nobody told, and
//! what was committed here without our knowing. Each conversation in its order.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::time::MissedTickBehavior;

use super::Tools;
use super::publish::Reach;
use crate::domain::{Announcement, Conversation, ConversationId, Entry, Position};
use crate::ports::{Company, Hop, Unavailable};
use crate::watermark::{Begun, Handing};

/// How late something may be before it is looked up.
const TICK: Duration = Duration::from_millis(250);
/// The log is asked whether there is anything unheard of once in so many ticks.
const SURVEY: u32 = 4;
/// What is committed here is shown by who committed it, unless it is this late.
const LATE: Duration = Duration::from_secs(2);
/// Entries read in one go.
const PAGE: usize = 500;
/// Conversations looked up side by side.
const SIDE_BY_SIDE: usize = 16;

/// What is to be done about the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Task {
    Nothing,
    /// Look whether there is anything that nobody told of.
    Survey,
    /// Show what was not shown, up to here.
    ShowUpTo(Position),
}

const EVERYTHING: Task = Task::ShowUpTo(Position(u64::MAX));

impl Tools {
    /// Follows the log until `stop`.
    pub async fn follow(self: Arc<Self>, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut ticks, mut newest_before) = (0_u32, self.watermark.newest());
        loop {
            let asked = tokio::select! {
                () = &mut stop => return,
                () = self.gate.asked_to_look() => true,
                _ = tick.tick() => false,
            };
            let newest = self.watermark.newest();
            let task = match asked {
                true => EVERYTHING,
                false => {
                    ticks = ticks.wrapping_add(1);
                    self.task(newest_before, ticks.is_multiple_of(SURVEY))
                }
            };
            if !asked {
                newest_before = newest;
            }
            let done = tokio::select! {
                () = &mut stop => return,
                done = self.do_task(task) => done,
            };
            if task != Task::Nothing {
                self.gate.looked(done.is_err());
            }
            if let Err(error) = done {
                tracing::warn!(%error, "the log is read again later");
            }
        }
    }

    fn task(&self, newest_before: Position, survey: bool) -> Task {
        match self.cluster.company() {
            Company::Alone if self.watermark.owes_since(LATE) => EVERYTHING,
            Company::Alone => Task::Nothing,
            Company::CutOff => EVERYTHING,
            Company::Unannounced if survey => EVERYTHING,
            Company::Unannounced => Task::Nothing,
            // Heard of a tick ago, and still not here.
            Company::Together if self.watermark.value() < newest_before => {
                Task::ShowUpTo(newest_before)
            }
            Company::Together if survey => Task::Survey,
            Company::Together => Task::Nothing,
        }
    }

    async fn do_task(&self, task: Task) -> Result<(), Unavailable> {
        match task {
            Task::Nothing => Ok(()),
            Task::Survey => {
                let page = self.store.entries_after(self.watermark.value(), PAGE).await?;
                if let Some(last) = page.last() {
                    self.watermark.heard_of(last.position);
                }
                Ok(())
            }
            Task::ShowUpTo(up_to) => self.show_up_to(up_to).await,
        }
    }

    /// Shows what was not shown here, in the order of the log.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: what was not shown yet is shown the next time.
    pub async fn show_up_to(&self, up_to: Position) -> Result<(), Unavailable> {
        let mut after = self.watermark.value();
        // First: what lies up to here is in the pages, or is no announcement.
        let settled = self.store.tail().await?;
        // Of these something earlier is still to be shown by somebody else.
        let mut waiting = HashSet::new();
        loop {
            let page = self.store.entries_after(after, PAGE).await?;
            let known = self.conversations_of(&page, up_to).await?;
            for entry in &page {
                self.watermark.nothing_between(after, entry.position);
                self.watermark.heard_of(entry.position);
                after = entry.position;
                if entry.position <= up_to && !self.watermark.is_handed(entry.position) {
                    self.show_entry(entry, &known, &mut waiting).await?;
                }
            }
            self.release_all();
            if page.len() < PAGE {
                if after < settled {
                    self.watermark.nothing_between(after, Position(settled.0 + 1));
                }
                return Ok(());
            }
            if after >= up_to {
                return Ok(());
            }
        }
    }

    async fn show_entry(
        &self,
        entry: &Entry,
        known: &HashMap<ConversationId, Option<Arc<Conversation>>>,
        waiting: &mut HashSet<ConversationId>,
    ) -> Result<(), Unavailable> {
        let id = &entry.conversation;
        let begun = match waiting.contains(id) || self.watermark.is_owed(entry.position, LATE) {
            true => Begun::TooEarly,
            false => self.watermark.begin(entry.position, entry.previous),
        };
        let (Begun::Now(handing), Some(conversation)) = (begun, known.get(id)) else {
            waiting.insert(id.clone());
            return Ok(());
        };
        if let Some(conversation) = conversation {
            self.show_from_record(entry, conversation).await?;
        }
        self.finish(handing);
        Ok(())
    }

    /// Shows an announcement to the sessions here as it looks now.
    async fn show_from_record(
        &self,
        entry: &Entry,
        conversation: &Arc<Conversation>,
    ) -> Result<(), Unavailable> {
        let is_message = entry.announcement == Announcement::Message;
        // First: whoever joins from here on finds it there.
        self.recent.remember_read(entry, conversation);
        if is_message {
            self.push.left_to_log(entry.position);
        }
        if !conversation.participants().any(|own| self.watches(&own.user, Reach::Here)) {
            return Ok(());
        }
        let message = match &entry.message {
            Some(id) => self.store.message(&entry.conversation, id).await?,
            None => None,
        };
        let message = message.map(|placed| placed.message);
        let sessions = message.as_ref().map(|message| self.sessions_of(conversation, message));
        let offset = self.watermark.value_with(entry.position);
        let announcement = &entry.announcement;
        let spelling =
            self.spell(conversation, announcement, message.as_ref(), offset, Reach::Here).await;
        self.deliver(spelling);
        if let (true, Some(message), Some(sessions)) = (is_message, message, sessions)
            && !sessions.is_empty()
        {
            let (conversation, position) = (conversation.id.clone(), entry.position);
            let hop = Hop::Announced { conversation, position, sessions };
            self.recorder.record(&message.id, self.clock.now(), hop);
        }
        Ok(())
    }

    fn finish(&self, handing: Handing) {
        let position = handing.position();
        handing.done();
        self.go_on(self.gate.release(position));
    }

    /// What waits for something that turned out to be no announcement, or was shown long ago.
    fn release_all(&self) {
        for position in self.gate.awaited() {
            if self.watermark.is_handed(position) {
                self.go_on(self.gate.release(position));
            }
        }
    }

    /// The conversations of what is to be shown, as they are now: not older than the page.
    async fn conversations_of(
        &self,
        page: &[Entry],
        up_to: Position,
    ) -> Result<HashMap<ConversationId, Option<Arc<Conversation>>>, Unavailable> {
        let to_show = page
            .iter()
            .filter(|entry| entry.position <= up_to && !self.watermark.is_handed(entry.position));
        let ids: HashSet<_> = to_show.map(|entry| entry.conversation.clone()).collect();
        let ids: Vec<_> = ids.into_iter().collect();
        let mut known = HashMap::with_capacity(ids.len());
        for some in ids.chunks(SIDE_BY_SIDE) {
            let loaded = try_join_all(some.iter().map(|id| self.store.load(id))).await?;
            let loaded = loaded.into_iter().map(|found| found.map(Arc::new));
            known.extend(some.iter().cloned().zip(loaded));
        }
        Ok(known)
    }
}
