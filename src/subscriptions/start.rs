//! Puts the parts of this folder together.

use std::sync::Arc;

use actors::engine::Engine;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{Caller, Couriers, Desk, EventNames, Policy};
use crate::settings::Webhooks;

impl From<&Webhooks> for Policy {
    fn from(settings: &Webhooks) -> Self {
        Self { http: settings.allow_http, private: settings.allow_private }
    }
}

/// Couriers at work.
pub struct Delivering {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
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

/// Begins to deliver, on this thread.
///
/// # Errors
///
/// There is nothing on this machine to judge certificates by.
pub fn start(settings: &Webhooks, desk: &Desk) -> Result<Delivering, reqwest::Error> {
    let couriers = Couriers {
        engine: desk.engine.clone(),
        caller: Caller::new(desk.policy, settings.timeout)?,
        names: Arc::clone(&desk.names),
        pace: settings.into(),
        concurrency: settings.concurrency,
        changed: Arc::clone(&desk.changed),
    };
    let (stop, stopped) = oneshot::channel();
    let task = actix::spawn(couriers.run(async {
        let _ = stopped.await;
    }));
    Ok(Delivering { stop, task })
}

impl Delivering {
    pub async fn stop(self) {
        let _ = self.stop.send(());
        let _ = self.task.await;
    }
}
