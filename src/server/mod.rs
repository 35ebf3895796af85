//! The one place where parts are put together.
//!
//! | file | what |
//! |---|---|
//! | `parts` | everything that server threads share, made from the settings |
//! | `faces` | what HTTP and sockets are answered by, and where they listen |
//! | `on_duty` | what one node does for all |
//! | `way_in` | what providers send, from the settings to the journal |
mod faces;
mod on_duty;
mod parts;
mod way_in;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use actors::session::CloseReason;

use crate::auth::KeyError;
use crate::ingest::twilio::NotReconciled;
use crate::ingest::{self, Feed, Pace, ToEngine};
use crate::kept_secret::KeptError;
use crate::provider::SetupError;
use crate::push::fcm::FcmError;
use crate::settings::Settings;
use crate::store;
use crate::telemetry::{Metrics, MetricsError};
use faces::listen;
use on_duty::duties;
use parts::Parts;
pub use way_in::intake;

#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    #[error("cannot use the data directory")]
    DataDir(#[source] io::Error),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Secret(#[from] KeptError),
    #[error(transparent)]
    Store(#[from] store::OpenError),
    #[error("cannot open the intake journal")]
    Journal(#[from] ingest::OpenError),
    #[error("twilio.reconcile_every")]
    Reconcile(#[from] NotReconciled),
    #[error("the store does not answer")]
    Unavailable(#[from] actors::ports::Unavailable),
    #[error(transparent)]
    Providers(#[from] SetupError),
    #[error(transparent)]
    Fcm(#[from] FcmError),
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    #[error(transparent)]
    Cluster(#[from] crate::cluster::ConnectError),
    #[error("cannot call webhooks: there is nothing to judge certificates by")]
    Webhooks(#[source] reqwest::Error),
    #[error("cannot listen")]
    Listen(#[source] io::Error),
}

/// Serves until it is told to stop (SIGTERM, SIGINT), then lets what is under way end.
///
/// # Errors
///
/// [`ServerError`] says why it could not begin.
pub async fn serve(settings: Settings) -> Result<(), ServerError> {
    let metrics = Metrics::install()?;
    if settings.auth.leadfinder_token.is_none() && !settings.server.bind.ip().is_loopback() {
        tracing::warn!("/v1/lead-finder is open to anybody: auth.leadfinder_token is not set");
    }
    let settings = Arc::new(settings);
    let (parts, workers) = Parts::assemble(&settings).await?;
    let exporter = metrics.serve(settings.server.metrics_bind).map_err(ServerError::Listen)?;
    let exporting = exporter.handle();
    actix::spawn(exporter);

    let (stop_feed, feed_stopped) = tokio::sync::oneshot::channel::<()>();
    let feed = Feed {
        journal: Arc::clone(&parts.journal),
        deliver: Arc::new(ToEngine::new(parts.engine.clone(), Arc::clone(&parts.attachments))),
        clock: Arc::clone(&parts.clock),
        pace: Pace::default(),
    };
    let feed = actix::spawn(feed.run(async {
        let _ = feed_stopped.await;
    }));
    let duties = duties(&settings, &parts, &workers)?;

    let (hub, membership) = (parts.hub.clone(), workers.membership.clone());
    let server = listen(&settings, parts).map_err(ServerError::Listen)?;
    let serving = server.handle();
    let mut server = actix::spawn(server);
    tracing::info!(address = %settings.server.bind, "listening");
    println!("Switchboard listens on http://{}", settings.server.bind);
    tokio::select! {
        ended = &mut server => return ended.unwrap_or(Ok(())).map_err(ServerError::Listen),
        () = stop_signal() => tracing::info!("stopping"),
    }

    // First, so that what was at home here and who is here find another place while this one goes on.
    membership.leave();
    hub.leave();
    duties.stop().await;
    let drain = match membership.is_together() {
        Some(_) => settings.cluster.drain,
        None => Duration::ZERO,
    };
    hub.close_over(drain, CloseReason::ShuttingDown).await;
    serving.stop(true).await;
    server.await.unwrap_or(Ok(())).map_err(ServerError::Listen)?;
    let _ = stop_feed.send(());
    let _ = feed.await;
    workers.stop().await;
    exporting.stop(false).await;
    Ok(())
}

async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    let (Ok(mut terminate), Ok(mut interrupt)) = signals else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
