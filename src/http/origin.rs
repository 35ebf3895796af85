//! CORS: pages of allowed origins may ask and read what they are answered; for others nothing is done.

use actix_web::HttpResponse;
use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderValue, VARY,
};
use actix_web::middleware::Next;
use actix_web::web::Data;

use crate::answer::Fault;
use crate::origin::{Origins, Verdict};

const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
const SENT: &str = "authorization, content-type, x-api-key";
const READ: &str =
    "allow, retry-after, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset";
/// Seconds that a browser need not ask again. None remembers it for longer than two hours.
const REMEMBERED: &str = "7200";
/// Sockets look after themselves.
const SOCKETS: &str = "/socket.io/";

/// # Errors
///
/// What is further in failed with.
pub async fn origin<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    let origins = request.app_data::<Data<Origins>>().filter(|_| request.path() != SOCKETS);
    let verdict = origins.map_or(Verdict::None, |origins| origins.judge(request.request()));
    let page = match verdict {
        Verdict::None => return next.call(request).await.map(ServiceResponse::map_into_left_body),
        Verdict::Allowed(page) => HeaderValue::from_str(&page),
        Verdict::Forbidden => return Err(Fault::Forbidden.into()),
    };
    let page = page.map_err(|_| Fault::Forbidden)?;
    let asks_first = request.method() == Method::OPTIONS
        && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    if asks_first {
        let mut answer = HttpResponse::NoContent().finish();
        let headers = answer.headers_mut();
        allow(headers, page);
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(SENT));
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(REMEMBERED));
        return Ok(request.into_response(answer).map_into_right_body());
    }
    let mut answer = next.call(request).await?;
    allow(answer.headers_mut(), page);
    Ok(answer.map_into_left_body())
}

fn allow(headers: &mut HeaderMap, page: HeaderValue) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, page);
    headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(READ));
    headers.append(VARY, HeaderValue::from_static("Origin"));
}
