//! `/v1/channels/{id}`

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actors::domain::ChannelId;

use super::{JsonBody, Surface, document, path, resource};
use crate::answer::Fault;
use crate::auth::ServiceKey;
use crate::documents::{Fields, channel};

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(resource(
        "/v1/channels/{id}",
        [(Method::GET, web::to(get)), (Method::PUT, web::to(put))],
    ));
}

async fn get(
    _: ServiceKey,
    surface: Data<Surface>,
    id: Path<String>,
) -> Result<HttpResponse, Fault> {
    let id = path::id(&id, ChannelId::parse)?;
    let stored = surface.people.channel(&id).await?.ok_or(Fault::NotFound("channel"))?;
    Ok(document(&channel::view(&stored)))
}

async fn put(
    _: ServiceKey,
    surface: Data<Surface>,
    id: Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, Fault> {
    let channel = channel::read(path::id(&id, ChannelId::parse)?, Fields::of(body.0)?)?;
    surface.people.put_channel(&channel).await?;
    Ok(document(&channel::view(&channel)))
}
