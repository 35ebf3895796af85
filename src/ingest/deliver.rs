//! From a kept request to the engine: here bytes become domain values.
mod event;
mod mail;
mod report;
mod sms;

use std::collections::HashSet;
use std::sync::Arc;

use actors::domain::Refusal;
use actors::engine::{Engine, Failure, Inbound, Receipt};
use actors::ports::Hop;
use parking_lot::Mutex;

use super::{Kept, Row, Source};
use crate::attachments::Attachments;

/// Takes kept requests to where they are wanted. To deliver one twice must be to deliver it once.
#[async_trait::async_trait]
pub trait Deliver: Send + Sync {
    /// Delivers one after the other. Gives what came of each, in order, up to the first that is to be
    /// delivered later, which nothing behind it overtakes.
    async fn deliver(&self, rows: &[Row]) -> Vec<Outcome>;
}

/// The error says whether trying again makes sense. It was perhaps delivered.
pub type Outcome = Result<Delivered, NotDelivered>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivered {
    Stored,
    /// It had been delivered before.
    Duplicate,
    /// It is about nothing of ours, such as a mail that another program sent by the same account.
    Foreign,
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
pub struct ToEngine {
    engine: Engine,
    attachments: Arc<Attachments>,
    /// Reports about messages that nobody knows yet; see [`report::MOST_WAITING`].
    waiting: Mutex<HashSet<Kept>>,
}

impl ToEngine {
    pub fn new(engine: Engine, attachments: Arc<Attachments>) -> Self {
        Self { engine, attachments, waiting: Mutex::default() }
    }
}

#[async_trait::async_trait]
impl Deliver for ToEngine {
    async fn deliver(&self, rows: &[Row]) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(rows.len());
        for run in rows.chunk_by(|row, next| row.is_text() && next.is_text()) {
            let row = &run[0];
            outcomes.extend(match row.source {
                Some(Source::TwilioSms) => self.texts(run).await,
                Some(Source::TwilioReconcile) => vec![self.reconciled(row).await],
                Some(Source::TwilioStatus) => vec![self.report(row).await],
                Some(Source::SendgridInbound) => vec![self.mail(row).await],
                Some(Source::SendgridEvents) => vec![self.events(row).await],
                None => vec![Err(never("this version cannot read its source"))],
            });
            if outcomes.iter().any(|outcome| matches!(outcome, Err(NotDelivered::Later(_)))) {
                break;
            }
        }
        outcomes
    }
}

impl ToEngine {
    /// Hands a contact's message over.
    async fn receive(&self, row: &Row, inbound: Inbound) -> Outcome {
        self.received(row, self.engine.receive_inbound(inbound).await)
    }

    /// Notes with which request a message came.
    fn received(&self, row: &Row, receipt: Result<Receipt, Failure>) -> Outcome {
        let receipt = receipt.map_err(not_delivered)?;
        let hop = Hop::Delivered {
            source: row.source.map_or("unknown", Source::as_str),
            intake: row.id.0,
            kept_at: row.received_at,
            again: !receipt.first_time,
        };
        self.engine.recorder.record(&receipt.message, self.engine.clock.now(), hop);
        Ok(if receipt.first_time { Delivered::Stored } else { Delivered::Duplicate })
    }
}

fn never(wrong: impl ToString) -> NotDelivered {
    NotDelivered::Never(wrong.to_string())
}

fn not_delivered(failure: impl Into<Failure>) -> NotDelivered {
    match failure.into() {
        Failure::Unavailable(error) => NotDelivered::Later(error.to_string()),
        // The conversation changed while the engine counted; it says itself to count again.
        Failure::Refused(refusal @ (Refusal::MarkerMoved | Refusal::StatusMoved)) => {
            NotDelivered::Later(refusal.to_string())
        }
        failure => NotDelivered::Never(failure.to_string()),
    }
}

#[cfg(test)]
mod tests;
