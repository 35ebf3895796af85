//! `GET /api/v1/events?afterSeq=&limit=`: what happened, by number, as webhooks told it or would have.

use actix_web::http::Method;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use actors::ports::After;
use serde_json::json;

use super::query::Query;
use super::team::InboxTeam;
use super::{Inbox, filter};
use crate::answer::Fault;
use crate::http::resource;
use crate::subscriptions::inbox_event;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(resource("/api/v1/events", [(Method::GET, web::to(list))]));
}

async fn list(
    InboxTeam(team): InboxTeam,
    inbox: Data<Inbox>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let mut query = Query::parse(request.query_string())?;
    let after = match query.one(&["afterSeq"])? {
        None => 0,
        Some(text) => {
            text.parse().map_err(|_| Fault::invalid("afterSeq has to be a number from 0"))?
        }
    };
    let limit = filter::limit(&mut query)?;
    query.end()?;
    let feed = inbox.engine.event_feed(&team.account, After::Number(after), limit).await?;
    let mut events = Vec::with_capacity(feed.events.len());
    for news in &feed.events {
        let envelope = inbox_event::envelope(&inbox.engine, &inbox.names, &team, news).await?;
        events.push(envelope);
    }
    Ok(HttpResponse::Ok().json(json!({ "events": events, "hasMore": feed.more })))
}
