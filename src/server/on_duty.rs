use std::sync::Arc;

use super::ServerError;
use super::parts::{Parts, Workers};
use crate::duties::Duties;
use crate::ingest::twilio::Reconciler;
use crate::outbox;
use crate::provider::Providers;
use crate::settings::Settings;
use crate::{subscriptions, upkeep};

/// What one node does for all.
pub(super) fn duties(
    settings: &Arc<Settings>,
    parts: &Parts,
    workers: &Workers,
) -> Result<Duties, ServerError> {
    let engine = &parts.engine;
    let mut duties = Duties::new(Arc::clone(&engine.store) as _, workers.node.clone());
    let outbox = outbox::Worker {
        engine: engine.clone(),
        providers: Providers::from_settings(settings)?,
        pace: outbox::Pace::new((&settings.limits).into()),
    };
    duties.take_on("outbox", move |stop| outbox.clone().run(stop));
    let couriers =
        subscriptions::couriers(&settings.webhooks, &parts.desk).map_err(ServerError::Webhooks)?;
    duties.take_on("webhooks", move |stop| couriers.clone().run(stop));
    let pushing = workers.pushing.clone();
    duties.take_on("push", move |stop| pushing.clone().run(stop));
    let (upkept, kept_by) = (engine.clone(), Arc::clone(settings));
    duties.take_on("upkeep", move |stop| {
        let (engine, settings) = (upkept.clone(), Arc::clone(&kept_by));
        async move {
            tokio::select! {
                () = stop => {}
                () = upkeep::run(engine, &settings) => {}
            }
        }
    });
    if let Some(every) = settings.twilio.reconcile_every {
        let (intake, clock) = (parts.intake.clone().into_inner(), Arc::clone(&parts.clock));
        let reconciler = Arc::new(Reconciler::new(&settings.twilio, intake, clock)?);
        duties.take_on("reconcile", move |stop| {
            let reconciler = Arc::clone(&reconciler);
            async move {
                tokio::select! {
                    () = stop => {}
                    () = reconciler.run_every(every) => {}
                }
            }
        });
    }
    Ok(duties)
}
