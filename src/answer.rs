//! Error → errno, code, retry. One table for HTTP and socket acks alike.

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpResponse, ResponseError};
use actors::domain::Refusal;
use actors::engine::Failure;
use actors::ports::{PutError, Unavailable};
use serde::Serialize;

/// How one failure looks from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status and `errno` of the envelope.
    pub errno: u16,
    /// `error` of the envelope.
    pub code: &'static str,
    pub retry: Retry,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// The same request will fail again.
    Useless,
    /// The same request may succeed later, and repeating it is safe.
    Worthwhile,
}
use Retry::{Useless, Worthwhile};

/// Everything a face can answer instead of success.
///
/// Its text goes to the caller, so it never holds what somebody wrote, and nothing internal.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("{0}")]
    Invalid(String),
    #[error("Unauthorized")]
    Unauthorized,
    #[error("Forbidden")]
    Forbidden,
    #[error("{0} not found")]
    NotFound(&'static str),
    /// A client event nobody listens for.
    #[error("Unknown event")]
    UnknownEvent,
    #[error("Method not allowed")]
    MethodNotAllowed,
    #[error("Unsupported media type")]
    UnsupportedMediaType,
    #[error("{0}")]
    Conflict(&'static str),
    #[error("Payload too large")]
    TooLarge,
    #[error("{message}")]
    RateLimited {
        message: &'static str,
        /// Whole seconds until it is worth another try.
        retry_after: u64,
    },
    /// A rule or the engine said no, or the store did not do it.
    #[error("{}", text(.0))]
    Engine(Failure),
    /// Nothing answered within the deadline. Every write is idempotent, so repeat it.
    #[error("Timed out")]
    TimedOut,
    /// A fault of ours.
    #[error("Internal server error")]
    Internal,
}

impl Fault {
    /// The fault itself, unless it is that the store did not answer.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: it is.
    pub fn or_unavailable(self) -> Result<Self, Unavailable> {
        match self {
            Self::Engine(Failure::Unavailable(cause)) => Err(cause),
            fault => Ok(fault),
        }
    }
}

const fn row(errno: u16, code: &'static str, retry: Retry) -> Answer {
    Answer { errno, code, retry }
}

impl From<&Fault> for Answer {
    #[rustfmt::skip]
    fn from(fault: &Fault) -> Self {
        use Fault::*;
        match fault {
            Invalid(_)           => row(400, "VALIDATION_ERROR",       Useless),
            Unauthorized         => row(401, "UNAUTHORIZED",           Useless),
            Forbidden            => row(403, "FORBIDDEN",              Useless),
            NotFound(_)          => row(404, "NOT_FOUND",              Useless),
            UnknownEvent         => row(404, "NOT_FOUND",              Useless),
            MethodNotAllowed     => row(405, "METHOD_NOT_ALLOWED",     Useless),
            Conflict(_)          => row(409, "CONFLICT",               Useless),
            TooLarge             => row(413, "PAYLOAD_TOO_LARGE",      Useless),
            UnsupportedMediaType => row(415, "UNSUPPORTED_MEDIA_TYPE", Useless),
            RateLimited { .. }   => row(429, "RATE_LIMITED",           Worthwhile),
            Engine(failure)      => Self::from(failure),
            Internal             => row(500, "INTERNAL_SERVER_ERROR",  Worthwhile),
            TimedOut             => row(503, "SERVICE_UNAVAILABLE",    Worthwhile),
        }
    }
}

impl From<&Failure> for Answer {
    #[rustfmt::skip]
    fn from(failure: &Failure) -> Self {
        use Failure::*;
        match failure {
            NotFound(_)      => row(404, "NOT_FOUND",           Useless),
            Invalid(_)       => row(400, "VALIDATION_ERROR",    Useless),
            Conflict(_)      => row(409, "CONFLICT",            Useless),
            OptedOut         => row(403, "CONTACT_OPTED_OUT",   Useless),
            Refused(refusal) => Self::from(refusal),
            Unavailable(_)   => row(503, "SERVICE_UNAVAILABLE", Worthwhile),
        }
    }
}

impl From<&Refusal> for Answer {
    #[rustfmt::skip]
    fn from(refusal: &Refusal) -> Self {
        use Refusal::*;
        match refusal {
            NotFound           => row(404, "NOT_FOUND",             Useless),
            MentionOutside     => row(400, "VALIDATION_ERROR",      Useless),
            EmptyNote          => row(400, "VALIDATION_ERROR",      Useless),
            TextTooLong        => row(413, "PAYLOAD_TOO_LARGE",     Useless),
            TooManyAttachments => row(400, "VALIDATION_ERROR",      Useless),
            SnoozeInPast       => row(400, "VALIDATION_ERROR",      Useless),
            SnoozeTooLong      => row(400, "VALIDATION_ERROR",      Useless),
            EmptyMessage       => row(400, "VALIDATION_ERROR",      Useless),
            MarkerMoved        => row(500, "INTERNAL_SERVER_ERROR", Worthwhile),
            StatusMoved        => row(500, "INTERNAL_SERVER_ERROR", Worthwhile),
            TailMoved          => row(500, "INTERNAL_SERVER_ERROR", Worthwhile),
        }
    }
}

/// What a caller may read of a failure: the rule that said no, but nothing of our insides.
fn text(failure: &Failure) -> String {
    match failure {
        Failure::Unavailable(_) => "Service unavailable".into(),
        other => other.to_string(),
    }
}

/// `{success: false, errno, message, error}`: the failure envelope of REST and acks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Failure"))]
pub struct Envelope {
    #[cfg_attr(test, ts(type = "false"))]
    success: bool,
    pub errno: u16,
    pub message: String,
    pub error: &'static str,
}

impl Fault {
    pub fn answer(&self) -> Answer {
        self.into()
    }

    pub fn envelope(&self) -> Envelope {
        let Answer { errno, code, .. } = self.answer();
        Envelope { success: false, errno, message: self.to_string(), error: code }
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(message.into())
    }
}

/// The envelope as an HTTP answer; its status equals `errno`.
impl ResponseError for Fault {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.answer().errno).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if let Self::RateLimited { retry_after, .. } = self {
            response.insert_header((RETRY_AFTER, *retry_after));
        }
        response.json(self.envelope())
    }
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        if let Failure::Unavailable(unavailable) = &failure {
            tracing::error!(during = unavailable.during, error = %unavailable.source, "store unavailable");
        }
        Self::Engine(failure)
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Engine(refusal.into())
    }
}

