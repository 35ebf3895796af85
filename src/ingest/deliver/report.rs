use actors::ports::Sent;

use super::{Delivered, NotDelivered, ToEngine, never, not_delivered};
use crate::ingest::Row;
use crate::ingest::twilio::status;

/// How long a report of an unknown message is tried again, in milliseconds: the provider may
/// report a message before its name is kept here.
const UNKNOWN_FOR_MS: i64 = 60_000;
/// Most reports that wait like that. More would crowd out what can be delivered; they go into the
/// quarantine at once. That happens when another program's messages are reported here.
pub(super) const MOST_WAITING: usize = 64;
const UNKNOWN: &str = "no message of ours has this provider id";

impl ToEngine {
    pub(super) async fn report(&self, row: &Row) -> Result<Delivered, NotDelivered> {
        let report = status::read(&row.body).map_err(never)?;
        let sent = self.engine.store.by_provider_id(&report.provider_id).await;
        let Some(Sent { conversation, message, .. }) = sent.map_err(not_delivered)? else {
            return Err(self.unknown(row, UNKNOWN));
        };
        self.waiting.lock().remove(&row.id);
        self.engine
            .report_status(&conversation, &message, report.status, report.error_code)
            .await
            .map_err(not_delivered)?;
        Ok(Delivered::Stored)
    }

    /// What becomes of a report about something unknown: it waits, as long as there is time and
    /// room.
    pub(super) fn unknown(&self, row: &Row, reason: &str) -> NotDelivered {
        let mut waiting = self.waiting.lock();
        let young = self.engine.clock.now().0 - row.received_at.0 < UNKNOWN_FOR_MS;
        let room = waiting.len() < MOST_WAITING || waiting.contains(&row.id);
        if young && room {
            waiting.insert(row.id);
            return NotDelivered::Later(reason.to_owned());
        }
        waiting.remove(&row.id);
        NotDelivered::Never(reason.to_owned())
    }
}
