use actors::domain::consent::{self, Wording};
use actors::domain::{ChannelKind, Timestamp};
use actors::engine::{Inbound, Sender};

use super::{Delivered, NotDelivered, ToEngine, never, not_delivered};
use crate::ingest::Row;
use crate::ingest::twilio::sms::{self, Sms};
use crate::ingest::twilio::written_at;

impl ToEngine {
    pub(super) async fn sms(&self, row: &Row) -> Result<Delivered, NotDelivered> {
        self.take_in(row, sms::read(&row.body).map_err(never)?, None).await
    }

    /// A message that Twilio has and of which no webhook came.
    pub(super) async fn reconciled(&self, row: &Row) -> Result<Delivered, NotDelivered> {
        let sms = sms::read(&row.body).map_err(never)?;
        let channel = self.engine.store.channel_by_address(&ChannelKind::sms(), &sms.to).await;
        if channel.map_err(not_delivered)?.is_none() {
            // Each reading of the list would bring it again.
            return Ok(Delivered::Foreign);
        }
        let delivered = self.take_in(row, sms, written_at(&row.body)).await?;
        if delivered == Delivered::Stored {
            metrics::counter!("switchboard_reconciled_total").increment(1);
        }
        Ok(delivered)
    }

    async fn take_in(
        &self,
        row: &Row,
        sms: Sms,
        written_at: Option<Timestamp>,
    ) -> Result<Delivered, NotDelivered> {
        let channel = self
            .engine
            .store
            .channel_by_address(&ChannelKind::sms(), &sms.to)
            .await
            .map_err(not_delivered)?
            .ok_or_else(|| never("no channel has this receiver"))?;
        let Sms { provider_id, from, text, attachments, says, .. } = sms;
        let says = says.or_else(|| consent::read(&text, Wording::Text));
        let inbound = Inbound {
            channel,
            from: Sender::Phone(from),
            provider_id,
            text,
            attachments,
            email: None,
            written_at,
            says,
        };
        self.receive(row, inbound).await
    }
}
