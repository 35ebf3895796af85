//! How far an outgoing message came, read from Twilio's form.
//!
//! Reports come in any order and more than once; [`Status::join`] makes one picture of them.
//! Source: <https://www.twilio.com/docs/messaging/guides/track-outbound-message-status>.

use actors::domain::{IdError, ProviderMessageId, Status};

use super::sms::{given, sid};
use crate::ingest::form::{Form, FormError};

/// Longest error code, in bytes. Twilio's have five digits.
const MAX_CODE_BYTES: usize = 16;

/// Twilio says that this message has come as far as this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub provider_id: ProviderMessageId,
    pub status: Status,
    /// Twilio's number for what went wrong.
    pub error_code: Option<String>,
}

/// The first thing wrong. Quotes nothing of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error(transparent)]
    Form(#[from] FormError),
    #[error("{0} is missing")]
    Missing(&'static str),
    #[error("MessageSid: {0}")]
    Id(IdError),
    #[error("MessageStatus is none that an outgoing message can have")]
    Status,
    #[error("ErrorCode is longer than {MAX_CODE_BYTES} bytes")]
    LongCode,
}

/// # Errors
///
/// [`Unreadable`]: the first thing wrong.
pub fn read(body: &[u8]) -> Result<Report, Unreadable> {
    let form = Form::parse(body)?;
    let sid = sid(&form)?.ok_or(Unreadable::Missing("MessageSid"))?;
    let provider_id = ProviderMessageId::parse(sid).map_err(Unreadable::Id)?;
    let told = match given(&form, "MessageStatus")? {
        Some(told) => told,
        None => given(&form, "SmsStatus")?.ok_or(Unreadable::Missing("MessageStatus"))?,
    };
    let status = status(told).ok_or(Unreadable::Status)?;
    let error_code = given(&form, "ErrorCode")?;
    if error_code.is_some_and(|code| code.len() > MAX_CODE_BYTES) {
        return Err(Unreadable::LongCode);
    }
    Ok(Report { provider_id, status, error_code: error_code.map(str::to_owned) })
}

fn status(told: &str) -> Option<Status> {
    match told {
        "accepted" | "scheduled" | "queued" | "sending" => Some(Status::Queued),
        // Some of it arrived: not enough to say that it did.
        "sent" | "partially_delivered" => Some(Status::Sent),
        "canceled" => Some(Status::Failed),
        told => Status::parse(told),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(status: &str) -> Result<Status, Unreadable> {
        let body = format!("MessageSid=SM1&MessageStatus={status}");
        read(body.as_bytes()).map(|report| report.status)
    }

    #[test]
    fn a_failure_is_read_with_its_code() {
        let report = read(b"SmsSid=SM1&SmsStatus=undelivered&ErrorCode=30003").unwrap();

        assert_eq!(report.provider_id.as_str(), "SM1");
        assert_eq!(report.status, Status::Undelivered);
        assert_eq!(report.error_code.as_deref(), Some("30003"));
    }

    #[test]
    fn every_status_of_an_outgoing_message_is_understood_and_no_other() {
        for early in ["accepted", "scheduled", "queued", "sending"] {
            assert_eq!(told(early), Ok(Status::Queued), "{early}");
        }
        assert_eq!(told("sent"), Ok(Status::Sent));
        assert_eq!(told("partially_delivered"), Ok(Status::Sent));
        assert_eq!(told("delivered"), Ok(Status::Delivered));
        assert_eq!(told("read"), Ok(Status::Read));
        assert_eq!(told("failed"), Ok(Status::Failed));
        assert_eq!(told("canceled"), Ok(Status::Failed));
        for foreign in ["received", "receiving", "Delivered", "x"] {
            assert_eq!(told(foreign), Err(Unreadable::Status), "{foreign}");
        }
        assert_eq!(told(""), Err(Unreadable::Missing("MessageStatus")));
    }

    proptest! {
        #[test]
        fn no_body_panics(body in proptest::collection::vec(any::<u8>(), 0..512)) {
            let _ = read(&body);
        }
    }
}
