//! The one way in: judge, keep, and only then say that it is kept.

use std::sync::Arc;

use actors::ports::Clock;

use super::twilio::{self, sms};
use super::{Envelope, Journal, Judgement, Kept, NotKept, Raw, Source, count, sendgrid};

/// Takes requests in.
///
/// The signature is looked at before the request is kept, and not after as everything else is,
/// because `enforce` has to answer 403 and keep nothing. No outcome of that look loses a request
/// in the other modes.
pub struct Intake {
    pub journal: Arc<Journal>,
    pub twilio: twilio::Settings,
    pub sendgrid: sendgrid::Settings,
    pub clock: Arc<dyn Clock>,
    /// Longest body, in bytes; and longest one with a mail in it.
    pub body_limit: usize,
    pub mail_limit: usize,
}

/// Why a request was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// The sender may not be who it says; nothing was kept but a count.
    #[error("request refused: {0}")]
    Refused(String),
    /// Longer than the limit.
    #[error("request too large")]
    TooLarge,
    /// No room, or no disk. To repeat the request is safe and may succeed.
    #[error("request not kept")]
    NotKept(#[source] NotKept),
}

impl Intake {
    /// Longest body by this webhook, in bytes.
    pub fn limit(&self, source: Source) -> usize {
        match source {
            Source::SendgridInbound => self.mail_limit,
            _ => self.body_limit,
        }
    }

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
    pub async fn take(&self, mut raw: Raw) -> Result<Kept, NotTaken> {
        let source = raw.source.as_str();
        if raw.body.len() > self.limit(raw.source) {
            return Err(self.too_large());
        }
        let reason = match self.judge(&raw) {
            Judgement::Genuine => None,
            Judgement::Doubtful(doubt) => {
                doubted(source);
                tracing::warn!(source, %doubt, "took in a doubtful request");
                None
            }
            Judgement::Quarantine(doubt) => {
                doubted(source);
                tracing::info!(source, %doubt, "quarantined a doubtful request");
                Some(doubt)
            }
            Judgement::Refuse(doubt) => {
                doubted(source);
                count("refused");
                tracing::info!(source, %doubt, "refused a doubtful request");
                return Err(NotTaken::Refused(doubt));
            }
        };
        let envelope = self.envelope(&raw).await;
        if raw.source == Source::SendgridInbound {
            // It is the key itself, and has done what it was for.
            raw.signature = None;
        }
        let kept = self.journal.keep(raw, envelope, reason, self.clock.now()).await;
        kept.map_err(|error| {
            count("refused");
            NotTaken::NotKept(error)
        })
    }
}

impl Intake {
    fn judge(&self, raw: &Raw) -> Judgement<String> {
        match raw.source {
            Source::TwilioSms | Source::TwilioStatus => self.twilio.judge(raw).told(),
            Source::SendgridInbound => self.sendgrid.judge_mail(raw).told(),
            Source::SendgridEvents => self.sendgrid.judge_events(raw).told(),
            // We asked Twilio for it ourselves.
            Source::TwilioReconcile => Judgement::Genuine,
        }
    }

    async fn envelope(&self, raw: &Raw) -> Envelope {
        match raw.source {
            Source::SendgridInbound => {
                sendgrid::inbound::envelope(raw.content_type.as_deref(), &raw.body).await
            }
            Source::SendgridEvents => Envelope::default(),
            Source::TwilioSms | Source::TwilioStatus | Source::TwilioReconcile => {
                let public_url = self.twilio.public_url.clone();
                Envelope { public_url, ..sms::envelope(&raw.body) }
            }
        }
    }
}

fn doubted(source: &'static str) {
    metrics::counter!("switchboard_intake_doubtful_total", "source" => source).increment(1);
}
