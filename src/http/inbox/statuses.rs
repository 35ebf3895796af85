//! `/api/v1/statuses…`

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actors::domain::{ContactStatus, ContactStatusId};
use actors::engine::Failure;

use super::team::InboxTeam;
use super::{Inbox, label, named};
use crate::answer::Fault;
use crate::documents::Fields;
use crate::http::{JsonBody, resource};
use crate::views::inbox::LabelShape;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource(
            "/api/v1/statuses",
            [(Method::GET, web::to(list)), (Method::POST, web::to(create))],
        ))
        .service(resource("/api/v1/statuses/order", [(Method::PUT, web::to(reorder))]))
        .service(resource(
            "/api/v1/statuses/{id}",
            [(Method::PATCH, web::to(change)), (Method::DELETE, web::to(delete))],
        ));
}

/// All of them, in the order of the pipeline.
async fn list(InboxTeam(team): InboxTeam, inbox: Data<Inbox>) -> Result<HttpResponse, Fault> {
    Ok(shown(&inbox.engine.store.contact_statuses(&team.account).await?))
}

fn shown(statuses: &[ContactStatus]) -> HttpResponse {
    named("statuses", statuses.iter().map(LabelShape::from).collect::<Vec<_>>())
}

async fn create(
    InboxTeam(team): InboxTeam,
    inbox: Data<Inbox>,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, Fault> {
    let (name, color) = label::fresh(body)?;
    let status = inbox.engine.create_status(&team.account, name, color).await?;
    Ok(named("status", LabelShape::from(&status)))
}

/// `{statusIds}`: every status, each once.
async fn reorder(
    InboxTeam(team): InboxTeam,
    inbox: Data<Inbox>,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, Fault> {
    let mut fields = Fields::of(body)?;
    let ids = fields.ids("statusIds", ContactStatusId::parse)?;
    let ids = ids.ok_or_else(|| Fault::invalid("statusIds is required"))?;
    fields.end()?;
    Ok(shown(&inbox.engine.reorder_statuses(&team.account, &ids).await?))
}

async fn change(
    InboxTeam(team): InboxTeam,
    inbox: Data<Inbox>,
    id: Path<String>,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, Fault> {
    let patch = label::patch(body)?;
    let status = inbox.engine.change_status(&team.account, &known(&id)?, patch).await?;
    Ok(named("status", LabelShape::from(&status)))
}

async fn delete(
    InboxTeam(team): InboxTeam,
    inbox: Data<Inbox>,
    id: Path<String>,
) -> Result<HttpResponse, Fault> {
    inbox.engine.delete_status(&team.account, &known(&id)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn known(id: &str) -> Result<ContactStatusId, Fault> {
    ContactStatusId::parse(id).map_err(|_| Failure::NotFound("status").into())
}
