//! The failure envelope where no handler of ours answers.

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ResponseHead, ServiceRequest, ServiceResponse};
use actix_web::http::header::{ALLOW, CONTENT_TYPE};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpResponse, Resource, ResponseError, Route, web};

use crate::answer::Fault;

pub(super) async fn no_such_route() -> Result<HttpResponse, Fault> {
    Err(Fault::NotFound("route"))
}

/// A path and what answers each method on it. Every other method is 405 with `Allow`.
pub fn resource<const N: usize>(path: &str, methods: [(Method, Route); N]) -> Resource {
    let allowed: Vec<_> = methods.iter().map(|(method, _)| method.to_string()).collect();
    let allowed = allowed.join(", ");
    let resource = methods.into_iter().fold(web::resource(path), |resource, (method, route)| {
        resource.route(route.method(method))
    });
    resource.default_service(web::to(move || {
        let mut answer = Fault::MethodNotAllowed.error_response();
        if let Ok(allowed) = allowed.parse() {
            answer.headers_mut().insert(ALLOW, allowed);
        }
        std::future::ready(answer)
    }))
}

/// Gives failures that answer in plain text, as all of actix's own do, the form of ours. A failure
/// with an answer of another kind keeps it.
///
/// # Errors
///
/// What a middleware further in failed with; actix answers it as the error says.
pub async fn envelope<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    match next.call(request).await {
        Ok(answer) => {
            let failed = answer.response().error().is_some();
            let fault = if failed { instead_of(answer.response().head()) } else { None };
            Ok(match fault {
                Some(fault) => answer.into_response(fault.error_response()).map_into_right_body(),
                None => answer.map_into_left_body(),
            })
        }
        Err(error) => Err(instead_of(error.error_response().head()).map_or(error, Into::into)),
    }
}

/// The fault that says the same as a plain-text answer; `None` for every other answer.
fn instead_of(answer: &ResponseHead) -> Option<Fault> {
    let kind = answer.headers().get(CONTENT_TYPE)?.as_bytes();
    kind.starts_with(b"text/plain").then(|| match answer.status {
        StatusCode::NOT_FOUND => Fault::NotFound("route"),
        StatusCode::METHOD_NOT_ALLOWED => Fault::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => Fault::TooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Fault::UnsupportedMediaType,
        status if status.is_client_error() => Fault::invalid("malformed request"),
        _ => Fault::Internal,
    })
}
