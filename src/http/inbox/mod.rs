//! The Inbox API under `/api/v1`: prospects, what a team keeps about them, and their threads. A face
//! like the others: it translates, and the engine decides.
//!
//! | file            | paths below `/api/v1`                                              |
//! |-----------------|--------------------------------------------------------------------|
//! | `prospects`     | `/prospects`, `/prospects/lookup`, `/prospects/{id}…`              |
//! | `bulk`          | `/prospects/bulk`                                                  |
//! | `export`        | `/prospects/export`                                                |
//! | `scoring`       | `/lead-scoring`, `/prospects/{id}/score`, `/prospects/{id}/auto-tag` |
//! | `tags`, `statuses` | `/tags…`, `/statuses…`                                          |
//! | `people`        | `/members`, `/account-links`                                       |
//! | `threads`       | `/threads`, `/threads/lookup`, `/threads/{id}`                     |
//! | `messages`      | `/threads/messages`, `/threads/{id}/messages`                      |
//! | `events`        | `/events`                                                          |
//!
//! `query`, `filter` and `context` read what clients write; `team` says who asks and `allowance` how
//! often they may; `errors` spells what went wrong.
mod allowance;
mod bulk;
mod context;
mod csv;
mod errors;
mod events;
mod export;
mod filter;
mod label;
mod messages;
mod people;
mod prospects;
mod query;
mod scoring;
mod statuses;
mod tags;
mod team;
mod threads;

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpResponse, guard};
use actors::engine::Engine;
use serde::Serialize;

pub use allowance::Allowance;

use super::envelope::no_such_route;
use crate::subscriptions::EventNames;

const PREFIX: &str = "/api/v1";

/// What the routes ask.
pub struct Inbox {
    pub engine: Engine,
    pub allowance: Allowance,
    pub names: Arc<EventNames>,
}

/// The routes, and whatever else is asked below the prefix: all of it fails in this API's words.
pub fn configure(config: &mut ServiceConfig, inbox: Data<Inbox>) {
    let below = guard::fn_guard(|request| {
        let path = request.head().uri.path();
        path.strip_prefix(PREFIX).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    config.service(
        web::scope("")
            .guard(below)
            .app_data(inbox)
            .wrap(from_fn(errors::spelled))
            .configure(prospects::routes)
            .configure(bulk::routes)
            .configure(export::routes)
            .configure(scoring::routes)
            .configure(prospects::by_id)
            .configure(tags::routes)
            .configure(statuses::routes)
            .configure(people::routes)
            .configure(threads::routes)
            .configure(messages::routes)
            .configure(threads::by_id)
            .configure(events::routes)
            .default_service(web::to(no_such_route)),
    );
}

/// `{name: value}`
fn named(name: &'static str, value: impl Serialize) -> HttpResponse {
    HttpResponse::Ok().json(HashMap::from([(name, value)]))
}
