//! `/lead-finder/…`: other services give a scraper something to do.
use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::web::{self, Data, Path, ServiceConfig};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::emit_custom::{empty, event_name, fields, given};
use super::{RawBody, Surface, resource, success};
use crate::answer::Fault;
use crate::auth::ServiceKey;
use crate::time;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(resource(
        "/lead-finder/sockets",
        // An event may be called so, too.
        [
            (Method::GET, web::to(list)),
            (
                Method::POST,
                web::to(async |key, surface, body| {
                    emit(key, surface, Path::from("sockets".to_owned()), body).await
                }),
            ),
        ],
    ));
    config.service(resource("/lead-finder/{event}", [(Method::POST, web::to(emit))]));
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Task {
    socket_id: Option<Value>,
    #[serde(default, deserialize_with = "given")]
    payload: Option<Box<RawValue>>,
}

/// `{socketId, payload?}`, of which only `payload` is sent. To one scraper: a task that two of
/// them worked on would be done twice.
async fn emit(
    _: ServiceKey,
    surface: Data<Surface>,
    event: Path<String>,
    body: RawBody,
) -> Result<HttpResponse, Fault> {
    let event = event_name(&event)?;
    let Task { socket_id, payload } = fields(&body.0.unwrap_or_else(empty))?;
    let target = match &socket_id {
        Some(Value::String(target)) if !target.is_empty() => target,
        Some(Value::String(_)) | None => return Err(Fault::invalid("socketId is required")),
        Some(_) => return Err(Fault::invalid("socketId has to be a text")),
    };
    let payload = payload.unwrap_or_else(empty);
    if !surface.custom_events.to_scraper(target, &event, &payload) {
        return Err(Fault::NotFound("socket"));
    }
    Ok(success())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ScraperView {
    socket_id: String,
    client_id: String,
    connected_at: String,
}

#[derive(Serialize)]
struct Listed {
    success: bool,
    data: Vec<ScraperView>,
}

async fn list(_: ServiceKey, surface: Data<Surface>) -> HttpResponse {
    let scrapers = surface.custom_events.scrapers().into_iter();
    let views: Vec<_> = scrapers
        .map(|scraper| ScraperView {
            socket_id: scraper.socket_id,
            client_id: scraper.client_id,
            connected_at: time::format(scraper.connected_at),
        })
        .collect();
    HttpResponse::Ok().json(Listed { success: true, data: views })
}
