//! `/api/v1/members` and `/api/v1/account-links`: who works here, and on which channels.

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::web::{self, Data, ServiceConfig};
use actors::domain::Channel;
use actors::ports::Member;
use serde_json::{Value, json};

use super::team::InboxTeam;
use super::{Inbox, named};
use crate::answer::Fault;
use crate::http::resource;
use crate::time;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/api/v1/members", [(Method::GET, web::to(members))]))
        .service(resource("/api/v1/account-links", [(Method::GET, web::to(links))]));
}

async fn members(InboxTeam(team): InboxTeam, inbox: Data<Inbox>) -> Result<HttpResponse, Fault> {
    let members = inbox.engine.store.members_of(&team.account).await?;
    Ok(named("members", members.iter().map(member).collect::<Vec<_>>()))
}

fn member(Member { user, since }: &Member) -> Value {
    json!({
        "id": user.id.as_str(),
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "createdAt": time::format(*since),
    })
}

async fn links(InboxTeam(team): InboxTeam, inbox: Data<Inbox>) -> Result<HttpResponse, Fault> {
    let channels = inbox.engine.store.channels_of(&team.account).await?;
    Ok(named("accountLinks", channels.iter().map(|channel| link(channel)).collect::<Vec<_>>()))
}

fn link(channel: &Channel) -> Value {
    json!({
        "id": channel.id.as_str(),
        "platform": channel.kind.0.to_ascii_lowercase(),
        "name": channel.name,
        "platformId": channel.address,
    })
}
