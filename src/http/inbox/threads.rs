//! `/api/v1/threads…`: a team's conversations, each with its prospect.

use actix_web::http::Method;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use actors::domain::{ChannelId, ConversationId, UserId};
use actors::engine::{Failure, TeamChange, ThreadList, Wanted};
use serde_json::{Value, json};

use super::query::Query;
use super::team::InboxTeam;
use super::{Inbox, filter, named, prospects};
use crate::answer::Fault;
use crate::http::{JsonBody, resource};
use crate::views::inbox::ThreadShape;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/api/v1/threads", [(Method::GET, web::to(list))]))
        .service(resource("/api/v1/threads/lookup", [(Method::GET, web::to(lookup))]));
}

/// Behind the paths that name what is no thread.
pub(super) fn by_id(config: &mut ServiceConfig) {
    config.service(resource(
        "/api/v1/threads/{id}",
        [(Method::GET, web::to(get)), (Method::PATCH, web::to(change))],
    ));
}

async fn list(
    InboxTeam(team): InboxTeam,
    inbox: Data<Inbox>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let (wanted, ask) = filter::threads(Query::parse(request.query_string())?)?;
    // Another team's link is none: a filter that is passed over would answer with everything.
    for channel in ask.filter.channels.iter().flatten() {
        inbox.engine.channel_of(&team.account, channel).await?;
    }
    let list = match wanted {
        Wanted::Everything => inbox.engine.list_threads(&team, None, ask).await?,
        Wanted::Words(words) => inbox.engine.list_threads(&team, Some(&words), ask).await?,
        Wanted::Nothing => ThreadList::EMPTY,
    };
    let threads: Vec<_> = list.threads.iter().map(ThreadShape::from).collect();
    Ok(HttpResponse::Ok().json(json!({
        "threads": threads,
        "nextCursor": filter::next_cut(list.next.as_ref()),
    })))
}

async fn lookup(
    InboxTeam(team): InboxTeam,
    inbox: Data<Inbox>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let mut query = Query::parse(request.query_string())?;
    let channel = query.required(&["accountLinkId"])?;
    let by_id = query.one(&["externalId", "prospectId"])?;
    let by_platform = query.one(&["prospectPlatformId", "externalPlatformId"])?;
    let platform = query.one(&["platform"])?;
    query.end()?;
    let channel = link(&channel)?;
    inbox.engine.channel_of(&team.account, &channel).await?;
    let contact = match (by_platform.filter(|id| !id.is_empty()), by_id) {
        (Some(id), None) => {
            let platform = prospects::usual(platform.as_deref().unwrap_or("x"));
            let found = inbox.engine.prospect_on_platform(&team, platform, &id).await?;
            found.map(|prospect| prospect.id)
        }
        (None, Some(id)) => prospects::known(&id).ok(),
        (None, None) => return Err(Fault::invalid("prospectPlatformId is required")),
        (Some(_), Some(_)) => {
            return Err(Fault::invalid("prospectPlatformId and externalId exclude each other"));
        }
    };
    let thread = match contact {
        Some(contact) => inbox.engine.find_thread(&team, &contact, &channel).await?,
        None => None,
    };
    Ok(named("thread", thread.as_ref().map(ThreadShape::from)))
}

async fn get(
    InboxTeam(team): InboxTeam,
    inbox: Data<Inbox>,
    id: Path<String>,
) -> Result<HttpResponse, Fault> {
    let thread = inbox.engine.thread(&team, &known(&id)?).await?;
    Ok(named("thread", ThreadShape::from(&thread)))
}

/// `{done?, assignedToMemberId?}` of this one thread.
async fn change(
    InboxTeam(team): InboxTeam,
    inbox: Data<Inbox>,
    id: Path<String>,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, Fault> {
    let (id, changes) = (known(&id)?, changes(body)?);
    inbox.engine.change_for_team(&team, &id, changes).await?;
    let thread = inbox.engine.thread(&team, &id).await?;
    Ok(named("thread", ThreadShape::from(&thread)))
}

fn changes(body: Value) -> Result<Vec<TeamChange>, Fault> {
    let Value::Object(fields) = body else {
        return Err(Fault::invalid("expected a JSON object"));
    };
    let mut changes = Vec::new();
    for (key, value) in fields {
        changes.push(match (key.as_str(), value) {
            ("done", Value::Bool(done)) => TeamChange::Open(!done),
            ("assignedToMemberId" | "assigneeId", Value::Null) => TeamChange::Assignee(None),
            ("assignedToMemberId" | "assigneeId", Value::String(id)) => {
                let user = UserId::parse(&id).map_err(|_| Failure::NotFound("user"))?;
                TeamChange::Assignee(Some(user))
            }
            _ => {
                let shown: String = key.chars().take(64).collect();
                return Err(Fault::invalid(format!("unknown or wrong field {shown:?}")));
            }
        });
    }
    Ok(changes)
}

/// What could be no id is not there.
pub(super) fn known(id: &str) -> Result<ConversationId, Fault> {
    ConversationId::parse(id).map_err(|_| Failure::NotFound("conversation").into())
}

pub(super) fn link(id: &str) -> Result<ChannelId, Fault> {
    ChannelId::parse(id).map_err(|_| Failure::NotFound("channel").into())
}
