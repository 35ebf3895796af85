//! `/v1/users/{id}`

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actors::domain::UserId;

use super::{JsonBody, Surface, document, path, resource};
use crate::answer::Fault;
use crate::auth::ServiceKey;
use crate::documents::{Fields, user};

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(resource(
        "/v1/users/{id}",
        [(Method::GET, web::to(get)), (Method::PUT, web::to(put))],
    ));
}

async fn get(
    _: ServiceKey,
    surface: Data<Surface>,
    id: Path<String>,
) -> Result<HttpResponse, Fault> {
    let id = path::id(&id, UserId::parse)?;
    let stored = surface.people.user(&id).await?.ok_or(Fault::NotFound("user"))?;
    Ok(document(&user::view(&stored)))
}

async fn put(
    _: ServiceKey,
    surface: Data<Surface>,
    id: Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, Fault> {
    let user = user::read(path::id(&id, UserId::parse)?, Fields::of(body.0)?)?;
    surface.people.put_user(&user).await?;
    if !user.active {
        // Whoever connects from now on is refused; who is connected leaves.
        surface.dismissals.disconnect(&user.id);
    }
    Ok(document(&user::view(&user)))
}