impl From<Unavailable> for Fault {
    fn from(unavailable: Unavailable) -> Self {
        Failure::from(unavailable).into()
    }
}

impl From<PutError> for Fault {
    fn from(error: PutError) -> Self {
        match error {
            PutError::OtherAccount => Self::Conflict("it belongs to another account"),
            PutError::Taken => Self::Conflict("another one has the same address"),
            PutError::Unavailable(unavailable) => unavailable.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unavailable() -> Unavailable {
        Unavailable::new("committing", "disk /var/secret is full")
    }

    /// The `match`es above have no wildcard, so a new variant does not compile without a row.
    #[test]
    fn every_failure_has_the_answer_the_table_promises() {
        let refused = |refusal: Refusal| Fault::from(refusal).answer().errno;
        assert_eq!(refused(Refusal::NotFound), 404);
        assert_eq!(refused(Refusal::MentionOutside), 400);
        assert_eq!(refused(Refusal::EmptyNote), 400);
        assert_eq!(refused(Refusal::TextTooLong), 413);
        assert_eq!(refused(Refusal::TooManyAttachments), 400);
        assert_eq!(refused(Refusal::SnoozeInPast), 400);
        assert_eq!(refused(Refusal::SnoozeTooLong), 400);
        assert_eq!(refused(Refusal::MarkerMoved), 500);

        let code = |fault: Fault| (fault.answer().errno, fault.answer().code);
        assert_eq!(code(Fault::invalid("x")), (400, "VALIDATION_ERROR"));
        assert_eq!(code(Fault::Unauthorized), (401, "UNAUTHORIZED"));
        assert_eq!(code(Fault::Forbidden), (403, "FORBIDDEN"));
        assert_eq!(code(Fault::UnknownEvent), (404, "NOT_FOUND"));
        assert_eq!(code(Failure::NotFound("contact").into()), (404, "NOT_FOUND"));
        assert_eq!(code(Failure::Conflict("same UUID").into()), (409, "CONFLICT"));
        assert_eq!(code(PutError::OtherAccount.into()), (409, "CONFLICT"));
        assert_eq!(code(Fault::TooLarge), (413, "PAYLOAD_TOO_LARGE"));
        assert_eq!(code(Fault::Internal), (500, "INTERNAL_SERVER_ERROR"));
        assert_eq!(code(unavailable().into()), (503, "SERVICE_UNAVAILABLE"));
        let limited = Fault::RateLimited { message: "Too many emit requests", retry_after: 1 };
        assert_eq!(code(limited), (429, "RATE_LIMITED"));
    }

    #[test]
    fn an_unavailable_store_may_be_asked_again_and_its_insides_stay_inside() {
        let fault = Fault::from(unavailable());

        assert_eq!(fault.answer().retry, Worthwhile);
        assert_eq!(fault.envelope().message, "Service unavailable");
    }

    #[test]
    fn the_envelope_has_success_errno_message_and_error() {
        let envelope = serde_json::to_value(Fault::UnknownEvent.envelope()).unwrap();

        assert_eq!(
            envelope,
            serde_json::json!({"success": false, "errno": 404, "message": "Unknown event", "error": "NOT_FOUND"})
        );
    }
}
