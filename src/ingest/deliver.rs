//! From a kept request to the engine: here bytes become domain values.

use actors::domain::{ChannelKind, Refusal};
use actors::engine::{Engine, Failure, Inbound};
use actors::ports::Hop;

use super::twilio::sms::{self, Sms};
use super::{Row, Source};

/// Takes kept requests to where they are wanted. To deliver one twice must be to deliver it once.
#[async_trait::async_trait]
pub trait Deliver: Send + Sync {
    /// # Errors
    ///
    /// [`NotDelivered`] says whether trying again makes sense. It was perhaps delivered.
    async fn deliver(&self, row: &Row) -> Result<Delivered, NotDelivered>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivered {
    Stored,
    /// It had been delivered before.
    Duplicate,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDelivered {
    /// Not now: the store or something else is away.
    #[error("{0}")]
    Later(String),
    /// Never as it is: an operator has to see to it. Says what is wrong, quoting nothing.
    #[error("{0}")]
    Never(String),
}

/// Delivers to the engine.
pub struct ToEngine(pub Engine);

#[async_trait::async_trait]
impl Deliver for ToEngine {
    async fn deliver(&self, row: &Row) -> Result<Delivered, NotDelivered> {
        let never = |text: String| NotDelivered::Never(text);
        match row.source {
            Some(Source::TwilioSms) => {
                let sms = sms::read(&row.body).map_err(|wrong| never(wrong.to_string()))?;
                self.sms(row, Source::TwilioSms, sms).await
            }
            None => Err(never("this version cannot read its source".into())),
        }
    }
}

impl ToEngine {
    async fn sms(&self, row: &Row, source: Source, sms: Sms) -> Result<Delivered, NotDelivered> {
        let channel = self
            .0
            .store
            .channel_by_address(&ChannelKind::sms(), &sms.to)
            .await
            .map_err(|error| not_delivered(Failure::from(error)))?
            .ok_or_else(|| NotDelivered::Never("no channel has this receiver".into()))?;
        let Sms { provider_id, from, text, attachments, .. } = sms;
        let inbound = Inbound { channel, from, provider_id, text, attachments };
        let receipt = self.0.receive_inbound(inbound).await.map_err(not_delivered)?;
        let hop = Hop::Delivered {
            source: source.as_str(),
            intake: row.id.0,
            kept_at: row.received_at,
            again: !receipt.first_time,
        };
        self.0.recorder.record(&receipt.message, self.0.clock.now(), hop);
        Ok(if receipt.first_time { Delivered::Stored } else { Delivered::Duplicate })
    }
}

fn not_delivered(failure: Failure) -> NotDelivered {
    match failure {
        Failure::Unavailable(error) => NotDelivered::Later(error.to_string()),
        // The conversation changed while the engine counted; it says itself to count again.
        Failure::Refused(refusal @ Refusal::MarkerMoved) => {
            NotDelivered::Later(refusal.to_string())
        }
        failure => NotDelivered::Never(failure.to_string()),
    }
}

#[cfg(test)]
mod tests;
