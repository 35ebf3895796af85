//! Operators look at what could not be trusted or read, release it or delete it.
//!
//! What is listed is unverified, and shown nowhere else.

use actix_web::http::Method;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{resource, success};
use crate::answer::Fault;
use crate::auth::ServiceKey;
use crate::ingest::{Journal, Kept, Quarantined};
use crate::time;

const DEFAULT_LIMIT: usize = 20;
const MAX_LIMIT: usize = 100;

/// The quarantine of this journal. Every handler asks for a [`ServiceKey`] first.
pub fn configure(config: &mut ServiceConfig, journal: Data<Journal>) {
    config
        .app_data(journal)
        .service(resource("/v1/quarantine", [(Method::GET, web::to(list))]))
        .service(resource("/v1/quarantine/{id}/release", [(Method::POST, web::to(release))]))
        .service(resource("/v1/quarantine/{id}", [(Method::DELETE, web::to(discard))]));
}

#[derive(Deserialize)]
struct Page {
    limit: Option<String>,
    next: Option<String>,
}

/// Newest first. `next` goes on where the page ends, and is null on the last one.
async fn list(
    _: ServiceKey,
    request: HttpRequest,
    journal: Data<Journal>,
) -> Result<HttpResponse, Fault> {
    let page = web::Query::<Page>::from_query(request.query_string())
        .map_err(|_| Fault::invalid("limit and next may be given once each"))?;
    let limit = limit(page.limit.as_deref())?;
    let before = page.next.as_deref().map(next).transpose()?;
    let mut found = journal.quarantined(before, limit + 1).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|last| last.id.0.to_string());
    Ok(HttpResponse::Ok().json(json!({
        "success": true,
        "data": found.iter().map(view).collect::<Vec<_>>(),
        "paging": { "limit": limit, "next": next },
    })))
}

async fn release(
    _: ServiceKey,
    id: Path<String>,
    journal: Data<Journal>,
) -> Result<HttpResponse, Fault> {
    answer(journal.release(known(&id)?).await?)
}

async fn discard(
    _: ServiceKey,
    id: Path<String>,
    journal: Data<Journal>,
) -> Result<HttpResponse, Fault> {
    answer(journal.discard(known(&id)?).await?)
}

fn view(one: &Quarantined) -> Value {
    json!({
        "_id": one.id.0.to_string(),
        "source": one.source,
        "reason": one.reason,
        "provider_id": one.provider_id,
        "from": one.from,
        "to": one.to,
        "received_at": time::format(one.received_at),
    })
}

fn answer(found: bool) -> Result<HttpResponse, Fault> {
    if !found {
        return Err(MISSING);
    }
    Ok(success())
}

const MISSING: Fault = Fault::NotFound("quarantined request");

fn known(id: &str) -> Result<Kept, Fault> {
    id.parse().map(Kept).map_err(|_| MISSING)
}

fn limit(text: Option<&str>) -> Result<usize, Fault> {
    let Some(text) = text else { return Ok(DEFAULT_LIMIT) };
    let limit = text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
    limit.ok_or_else(|| Fault::invalid(format!("limit has to be a number from 1 to {MAX_LIMIT}")))
}

fn next(text: &str) -> Result<Kept, Fault> {
    text.parse().map(Kept).map_err(|_| Fault::invalid("next has to be one that a page answered"))
}

#[cfg(test)]
mod tests;
