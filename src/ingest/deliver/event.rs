use actors::domain::{ConversationId, Kind, MessageId, ProviderMessageId};
use actors::ports::{ConsentEntry, Evidence, Unavailable};

use super::{Delivered, NotDelivered, ToEngine, never, not_delivered};
use crate::ingest::Row;
use crate::ingest::sendgrid::events::{self, Event};

/// Where a mail of ours stands.
type Place = (ConversationId, MessageId);

impl ToEngine {
    /// Takes in a batch. What of it was taken in before changes nothing, so it can be repeated.
    pub(super) async fn events(&self, row: &Row) -> Result<Delivered, NotDelivered> {
        let events = events::read(&row.body).map_err(never)?;
        let (mut taken, mut unknown) = (false, false);
        for event in &events {
            match self.place(event).await.map_err(not_delivered)? {
                Some(place) => {
                    taken = true;
                    self.event(event, place).await?;
                }
                // Every mail of ours names its message; others of the account are no concern here.
                None => unknown |= event.message.is_some(),
            }
        }
        if unknown {
            return Err(self.unknown(row, "some events are about no message of ours"));
        }
        self.waiting.lock().remove(&row.id);
        Ok(if taken { Delivered::Stored } else { Delivered::Foreign })
    }

    async fn place(&self, event: &Event) -> Result<Option<Place>, Unavailable> {
        if let Some(id) = &event.provider_id
            && let Some(place) = self.sent(id).await?
        {
            return Ok(Some(place));
        }
        let Some(id) = &event.message else { return Ok(None) };
        let found = self.engine.store.communication(id).await?;
        let ours = found.filter(|found| found.message.kind == Kind::Outgoing);
        let place = ours.and_then(|ours| {
            ours.conversations.into_iter().next().map(|conversation| (conversation, id.clone()))
        });
        Ok(place)
    }

    async fn sent(&self, id: &ProviderMessageId) -> Result<Option<Place>, Unavailable> {
        let sent = self.engine.store.by_provider_id(id).await?;
        Ok(sent.map(|sent| (sent.conversation, sent.message)))
    }

    async fn event(&self, event: &Event, place: Place) -> Result<(), NotDelivered> {
        let (conversation, message) = place;
        if let Some(status) = event.status {
            let code = event.error_code.clone();
            let told = self.engine.report_status(&conversation, &message, status, code).await;
            told.map_err(not_delivered)?;
        }
        let Some((says, code)) = event.says else { return Ok(()) };
        let found = self.engine.store.load(&conversation).await.map_err(not_delivered)?;
        let Some(found) = found else { return Ok(()) };
        let entry = ConsentEntry {
            account: found.key.account,
            contact: found.key.contact,
            channel: found.key.channel,
            says,
            at: event.at.unwrap_or_else(|| self.engine.clock.now()),
            evidence: Evidence::Provider { message, code: code.to_owned() },
        };
        self.engine.store.record_consent(&entry).await.map_err(not_delivered)
    }
}
