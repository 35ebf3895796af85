//! `/api/v1/tags…`

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actors::domain::TagId;
use actors::engine::Failure;

use super::team::InboxTeam;
use super::{Inbox, label, named};
use crate::answer::Fault;
use crate::http::{JsonBody, resource};
use crate::views::inbox::LabelShape;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource(
            "/api/v1/tags",
            [(Method::GET, web::to(list)), (Method::POST, web::to(create))],
        ))
        .service(resource(
            "/api/v1/tags/{id}",
            [(Method::PATCH, web::to(change)), (Method::DELETE, web::to(delete))],
        ));
}

/// All of them, by name.
async fn list(InboxTeam(team): InboxTeam, inbox: Data<Inbox>) -> Result<HttpResponse, Fault> {
    let tags = inbox.engine.store.tags(&team.account).await?;
    Ok(named("tags", tags.iter().map(LabelShape::from).collect::<Vec<_>>()))
}

async fn create(
    InboxTeam(team): InboxTeam,
    inbox: Data<Inbox>,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, Fault> {
    let (name, color) = label::fresh(body)?;
    let tag = inbox.engine.create_tag(&team.account, name, color).await?;
    Ok(named("tag", LabelShape::from(&tag)))
}

async fn change(
    InboxTeam(team): InboxTeam,
    inbox: Data<Inbox>,
    id: Path<String>,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, Fault> {
    let patch = label::patch(body)?;
    let tag = inbox.engine.change_tag(&team.account, &known(&id)?, patch).await?;
    Ok(named("tag", LabelShape::from(&tag)))
}

async fn delete(
    InboxTeam(team): InboxTeam,
    inbox: Data<Inbox>,
    id: Path<String>,
) -> Result<HttpResponse, Fault> {
    inbox.engine.delete_tag(&team.account, &known(&id)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn known(id: &str) -> Result<TagId, Fault> {
    TagId::parse(id).map_err(|_| Failure::NotFound("tag").into())
}
