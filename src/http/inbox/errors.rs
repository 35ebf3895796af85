//! `{error: {code, message, status}}`, whatever went wrong below the prefix, and how much is left of
//! the team's allowance.

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpResponse, ResponseError};
use actors::engine::Failure;
use serde::Serialize;
use serde_json::json;

use super::allowance::Standing;
use crate::answer::Fault;

/// A failure in the words of this API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    pub code: &'static str,
    pub message: String,
    pub status: u16,
}

impl From<&Fault> for Problem {
    fn from(fault: &Fault) -> Self {
        let answer = fault.answer();
        let (code, message) = match fault {
            Fault::NotFound(what) | Fault::Engine(Failure::NotFound(what)) => missing(what),
            Fault::Engine(Failure::Refused(actors::domain::Refusal::NotFound)) => {
                missing("conversation")
            }
            Fault::Internal => ("INTERNAL_ERROR", fault.to_string()),
            _ => (answer.code, fault.to_string()),
        };
        let code = if code == "INTERNAL_SERVER_ERROR" { "INTERNAL_ERROR" } else { code };
        Self { code, message, status: answer.errno }
    }
}

/// What the engine calls it, in the words of this API.
fn missing(what: &str) -> (&'static str, String) {
    let (code, name) = match what {
        "contact" => ("PROSPECT_NOT_FOUND", "Prospect"),
        "conversation" => ("THREAD_NOT_FOUND", "Thread"),
        "tag" => ("TAG_NOT_FOUND", "Tag"),
        "status" => ("STATUS_NOT_FOUND", "Status"),
        "user" => ("MEMBER_NOT_FOUND", "Member"),
        "channel" => ("ACCOUNT_LINK_NOT_FOUND", "Account link"),
        "message" => ("MESSAGE_NOT_FOUND", "Message"),
        _ => ("NOT_FOUND", "Route"),
    };
    (code, format!("{name} not found"))
}

/// Spells every failure below the prefix, those of actix included, and tells every team how it
/// stands.
///
/// # Errors
///
/// What is further in failed with: nothing, since routes and handlers answer for their own failures.
pub async fn spelled<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    let answer = next.call(request).await?;
    let status = answer.status();
    if !status.is_client_error() && !status.is_server_error() {
        return Ok(with_standing(answer.map_into_left_body()));
    }
    let mut problem = match answer.response().error() {
        Some(error) => problem_of(error, status),
        None => spell(&fault_of(status)),
    };
    for header in [ALLOW, RETRY_AFTER] {
        if let Some(value) = answer.headers().get(&header) {
            problem.headers_mut().insert(header, value.clone());
        }
    }
    Ok(with_standing(answer.into_response(problem).map_into_right_body()))
}

fn problem_of(error: &actix_web::Error, status: StatusCode) -> HttpResponse {
    match error.as_error::<Fault>() {
        Some(fault) => spell(fault),
        None => spell(&fault_of(status)),
    }
}

/// What a status says that came without a fault of ours.
fn fault_of(status: StatusCode) -> Fault {
    match status {
        StatusCode::NOT_FOUND => Fault::NotFound("route"),
        StatusCode::METHOD_NOT_ALLOWED => Fault::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => Fault::TooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Fault::UnsupportedMediaType,
        status if status.is_client_error() => Fault::invalid("malformed request"),
        _ => Fault::Internal,
    }
}

fn spell(fault: &Fault) -> HttpResponse {
    let mut answer = HttpResponse::build(fault.status_code());
    if let Fault::RateLimited { retry_after, .. } = fault {
        answer.insert_header((RETRY_AFTER, *retry_after));
    }
    answer.json(json!({ "error": Problem::from(fault) }))
}

fn with_standing<B>(mut answer: ServiceResponse<B>) -> ServiceResponse<B> {
    let standing = answer.request().extensions().get::<Standing>().copied();
    if let Some(standing) = standing {
        let headers = answer.headers_mut();
        tell(headers, "x-ratelimit-limit", i64::from(standing.limit));
        tell(headers, "x-ratelimit-remaining", i64::from(standing.remaining));
        tell(headers, "x-ratelimit-reset", standing.reset);
    }
    answer
}

fn tell(headers: &mut HeaderMap, name: &'static str, value: i64) {
    headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_in_the_words_of_this_api() {
        let code = |fault: Fault| {
            let Problem { code, status, message } = Problem::from(&fault);
            (code, status, message)
        };

        let contact = code(Failure::NotFound("contact").into());
        assert_eq!(contact, ("PROSPECT_NOT_FOUND", 404, "Prospect not found".into()));
        assert_eq!(code(Failure::NotFound("user").into()).0, "MEMBER_NOT_FOUND");
        assert_eq!(code(Fault::NotFound("route")).0, "NOT_FOUND");
        assert_eq!(code(Fault::Internal).0, "INTERNAL_ERROR");
        assert_eq!(code(Fault::Forbidden).0, "FORBIDDEN");
        let limited = Fault::RateLimited { message: "Rate limit exceeded", retry_after: 3 };
        assert_eq!(code(limited), ("RATE_LIMITED", 429, "Rate limit exceeded".into()));
    }
}
