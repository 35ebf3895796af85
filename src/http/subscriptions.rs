//! `/v1/webhooks…`: other services subscribe to what happens in an account.

use actix_web::http::Method;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use actors::domain::{AccountId, Parked, SubscriptionId};
use actors::ports::SubscribeError;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{JsonBody, document, path, resource, success};
use crate::answer::Fault;
use crate::auth::ServiceKey;
use crate::documents::{Fields, subscription};
use crate::subscriptions::{Desk, EventNames, Replay, ReplayError, TargetError, signature};
use crate::time;

const DEFAULT_LIMIT: usize = 20;
const MAX_LIMIT: usize = 100;
const MISSING: Fault = Fault::NotFound("webhook");

/// The subscriptions of this desk. Every handler asks for a [`ServiceKey`] first.
pub fn configure(config: &mut ServiceConfig, desk: Data<Desk>) {
    config
        .app_data(desk)
        .service(resource("/v1/webhooks", [(Method::GET, web::to(list))]))
        .service(resource("/v1/webhooks/{id}/failures", [(Method::GET, web::to(failures))]))
        .service(resource("/v1/webhooks/{id}/replay", [(Method::POST, web::to(replay))]))
        .service(resource(
            "/v1/webhooks/{id}",
            [
                (Method::GET, web::to(get)),
                (Method::PUT, web::to(put)),
                (Method::DELETE, web::to(discard)),
            ],
        ));
}

#[derive(Deserialize)]
struct Of {
    account_id: Option<String>,
}

async fn list(
    _: ServiceKey,
    request: HttpRequest,
    desk: Data<Desk>,
) -> Result<HttpResponse, Fault> {
    let of = web::Query::<Of>::from_query(request.query_string())
        .map_err(|_| Fault::invalid("account_id may be given once"))?;
    let account = match of.account_id.as_deref() {
        Some(text) => path::id(text, AccountId::parse)?,
        None => AccountId::default_account(),
    };
    let standing = desk.of_account(&account).await?;
    let data: Vec<_> = standing.iter().map(subscription::view).collect();
    Ok(HttpResponse::Ok().json(json!({ "success": true, "data": data })))
}

async fn get(_: ServiceKey, desk: Data<Desk>, id: Path<String>) -> Result<HttpResponse, Fault> {
    let standing = desk.get(&known(&id)?).await?.ok_or(MISSING)?;
    Ok(document(&subscription::view(&standing)))
}

/// A secret that was made here is shown in this one answer.
async fn put(
    _: ServiceKey,
    desk: Data<Desk>,
    id: Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, Fault> {
    let id = path::id(&id, SubscriptionId::parse)?;
    let asked = subscription::read(&id, Fields::of(body.0)?)?;
    desk.check(&asked.url)?;
    let there = desk.get(&id).await?;
    let kept = there.map(|standing| standing.subscription.secret);
    let (secret, is_fresh) = match asked.secret.clone().or(kept) {
        Some(secret) => (secret, false),
        None => (signature::fresh().ok_or(Fault::Internal)?, true),
    };
    desk.put(&asked.with(id.clone(), secret.clone())).await?;
    let standing = desk.get(&id).await?.ok_or(MISSING)?;
    let mut view = subscription::view(&standing);
    if is_fresh {
        view["secret"] = Value::String(signature::show(&secret));
    }
    Ok(document(&view))
}

async fn discard(_: ServiceKey, desk: Data<Desk>, id: Path<String>) -> Result<HttpResponse, Fault> {
    if !desk.forget(&known(&id)?).await? {
        return Err(MISSING);
    }
    Ok(success())
}

/// `{from}`: an instant, or the `webhook-id` of an event that is to be told again first.
async fn replay(
    _: ServiceKey,
    desk: Data<Desk>,
    id: Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, Fault> {
    let mut fields = Fields::of(body.0)?;
    let from = fields.text("from", 128)?;
    fields.end()?;
    let from = match time::parse(&from) {
        Ok(when) => Replay::Since(when),
        Err(_) => Replay::From(from),
    };
    desk.replay(&known(&id)?, from).await?;
    Ok(success())
}

#[derive(Deserialize)]
struct Page {
    limit: Option<usize>,
}

/// What is not tried any more, the latest first.
async fn failures(
    _: ServiceKey,
    request: HttpRequest,
    desk: Data<Desk>,
    id: Path<String>,
) -> Result<HttpResponse, Fault> {
    let page = web::Query::<Page>::from_query(request.query_string());
    let limit = page.map(|page| page.limit.unwrap_or(DEFAULT_LIMIT)).ok();
    let limit = limit
        .filter(|limit| (1..=MAX_LIMIT).contains(limit))
        .ok_or_else(|| Fault::invalid(format!("limit has to be a number from 1 to {MAX_LIMIT}")))?;
    let id = known(&id)?;
    let standing = desk.get(&id).await?.ok_or(MISSING)?;
    let owner = EventNames::owner(&standing.subscription);
    let parked = desk.parked(&id, limit).await?;
    let data: Vec<_> = parked.iter().map(|one| failure(&desk, &owner, one)).collect();
    Ok(HttpResponse::Ok().json(json!({ "success": true, "data": data })))
}

fn failure(desk: &Desk, id: &SubscriptionId, parked: &Parked) -> Value {
    json!({
        "_id": parked.kind.map(|_| desk.names.name(id, parked.position)),
        "type": parked.kind.map(|kind| kind.as_str()),
        "reason": parked.reason,
        "attempts": parked.attempts,
        "failed_at": time::format(parked.at),
    })
}

/// What could be no id is not there.
fn known(id: &str) -> Result<SubscriptionId, Fault> {
    SubscriptionId::parse(id).map_err(|_| MISSING)
}

impl From<TargetError> for Fault {
    fn from(error: TargetError) -> Self {
        Self::invalid(error.to_string())
    }
}

impl From<SubscribeError> for Fault {
    fn from(error: SubscribeError) -> Self {
        match error {
            SubscribeError::OtherAccount => Self::Conflict("it belongs to another account"),
            SubscribeError::TooMany => Self::Conflict("the account has too many webhooks"),
            SubscribeError::Unavailable(unavailable) => unavailable.into(),
        }
    }
}

impl From<ReplayError> for Fault {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::NotFound => MISSING,
            ReplayError::NoEvent | ReplayError::Forgotten => Self::invalid(error.to_string()),
            ReplayError::Unavailable(unavailable) => unavailable.into(),
        }
    }
}
