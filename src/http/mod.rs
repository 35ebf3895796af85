//! HTTP in, one file per resource. Whatever goes wrong is answered as the failure envelope.
//!
//! | file              | paths                                                             |
//! |-------------------|-------------------------------------------------------------------|
//! | `accounts` …      | `/v1/{accounts,channels,users,contacts,communications}/{id}`      |
//! | `push_tokens`     | `/v1/users/{id}/push-tokens/{token}`                              |
//! | `emit`            | `/conversations/{channel}/emit/…`                                 |
//! | `emit_custom`     | `/emit/{userId}/{emitTo}`, `/emit/{emitTo}`                       |
//! | `lead_finder`     | `/lead-finder/{event}`, `/lead-finder/sockets`                    |
//! | `participants`    | `/v1/conversations/prospect/{id}/participants/{user}`             |
//! | `highlevel`       | `/conversations/…`, configured with its engine                    |
//! | `health`          | `/health`, `/ready`                                               |
//! | `inbox`           | `/api/v1/…`, configured with its engine                           |
//! | `messages`        | `/v1/conversations/prospect/{id}/…`, configured with its engine   |
//! | `openapi`         | `/openapi.json`, `/docs`                                          |
//! | `quarantine`      | `/v1/quarantine…`, configured with its journal                    |
//! | `subscriptions`   | `/v1/webhooks…`, configured with their desk                       |
//! | `webhook`         | `/webhooks/…`, configured with its intake                         |
mod accounts;
pub mod attachments;
mod body;
mod channels;
mod communications;
pub mod consent;
mod contacts;
mod dismissals;
mod emit;
mod emit_custom;
mod envelope;
mod health;
pub mod highlevel;
pub mod inbox;
mod lead_finder;
pub mod messages;
mod openapi;
mod origin;
mod participants;
mod path;
mod push_tokens;
pub mod quarantine;
mod rate_limit;
mod reply;
pub mod subscriptions;
mod surface;
#[cfg(test)]
pub mod testing;
#[cfg(test)]
mod tests;
mod users;
pub mod webhook;

pub use body::{BodyLimits, JsonBody, RawBody};
pub use dismissals::{Dismissals, Doors};
pub use envelope::{envelope, resource};
pub use health::Probe;
pub use origin::origin;
pub use push_tokens::MAX_BYTES as MAX_PUSH_TOKEN_BYTES;
pub use rate_limit::{RateLimit, Spender};
pub use reply::{document, success, success_with};
pub use surface::{Emits, Surface};

use actix_web::web::{self, ServiceConfig};

use crate::auth::Access;

/// Everything a worker needs to answer; cheap to clone, the same for all of them.
#[derive(Clone)]
pub struct Shared {
    pub access: web::Data<Access>,
    pub surface: web::Data<Surface>,
    pub limits: BodyLimits,
}

/// Adds the routes, and makes everything that finds none, or that actix itself refuses, answer
/// with the failure envelope. The application is to be wrapped in [`envelope`], too.
pub fn configure(config: &mut ServiceConfig, shared: &Shared) {
    config
        .app_data(shared.access.clone())
        .app_data(shared.surface.clone())
        .app_data(shared.limits)
        .app_data(web::PayloadConfig::new(shared.limits.bytes))
        .configure(accounts::routes)
        .configure(channels::routes)
        .configure(push_tokens::routes)
        .configure(users::routes)
        .configure(contacts::routes)
        .configure(communications::routes)
        .configure(emit::routes)
        .configure(emit_custom::routes)
        .configure(lead_finder::routes)
        .configure(participants::routes)
        .configure(health::routes)
        .configure(openapi::routes)
        .default_service(web::to(envelope::no_such_route));
}
