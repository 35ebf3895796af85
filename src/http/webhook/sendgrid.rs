//! `POST /webhooks/sendgrid/inbound` and `/webhooks/sendgrid/events`. SendGrid drops a mail without
//! a word when it is answered with 4xx, and repeats it for days when with 5xx: so a mail is kept,
//! or it is 503.

use std::time::Duration;

use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use actors::ports::Unavailable;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::sync::Semaphore;
use url::form_urlencoded;

use super::taking::{fault, raw, read, repeatable, text};
use crate::answer::Fault;
use crate::ingest::{Intake, Raw, Source};

/// How long a mail may take to come in, and a batch of events.
const MAIL_WITHIN: Duration = Duration::from_secs(60);
const EVENTS_WITHIN: Duration = Duration::from_secs(15);
/// Mails being read at a time; each may be as large as the limit. Others are to come again.
const MOST_MAILS: usize = 16;
static MAILS: Semaphore = Semaphore::const_new(MOST_MAILS);

/// # Errors
///
/// 503 when the mail could not be kept, for whatever reason.
pub async fn inbound(
    request: HttpRequest,
    payload: Payload,
    intake: Data<Intake>,
) -> Result<HttpResponse, Fault> {
    let source = Source::SendgridInbound;
    let _room = MAILS
        .try_acquire()
        .map_err(|full| Fault::from(Unavailable::new("making room for a mail", full)))?;
    let body = read(&request, payload, &intake, source, MAIL_WITHIN).await.map_err(repeatable)?;
    let raw = Raw {
        // The query holds the key.
        target: request.path().to_owned(),
        signature: key(&request),
        ..raw(&request, source, body)
    };
    intake.take(raw).await.map_err(fault).map_err(repeatable)?;
    Ok(HttpResponse::Ok().finish())
}

/// # Errors
///
/// - 413 when the body is too long.
/// - 503 when the request could not be kept.
pub async fn events(
    request: HttpRequest,
    payload: Payload,
    intake: Data<Intake>,
) -> Result<HttpResponse, Fault> {
    let source = Source::SendgridEvents;
    let body = read(&request, payload, &intake, source, EVENTS_WITHIN).await?;
    let header = |name: &str| text(&request, &format!("x-twilio-email-event-webhook-{name}"));
    let signature = header("timestamp")
        .zip(header("signature"))
        .map(|(timestamp, signature)| format!("{timestamp} {signature}"));
    intake.take(Raw { signature, ..raw(&request, source, body) }).await.map_err(fault)?;
    Ok(HttpResponse::Ok().finish())
}

/// `?key=`, or else the password of basic authentication.
fn key(request: &HttpRequest) -> Option<String> {
    let query = form_urlencoded::parse(request.query_string().as_bytes());
    let mut query = query.filter(|(name, _)| name == "key");
    query.next().map(|(_, key)| key.into_owned()).or_else(|| {
        let header = text(request, AUTHORIZATION.as_str())?;
        let (scheme, told) = header.split_once(' ')?;
        let told = BASE64_STANDARD.decode(told.trim()).ok()?;
        let told = String::from_utf8(told).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
        told.split_once(':').map(|(_, password)| password.to_owned())
    })
}
