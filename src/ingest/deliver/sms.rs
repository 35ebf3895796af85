use actors::domain::consent::{self, Wording};
use actors::domain::{ChannelKind, Timestamp};
use actors::engine::{Inbound, Sender};

use super::{Delivered, NotDelivered, Outcome, ToEngine, never, not_delivered};
use crate::ingest::Row;
use crate::ingest::twilio::sms::{self, Sms};
use crate::ingest::twilio::written_at;

impl ToEngine {
    /// Hands over texts that came one after the other.
    pub(super) async fn texts(&self, rows: &[Row]) -> Vec<Outcome> {
        let (mut read, mut inbound) =
            (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        for row in rows {
            read.push(self.text(row).await.map(|text| inbound.push(text)));
            if matches!(read.last(), Some(Err(NotDelivered::Later(_)))) {
                break;
            }
        }
        let mut receipts = self.engine.receive_in_order(&inbound).await.into_iter();
        let outcomes = rows.iter().zip(read).map_while(|(row, read)| match read {
            Ok(()) => receipts.next().map(|receipt| self.received(row, receipt)),
            Err(error) => Some(Err(error)),
        });
        outcomes.collect()
    }

    async fn text(&self, row: &Row) -> Result<Inbound, NotDelivered> {
        self.inbound(sms::read(&row.body).map_err(never)?, None).await
    }

    /// A message that Twilio has and of which no webhook came.
    pub(super) async fn reconciled(&self, row: &Row) -> Outcome {
        let sms = sms::read(&row.body).map_err(never)?;
        let channel = self.engine.store.channel_by_address(&ChannelKind::sms(), &sms.to).await;
        if channel.map_err(not_delivered)?.is_none() {
            // Each reading of the list would bring it again.
            return Ok(Delivered::Foreign);
        }
        let inbound = self.inbound(sms, written_at(&row.body)).await?;
        let delivered = self.receive(row, inbound).await?;
        if delivered == Delivered::Stored {
            metrics::counter!("switchboard_reconciled_total").increment(1);
        }
        Ok(delivered)
    }

    async fn inbound(
        &self,
        sms: Sms,
        written_at: Option<Timestamp>,
    ) -> Result<Inbound, NotDelivered> {
        let channel = self
            .engine
            .store
            .channel_by_address(&ChannelKind::sms(), &sms.to)
            .await
            .map_err(not_delivered)?
            .ok_or_else(|| never("no channel has this receiver"))?;
        let Sms { provider_id, from, text, attachments, says, .. } = sms;
        let says = says.or_else(|| consent::read(&text, Wording::Text));
        Ok(Inbound {
            channel,
            from: Sender::Phone(from),
            provider_id,
            text,
            attachments,
            email: None,
            written_at,
            says,
        })
    }
}
