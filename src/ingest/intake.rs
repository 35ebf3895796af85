//! The one way in: judge, keep, and only then say that it is kept.

use std::sync::Arc;

use actors::ports::Clock;

use super::twilio::{self, Doubt, Judgement, sms};
use super::{Envelope, Journal, Kept, NotKept, Raw, count};

/// Takes requests in.
///
/// The signature is looked at before the request is kept, and not after as everything else is,
/// because `enforce` has to answer 403 and keep nothing. No outcome of that look loses a request
/// in the other modes.
pub struct Intake {
    pub journal: Arc<Journal>,
    pub twilio: twilio::Settings,
    pub clock: Arc<dyn Clock>,
    /// Longest body, in bytes.
    pub body_limit: usize,
}

/// Why a request was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// The sender may not be who it says; nothing was kept but a count.
    #[error("request refused")]
    Refused(#[source] Doubt),
    /// Longer than `body_limit`.
    #[error("request too large")]
    TooLarge,
    /// No room, or no disk. To repeat the request is safe and may succeed.
    #[error("request not kept")]
    NotKept(#[source] NotKept),
}

impl Intake {
    /// For those who stop reading at the limit: counts the request as refused.
    pub fn too_large(&self) -> NotTaken {
        count("refused");
        NotTaken::TooLarge
    }

    /// Takes in one request. When this returns `Ok` it is on disk: delivered sooner or later, or
    /// in the quarantine.
    ///
    /// # Errors
    ///
    /// [`NotTaken`].
    pub async fn take(&self, raw: Raw) -> Result<Kept, NotTaken> {
        let source = raw.source.as_str();
        if raw.body.len() > self.body_limit {
            return Err(self.too_large());
        }
        let reason = match self.twilio.judge(&raw) {
            Judgement::Genuine => None,
            Judgement::Doubtful(doubt) => {
                doubted(source);
                tracing::warn!(source, %doubt, "took in a doubtful request");
                None
            }
            Judgement::Quarantine(doubt) => {
                doubted(source);
                tracing::info!(source, %doubt, "quarantined a doubtful request");
                Some(doubt.to_string())
            }
            Judgement::Refuse(doubt) => {
                doubted(source);
                count("refused");
                tracing::info!(source, %doubt, "refused a doubtful request");
                return Err(NotTaken::Refused(doubt));
            }
        };
        let envelope =
            Envelope { public_url: self.twilio.public_url.clone(), ..sms::envelope(&raw.body) };
        let kept = self.journal.keep(raw, envelope, reason, self.clock.now()).await;
        kept.map_err(|error| {
            count("refused");
            NotTaken::NotKept(error)
        })
    }
}

fn doubted(source: &'static str) {
    metrics::counter!("switchboard_intake_doubtful_total", "source" => source).increment(1);
}
