//! `/conversations/{channel}/emit/…`: other services ask to show what they have written.
//!
//! These are GETs with effects because that is how they are called; they are idempotent, and POST
//! does the same. There is no rate limit: each call stands for somebody's message.

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actors::domain::{ChannelId, ConversationId, MessageId};
use actors::engine::Route;

use super::{Surface, path, resource, success};
use crate::answer::Fault;
use crate::auth::ServiceKey;

/// The `channel` that stands for all of them.
const ANY: &str = "prospect";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource(
            "/conversations/{channel}/emit/message/{id}",
            [(Method::GET, web::to(message)), (Method::POST, web::to(message))],
        ))
        .service(resource(
            "/conversations/{channel}/emit/conversation/{id}/{is_new}",
            [(Method::GET, web::to(conversation)), (Method::POST, web::to(conversation))],
        ));
}

async fn message(
    _: ServiceKey,
    surface: Data<Surface>,
    at: Path<(String, String)>,
) -> Result<HttpResponse, Fault> {
    let (channel, id) = at.into_inner();
    let id = path::id(&id, MessageId::parse)?;
    surface.emits.message(&route(&channel)?, &id).await?;
    Ok(success())
}

async fn conversation(
    _: ServiceKey,
    surface: Data<Surface>,
    at: Path<(String, String, String)>,
) -> Result<HttpResponse, Fault> {
    let (channel, id, is_new) = at.into_inner();
    let id = path::id(&id, ConversationId::parse)?;
    let is_new = match is_new.as_str() {
        "new" => true,
        "existing" => false,
        _ => return Err(Fault::invalid("the last part has to be new or existing")),
    };
    surface.emits.conversation(&route(&channel)?, &id, is_new).await?;
    Ok(success())
}

fn route(channel: &str) -> Result<Route, Fault> {
    if channel == ANY {
        Ok(Route::Any)
    } else {
        path::id(channel, ChannelId::parse).map(Route::Channel)
    }
}
