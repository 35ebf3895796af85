//! `/emit/…`: other services send users an event of any name, in `/v1/shared` only.
use std::borrow::Cow;
use std::collections::HashSet;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use actors::domain::UserId;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::{RawBody, Spender, Surface, path, resource, success};
use crate::answer::Fault;
use crate::auth::ServiceKey;
use crate::custom_event::EventName;

/// Most users one call may name.
const MAX_USERS: usize = 10_000;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/emit/{user}/{event}", [(Method::POST, web::to(to_user))]))
        .service(resource("/emit/{event}", [(Method::POST, web::to(to_users))]));
}

/// The body is the payload. A user who is offline or unknown is no failure: nothing waits for them.
async fn to_user(
    _: Allowance,
    surface: Data<Surface>,
    at: Path<(String, String)>,
    body: RawBody,
) -> Result<HttpResponse, Fault> {
    let (user, event) = at.into_inner();
    let (user, event) = (path::id(&user, UserId::parse)?, event_name(&event)?);
    surface.custom_events.to_users(vec![user], &event, &body.0.unwrap_or_else(empty));
    Ok(success())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Announcement<'a> {
    #[serde(borrow)]
    user_ids: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "given")]
    data: Option<Box<RawValue>>,
}

/// `{userIds, data}`, of which only `data` is sent.
async fn to_users(
    _: Allowance,
    surface: Data<Surface>,
    at: Path<String>,
    body: RawBody,
) -> Result<HttpResponse, Fault> {
    let event = event_name(&at)?;
    let body = body.0.unwrap_or_else(empty);
    let Announcement { user_ids, data } = fields(&body)?;
    let users = users(user_ids)?;
    let data = data.ok_or_else(|| Fault::invalid("data is required"))?;
    surface.custom_events.to_users(users, &event, &data);
    Ok(success())
}

/// One call of a trusted service, taken from what it may do in a minute. Stands first among a
/// handler's arguments: a stranger takes from nobody, and the body of a call too many is not read.
struct Allowance;

impl FromRequest for Allowance {
    type Error = Fault;
    type Future = Ready<Result<Self, Fault>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let taken = ServiceKey::from_request(request, payload).into_inner().and_then(|service| {
            let surface = request.app_data::<Data<Surface>>().ok_or(Fault::Internal)?;
            let spender = service.key.map_or_else(|| peer(request), Spender::Key);
            surface.emit_limit.take(spender).map_err(too_many)
        });
        ready(taken.map(|()| Self))
    }
}

fn peer(request: &HttpRequest) -> Spender {
    request.peer_addr().map_or(Spender::Everybody, |peer| Spender::peer(peer.ip()))
}

fn too_many(retry_after: u64) -> Fault {
    Fault::RateLimited { message: "Too many emit requests", retry_after }
}

/// Read where it stands: a list may hold thousands.
#[derive(Deserialize, PartialEq, Eq, Hash)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// A list of ids, or one alone; each counts once.
fn users(ids: Option<&RawValue>) -> Result<Vec<UserId>, Fault> {
    let ids = ids.map_or("[]", RawValue::get);
    let texts = match ids.as_bytes().first() {
        Some(b'[') => serde_json::from_str(ids),
        Some(b'"') => serde_json::from_str(ids).map(|one| vec![one]),
        _ => return Err(Fault::invalid("userIds has to be a list of user ids")),
    };
    let texts: Vec<Text<'_>> = texts.map_err(|_| Fault::invalid("userIds has to hold texts"))?;
    if texts.is_empty() {
        return Err(Fault::invalid("userIds is required"));
    }
    if texts.len() > MAX_USERS {
        return Err(Fault::invalid(format!("userIds holds more than {MAX_USERS} users")));
    }
    let mut seen = HashSet::with_capacity(texts.len());
    let once = texts.iter().filter(|text| seen.insert(*text));
    once.map(|text| path::id(&text.0, UserId::parse)).collect()
}

pub(super) fn event_name(text: &str) -> Result<EventName, Fault> {
    EventName::parse(text).map_err(|error| Fault::invalid(error.to_string()))
}

/// What no body stands for.
pub(super) fn empty() -> Box<RawValue> {
    RawValue::from_string("{}".to_owned()).unwrap_or_else(|_| unreachable!("it is JSON"))
}

/// Null is a value here, too.
pub(super) fn given<'de, D: Deserializer<'de>>(
    value: D,
) -> Result<Option<Box<RawValue>>, D::Error> {
    Deserialize::deserialize(value).map(Some)
}

/// An object's fields.
pub(super) fn fields<'a, T: Deserialize<'a>>(body: &'a RawValue) -> Result<T, Fault> {
    // An array would be read as fields in their order.
    if !body.get().starts_with('{') {
        return Err(Fault::invalid("body has to be an object"));
    }
    // The parser's own message would quote the body.
    serde_json::from_str(body.get()).map_err(|_| Fault::invalid("a field is of a wrong type"))
}
