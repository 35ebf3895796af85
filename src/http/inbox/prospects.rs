//! `/api/v1/prospects…`: finding prospects, and changing what the team keeps about them.

use actix_web::http::Method;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use actors::domain::ContactId;
use actors::engine::{Failure, ListProspects};
use serde_json::json;

use super::query::Query;
use super::team::InboxTeam;
use super::{Inbox, context, filter, named};
use crate::answer::Fault;
use crate::http::{JsonBody, resource};
use crate::views::inbox::ProspectShape;

const USUAL_PLATFORM: &str = "x";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/api/v1/prospects", [(Method::GET, web::to(list))]))
        .service(resource("/api/v1/prospects/lookup", [(Method::GET, web::to(lookup))]))
        .service(resource("/api/v1/prospects/{id}/context", [(Method::PATCH, web::to(patch))]));
}

/// Behind the paths that name what is no prospect.
pub(super) fn by_id(config: &mut ServiceConfig) {
    config.service(resource("/api/v1/prospects/{id}", [(Method::GET, web::to(get))]));
}

async fn lookup(
    InboxTeam(team): InboxTeam,
    inbox: Data<Inbox>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let mut query = Query::parse(request.query_string())?;
    let platform_id = query.required(&["platformId", "externalPlatformId"])?;
    let platform = query.one(&["platform"])?;
    query.end()?;
    let platform = platform.as_deref().map_or(USUAL_PLATFORM, usual);
    let found = inbox.engine.prospect_on_platform(&team, platform, &platform_id).await?;
    Ok(named("prospect", found.as_ref().map(ProspectShape::from)))
}

/// What was called `twitter` elsewhere is `x` here.
pub(super) fn usual(platform: &str) -> &str {
    if platform == "twitter" { USUAL_PLATFORM } else { platform }
}

async fn get(
    InboxTeam(team): InboxTeam,
    inbox: Data<Inbox>,
    id: Path<String>,
) -> Result<HttpResponse, Fault> {
    let view = inbox.engine.prospect(&team, &known(&id)?).await?;
    Ok(named("prospect", ProspectShape::from(&view)))
}

async fn list(
    InboxTeam(team): InboxTeam,
    inbox: Data<Inbox>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let mut query = Query::parse(request.query_string())?;
    let ask = ListProspects {
        filter: filter::labels(&mut query)?,
        order: filter::prospects(&mut query)?,
        limit: filter::limit(&mut query)?,
    };
    query.end()?;
    let list = inbox.engine.list_prospects(&team, ask).await?;
    let prospects: Vec<_> = list.prospects.iter().map(ProspectShape::from).collect();
    Ok(HttpResponse::Ok().json(json!({
        "prospects": prospects,
        "nextCursor": filter::next_prospects(list.next.as_ref()),
    })))
}

async fn patch(
    InboxTeam(team): InboxTeam,
    inbox: Data<Inbox>,
    id: Path<String>,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, Fault> {
    let patch = context::read(body)?;
    let view = inbox.engine.patch_context(&team, &known(&id)?, &patch).await?;
    Ok(named("prospect", ProspectShape::from(&view)))
}

/// What could be no id is not there.
pub(super) fn known(id: &str) -> Result<ContactId, Fault> {
    ContactId::parse(id).map_err(|_| Failure::NotFound("contact").into())
}
