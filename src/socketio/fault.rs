use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};

/// What is wrong with a request; numbers and texts are the reference's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    UnknownTransport,
    UnknownSession,
    BadMethod,
    BadRequest,
    Forbidden,
    UnsupportedVersion,
    TooLarge,
    TooManyConnections,
}

impl Fault {
    fn parts(self) -> (StatusCode, u8, &'static str) {
        match self {
            Self::UnknownTransport => (StatusCode::BAD_REQUEST, 0, "Transport unknown"),
            Self::UnknownSession => (StatusCode::BAD_REQUEST, 1, "Session ID unknown"),
            Self::BadMethod => (StatusCode::BAD_REQUEST, 2, "Bad handshake method"),
            Self::BadRequest => (StatusCode::BAD_REQUEST, 3, "Bad request"),
            Self::Forbidden => (StatusCode::FORBIDDEN, 4, "Forbidden"),
            Self::UnsupportedVersion => {
                (StatusCode::BAD_REQUEST, 5, "Unsupported protocol version")
            }
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, 3, "Payload too large"),
            Self::TooManyConnections => {
                (StatusCode::SERVICE_UNAVAILABLE, 3, "Too many connections")
            }
        }
    }

    pub fn answer(self) -> HttpResponse {
        let (status, code, message) = self.parts();
        let mut answer = HttpResponse::build(status);
        answer.insert_header((header::CACHE_CONTROL, "no-store")).content_type("application/json");
        if self == Self::TooLarge {
            // What is left of the body is not worth reading.
            answer.force_close();
        }
        answer.body(format!(r#"{{"code":{code},"message":"{message}"}}"#))
    }
}
