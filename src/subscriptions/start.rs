//! Puts the parts of this folder together.

use std::sync::Arc;

use actors::engine::Engine;

use super::{Caller, Couriers, Desk, EventNames, Policy};
use crate::settings::Webhooks;

impl From<&Webhooks> for Policy {
    fn from(settings: &Webhooks) -> Self {
        Self { http: settings.allow_http, private: settings.allow_private }
    }
}

/// Events keep their names as long as the secret is the same.
pub fn open_desk(settings: &Webhooks, engine: &Engine, secret: &[u8]) -> Desk {
    Desk {
        engine: engine.clone(),
        names: Arc::new(EventNames::new(secret)),
        policy: settings.into(),
        changed: Arc::default(),
    }
}

/// Couriers, to be begun whenever it is this node's turn.
///
/// # Errors
///
/// There is nothing on this machine to judge certificates by.
pub fn couriers(settings: &Webhooks, desk: &Desk) -> Result<Couriers, reqwest::Error> {
    Ok(Couriers {
        engine: desk.engine.clone(),
        caller: Caller::new(desk.policy, settings.timeout)?,
        names: Arc::clone(&desk.names),
        pace: settings.into(),
        concurrency: settings.concurrency,
        changed: Arc::clone(&desk.changed),
    })
}
