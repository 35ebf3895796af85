//! `/conversations/…` as HighLevel's Conversations API has it, over the same engine: whoever has a
//! client for it can point it here. It translates and decides nothing.
//!
//! `locationId` is the account; who asks is the team, so that no note is there for them.
//!
//! | file | what |
//! |---|---|
//! | `admit`, `problem` | who may, and how a refusal is spelled |
//! | `query`, `cursor`, `kinds` | query strings, `startAfterDate`, names and numbers of types |
//! | `search`, `create`, `conversation` | conversations |
//! | `messages`, `email`, `send`, `mail`, `log`, `status`, `upload` | messages |
//! | `conversation_shapes`, `message_shapes` | how both are spelled |
mod admit;
mod conversation;
mod conversation_shapes;
mod create;
mod cursor;
mod email;
mod kinds;
mod log;
mod mail;
mod message_shapes;
mod messages;
mod problem;
mod query;
mod search;
mod send;
mod status;
mod totals;
mod upload;

use std::sync::Arc;
use std::time::Duration;

use actix_web::Route;
use actix_web::dev::HttpServiceFactory;
use actix_web::guard;
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, ServiceConfig};
use actors::engine::Engine;

use self::totals::Totals;
use super::RateLimit;
use crate::attachments::Attachments;
use crate::auth::Access;

/// Scopes as the documentation names them.
mod scope {
    pub const READ: &str = "conversations.readonly";
    pub const WRITE: &str = "conversations.write";
    pub const READ_MESSAGES: &str = "conversations/message.readonly";
    pub const WRITE_MESSAGES: &str = "conversations/message.write";
}

/// The span over which calls are counted.
const INTERVAL: Duration = Duration::from_secs(10);

/// What these routes ask, the same for every worker.
pub struct HighLevel {
    engine: Engine,
    access: Access,
    attachments: Arc<Attachments>,
    limit: RateLimit,
    /// Calls in [`INTERVAL`].
    most: u32,
    totals: Totals,
    /// What the links of uploaded files begin with, without the slash.
    base: String,
}

impl HighLevel {
    pub fn new(
        engine: Engine,
        access: Access,
        attachments: Arc<Attachments>,
        calls_per_10s: u32,
        base: &str,
    ) -> Self {
        Self {
            engine,
            access,
            attachments,
            limit: RateLimit::per(INTERVAL, calls_per_10s),
            most: calls_per_10s,
            totals: Totals::default(),
            base: base.trim_end_matches('/').to_owned(),
        }
    }
}

/// The routes. To be added after those of the emits, which have the first word on their paths.
#[rustfmt::skip]
pub fn configure(config: &mut ServiceConfig, face: Data<HighLevel>) {
    config
        .app_data(face)
        .service(resource("/conversations/search", [(Method::GET, web::to(search::get))]))
        .service(resource("/conversations/messages/email/{id}", [(Method::GET, web::to(email::get))]))
        .service(resource("/conversations/messages/inbound", [(Method::POST, web::to(log::inbound))]))
        .service(resource("/conversations/messages/outbound", [(Method::POST, web::to(log::outbound))]))
        .service(resource("/conversations/messages/upload", [(Method::POST, web::to(upload::post))]))
        .service(resource("/conversations/messages/{id}/status", [(Method::PUT, web::to(status::put))]))
        .service(resource("/conversations/messages/{id}", [(Method::GET, web::to(messages::get))]))
        .service(resource("/conversations/messages", [(Method::POST, web::to(send::post))]))
        .service(resource("/conversations/{id}/messages", [(Method::GET, web::to(messages::list))]))
        .service(resource("/conversations/{id}", [
            (Method::GET, web::to(conversation::get)),
            (Method::PUT, web::to(conversation::put)),
            (Method::DELETE, web::to(conversation::delete)),
        ]))
        .service(resource("/conversations/", [(Method::POST, web::to(create::post))]))
        .service(resource("/conversations", [(Method::POST, web::to(create::post))]))
        .service(web::scope("/conversations").default_service(web::to(admit::no_such_route)));
}

/// A path of this face: what is refused on it is refused in its words.
fn resource<const N: usize>(
    path: &str,
    methods: [(Method, Route); N],
) -> impl HttpServiceFactory + use<N> {
    let resource = super::resource(path, methods);
    let ours = guard::fn_guard(|context| !admit::is_an_emit(context.head().uri.path()));
    resource.guard(ours).wrap(from_fn(admit::in_its_words))
}
