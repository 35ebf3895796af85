//! `/v1/contacts/{id}`

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actors::domain::ContactId;

use super::{JsonBody, Surface, document, path, resource};
use crate::answer::Fault;
use crate::auth::ServiceKey;
use crate::documents::{Fields, contact};

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(resource(
        "/v1/contacts/{id}",
        [(Method::GET, web::to(get)), (Method::PUT, web::to(put))],
    ));
}

async fn get(
    _: ServiceKey,
    surface: Data<Surface>,
    id: Path<String>,
) -> Result<HttpResponse, Fault> {
    let id = path::id(&id, ContactId::parse)?;
    let stored = surface.people.contact(&id).await?.ok_or(Fault::NotFound("contact"))?;
    Ok(document(&contact::view(&stored)))
}

async fn put(
    _: ServiceKey,
    surface: Data<Surface>,
    id: Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, Fault> {
    let contact = contact::read(path::id(&id, ContactId::parse)?, Fields::of(body.0)?)?;
    surface.people.put_contact(&contact).await?;
    Ok(document(&contact::view(&contact)))
}
