use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::watch;

use super::Pace;
use crate::ingest::{Deliver, Delivered, Journal, NotDelivered, Outcome, Row};

/// Longest attempt. One that hangs is made again, which is safe.
const LIMIT: Duration = Duration::from_secs(30);

/// How a request left the feed.
pub(super) enum End {
    Delivered(Delivered),
    Quarantined,
    /// The feed stops; it stays kept.
    Left,
}

/// Carries requests of one lane to their ends.
pub(super) struct Porter {
    pub journal: Arc<Journal>,
    pub deliver: Arc<dyn Deliver>,
    pub pace: Pace,
    pub halted: watch::Receiver<bool>,
}

impl Porter {
    /// Until the first of them, at least, came to its end. The ends of the first; the others are
    /// still to be carried.
    pub async fn carry(mut self, rows: &[Row]) -> Vec<End> {
        let mut wait = self.pace.first_wait;
        loop {
            let error = match self.attempt(rows).await {
                Ok(ends) => return ends,
                Err(error) => error,
            };
            tracing::warn!(intake.id = rows[0].id.0, %error, wait_ms = wait.as_millis() as u64,
                "could not deliver a request yet");
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                _ = self.halted.wait_for(|halted| *halted) => {
                    return rows.iter().map(|_| End::Left).collect();
                }
            }
            wait = (wait * 2).min(self.pace.longest_wait);
        }
    }

    /// Delivers them in order as far as it goes, or finds that some never will be; the error says why
    /// not even the first came to its end.
    async fn attempt(&self, mut rows: &[Row]) -> Result<Vec<End>, NotDelivered> {
        let outcomes = loop {
            let delivery = AssertUnwindSafe(self.deliver.deliver(rows)).catch_unwind();
            break match tokio::time::timeout(LIMIT, delivery).await {
                Ok(Ok(outcomes)) => outcomes,
                Ok(Err(_)) if rows.len() > 1 => {
                    // Whichever it is will be the first some time.
                    rows = &rows[..1];
                    continue;
                }
                // Not the panic's own text, which may quote the request.
                Ok(Err(_)) => vec![Err(NotDelivered::Never("reading it failed inside".to_owned()))],
                Err(_) => return Err(NotDelivered::Later("delivery took too long".into())),
            };
        };
        if outcomes.is_empty() {
            return Err(NotDelivered::Later("nothing came of it".into()));
        }
        let mut ends = Vec::with_capacity(outcomes.len());
        for (row, outcome) in rows.iter().zip(outcomes) {
            match self.end(row, outcome).await {
                Ok(end) => ends.push(end),
                Err(error) if ends.is_empty() => return Err(error),
                Err(_) => break,
            }
        }
        Ok(ends)
    }

    async fn end(&self, row: &Row, outcome: Outcome) -> Result<End, NotDelivered> {
        let reason = match outcome {
            Ok(delivered) => return Ok(End::Delivered(delivered)),
            Err(NotDelivered::Never(reason)) => reason,
            Err(later) => return Err(later),
        };
        tracing::info!(intake.id = row.id.0, %reason, "quarantined a request");
        let aside = self.journal.quarantine(row.id, reason).await;
        aside.map(|()| End::Quarantined).map_err(|error| NotDelivered::Later(error.to_string()))
    }
}
