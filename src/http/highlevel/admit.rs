//! Who may call: a bearer token of the team, a version that is known, and not too often.

use std::future::Future;
use std::pin::Pin;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError};
use actors::engine::Team;

use super::problem::Problem;
use super::{HighLevel, INTERVAL};
use crate::answer::Fault;
use crate::auth::{TeamAccess, bearer};
use crate::http::Spender;

/// What the published SDKs and documents of the last years send.
const VERSIONS: [&str; 4] = ["2021-04-15", "2021-07-28", "2023-02-21", "v3"];

/// Whoever was let in.
#[derive(Clone)]
pub struct Caller {
    access: TeamAccess,
}

impl Caller {
    /// The team, if the token holds this scope.
    ///
    /// # Errors
    ///
    /// [`Problem::Scope`].
    pub fn may(&self, scope: &str) -> Result<Team, Problem> {
        let team = Team { account: self.access.account.clone() };
        if self.access.allows(scope) { Ok(team) } else { Err(Problem::Scope) }
    }

    /// The same, if the location named is the token's own.
    ///
    /// # Errors
    ///
    /// [`Problem::Scope`], [`Problem::Location`].
    pub fn may_at(&self, scope: &str, location: &str) -> Result<Team, Problem> {
        let team = self.may(scope)?;
        if team.account.as_str() == location { Ok(team) } else { Err(Problem::Location) }
    }
}

/// Stands first among a handler's arguments.
impl FromRequest for Caller {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { let_in(&request).await })
    }
}

async fn let_in(request: &HttpRequest) -> Result<Caller, Problem> {
    let face = request.app_data::<Data<HighLevel>>().ok_or(Problem::Fault(Fault::Internal))?;
    let token = bearer(request).ok_or(Problem::Fault(Fault::Unauthorized))?;
    let access = face.access.team(token).await?;
    let left = face.limit.take_one_of(Spender::Key(access.spender())).map_err(|retry_after| {
        Problem::Fault(Fault::RateLimited { message: "Too many requests", retry_after })
    });
    request.extensions_mut().insert(Left(*left.as_ref().unwrap_or(&0)));
    left?;
    if asks_for_a_version(request.path()) {
        let version = request.headers().get("version").ok_or(Problem::VersionMissing)?;
        let known = version.to_str().is_ok_and(|version| VERSIONS.contains(&version.trim()));
        known.then_some(()).ok_or(Problem::VersionUnknown)?;
    }
    Ok(Caller { access })
}

/// All but those about one e-mail.
fn asks_for_a_version(path: &str) -> bool {
    !path.starts_with("/conversations/messages/email/")
}

/// Calls that are left at once.
#[derive(Clone, Copy)]
struct Left(u32);

/// Spells every refusal as this face does, and tells what is left.
///
/// # Errors
///
/// None of its own; what a middleware further in failed with.
pub async fn in_its_words<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    let answer = next.call(request).await?;
    let left = answer.request().extensions().get::<Left>().copied();
    let most = answer.request().app_data::<Data<HighLevel>>().map(|face| face.most);
    let mut answer = match respelled(&answer) {
        Some(instead) => answer.into_response(instead).map_into_right_body(),
        None => answer.map_into_left_body(),
    };
    if let Some((Left(left), most)) = left.zip(most) {
        tell_limits(answer.headers_mut(), most, left);
    }
    Ok(answer)
}

/// What extractors and routing answered in the words of the rest of the server.
fn respelled<B>(answer: &ServiceResponse<B>) -> Option<HttpResponse> {
    if answer.status() == StatusCode::METHOD_NOT_ALLOWED {
        let mut instead = Problem::Fault(Fault::MethodNotAllowed).error_response();
        if let Some(allowed) = answer.headers().get(ALLOW) {
            instead.headers_mut().insert(ALLOW, allowed.clone());
        }
        return Some(instead);
    }
    let fault = answer.response().error()?.as_error::<Fault>()?;
    let problem = match fault {
        Fault::Invalid(message) => Problem::invalid(message.clone()),
        Fault::TooLarge => Fault::TooLarge.into(),
        Fault::NotFound(what) => Fault::NotFound(what).into(),
        Fault::UnsupportedMediaType => Fault::UnsupportedMediaType.into(),
        _ => Problem::Fault(Fault::Internal),
    };
    Some(problem.error_response())
}

fn tell_limits(headers: &mut HeaderMap, most: u32, left: u32) {
    let interval = u32::try_from(INTERVAL.as_millis()).unwrap_or(u32::MAX);
    for (name, value) in [
        ("x-ratelimit-max", most),
        ("x-ratelimit-remaining", left),
        ("x-ratelimit-interval-milliseconds", interval),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
    }
}

/// A path whose third part is `emit` is the General Socket's.
pub fn is_an_emit(path: &str) -> bool {
    path.split('/').nth(3) == Some("emit")
}

pub async fn no_such_route(request: HttpRequest) -> HttpResponse {
    let missing = Fault::NotFound("route");
    if is_an_emit(request.path()) {
        return missing.error_response();
    }
    Problem::Fault(missing).error_response()
}
