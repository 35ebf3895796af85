use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::watch;

use super::Pace;
use crate::ingest::{Deliver, Delivered, Journal, NotDelivered, Row};

/// Longest delivery. One that hangs is tried again, which is safe.
const LIMIT: Duration = Duration::from_secs(30);

/// How a request left the feed.
pub(super) enum End {
    Delivered(Delivered),
    Quarantined,
    /// The feed stops; it stays kept.
    Left,
}

/// Carries one request to its end.
pub(super) struct Porter {
    pub journal: Arc<Journal>,
    pub deliver: Arc<dyn Deliver>,
    pub pace: Pace,
    pub halted: watch::Receiver<bool>,
}

impl Porter {
    pub async fn carry(mut self, row: Row) -> End {
        let mut wait = self.pace.first_wait;
        loop {
            let error = match self.attempt(&row).await {
                Ok(end) => return end,
                Err(error) => error,
            };
            tracing::warn!(intake.id = row.id.0, %error, wait_ms = wait.as_millis() as u64,
                "could not deliver a request yet");
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                _ = self.halted.wait_for(|halted| *halted) => return End::Left,
            }
            wait = (wait * 2).min(self.pace.longest_wait);
        }
    }

    /// Delivers the request, or finds that it never will be; the error says why neither.
    async fn attempt(&self, row: &Row) -> Result<End, NotDelivered> {
        let delivery = AssertUnwindSafe(self.deliver.deliver(row)).catch_unwind();
        let reason = match tokio::time::timeout(LIMIT, delivery).await {
            Ok(Ok(Ok(delivered))) => return Ok(End::Delivered(delivered)),
            Ok(Ok(Err(NotDelivered::Never(reason)))) => reason,
            Ok(Ok(Err(later))) => return Err(later),
            // Not the panic's own text, which may quote the request.
            Ok(Err(_)) => "reading it failed inside".to_owned(),
            Err(_) => return Err(NotDelivered::Later("delivery took too long".into())),
        };
        tracing::info!(intake.id = row.id.0, %reason, "quarantined a request");
        let aside = self.journal.quarantine(row.id, reason).await;
        aside.map(|()| End::Quarantined).map_err(|error| NotDelivered::Later(error.to_string()))
    }
}
