//! `/v1/accounts/{id}`

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actors::domain::AccountId;

use super::{JsonBody, Surface, document, path, resource};
use crate::answer::Fault;
use crate::auth::ServiceKey;
use crate::documents::{Fields, account};

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(resource(
        "/v1/accounts/{id}",
        [(Method::GET, web::to(get)), (Method::PUT, web::to(put))],
    ));
}

async fn get(
    _: ServiceKey,
    surface: Data<Surface>,
    id: Path<String>,
) -> Result<HttpResponse, Fault> {
    let id = path::id(&id, AccountId::parse)?;
    let stored = surface.people.account(&id).await?.ok_or(Fault::NotFound("account"))?;
    Ok(document(&account::view(&stored)))
}

async fn put(
    _: ServiceKey,
    surface: Data<Surface>,
    id: Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, Fault> {
    let account = account::read(path::id(&id, AccountId::parse)?, Fields::of(body.0)?)?;
    surface.people.put_account(&account).await?;
    Ok(document(&account::view(&account)))
}
