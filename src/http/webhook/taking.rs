//! What all webhooks have in common: a bounded body, kept as it came.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::{Bytes, Payload};
use actors::ports::Unavailable;

use crate::answer::Fault;
use crate::ingest::{Intake, NotKept, NotTaken, Raw, Source};

/// Headers by which a proxy says that it passes a request on.
const FORWARDED: [&str; 3] = ["forwarded", "x-forwarded-for", "x-real-ip"];

/// The whole body, within a time: unless the intake would refuse its length.
pub(super) async fn read(
    request: &HttpRequest,
    payload: Payload,
    intake: &Intake,
    source: Source,
    within: Duration,
) -> Result<Bytes, Fault> {
    let limit = intake.limit(source);
    let announced = text(request, CONTENT_LENGTH.as_str()).and_then(|text| text.parse().ok());
    if announced.is_some_and(|length: usize| length > limit) {
        return Err(fault(intake.too_large()));
    }
    match tokio::time::timeout(within, payload.to_bytes_limited(limit)).await {
        Ok(Ok(Ok(body))) => Ok(body),
        Ok(Ok(Err(_))) => Err(Fault::invalid("Body was not sent whole")),
        Ok(Err(_)) => Err(fault(intake.too_large())),
        Err(_) => Err(Fault::TimedOut),
    }
}

/// The request without a signature, which each provider puts elsewhere.
pub(super) fn raw(request: &HttpRequest, source: Source, body: Bytes) -> Raw {
    let target = request.uri().path_and_query();
    Raw {
        source,
        target: target.map_or_else(String::new, |target| target.as_str().to_owned()),
        content_type: text(request, CONTENT_TYPE.as_str()),
        signature: None,
        peer: request.peer_addr().map(|peer| peer.ip()),
        forwarded: FORWARDED.iter().any(|name| request.headers().contains_key(*name)),
        body,
    }
}

pub(super) fn text(request: &HttpRequest, name: &str) -> Option<String> {
    request.headers().get(name)?.to_str().ok().map(str::to_owned)
}

pub(super) fn fault(error: NotTaken) -> Fault {
    match error {
        NotTaken::Refused(_) => Fault::Forbidden,
        NotTaken::TooLarge => Fault::TooLarge,
        NotTaken::NotKept(NotKept::Unavailable(error)) => error.into(),
        NotTaken::NotKept(full @ NotKept::Full(_)) => {
            Unavailable::new("keeping a request", full).into()
        }
    }
}

/// For those who drop what is answered with 4xx and repeat what is answered with 5xx: whatever was
/// not kept has to be repeated, even if an operator has to raise a limit meanwhile.
pub(super) fn repeatable(fault: Fault) -> Fault {
    match fault {
        Fault::Engine(_) | Fault::TimedOut => fault,
        other => {
            tracing::warn!(reason = %other, "could not keep a mail; its sender will repeat it");
            Unavailable::new("keeping a mail", other.to_string()).into()
        }
    }
}
