//! The one place where parts are put together.

use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Arbiter};
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use actors::Watermark;
use actors::conversation::Tools;
use actors::engine::Engine;
use actors::ports::{Clock, Store};
use actors::recovery::Recent;
use actors::registry::Registry;
use actors::session::{CloseReason, Directory, OutboxLimits, Worker};

use crate::auth::{Access, ApiKeys, KeyError, Keys};
use crate::clock::SystemClock;
use crate::http::{
    self, Doors, Probe, RateLimit, Shared, Surface, messages, quarantine, subscriptions, webhook,
};
use crate::ids::ObjectIds;
use crate::ingest::{self, Feed, Intake, Journal, Pace, ToEngine, twilio};
use crate::kept_secret::{KeptError, kept_secret};
use crate::outbox;
use crate::provider::{Providers, SetupError};
use crate::push::NoPush;
use crate::recovery::{Offsets, Pids, Recovery};
use crate::seal::Seal;
use crate::settings::{Settings, StoreAddress, Webhooks};
use crate::socketio::application::Product;
use crate::socketio::lead_finder::{LeadFinder, Scrapers};
use crate::socketio::{self, Hub, Limits, Origins, SocketIoEvents, SocketIoPresenter, accept};
use crate::store;
use crate::subscriptions::{Caller, Couriers, Desk, EventNames, Policy};
use crate::telemetry::{Metrics, MetricsError, log_requests};
use crate::upkeep;

/// Conversations asked nothing for this long give their memory back.
const IDLE: Duration = Duration::from_secs(120);
/// Most conversations awake at a time, some kilobytes each.
const MOST_AWAKE: usize = 500_000;
/// Entries of the log kept in memory for sessions that come back.
const RECENT: usize = 50_000;

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
    #[error("the store does not answer")]
    Unavailable(#[from] actors::ports::Unavailable),
    #[error(transparent)]
    Providers(#[from] SetupError),
    #[error(transparent)]
    Metrics(#[from] MetricsError),
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
    let parts = Parts::assemble(&settings).await?;
    let exporter = metrics.serve(settings.server.metrics_bind).map_err(ServerError::Listen)?;
    let exporting = exporter.handle();
    actix::spawn(exporter);

    let (stop_feed, feed_stopped) = tokio::sync::oneshot::channel::<()>();
    let feed = Feed {
        journal: Arc::clone(&parts.journal),
        deliver: Arc::new(ToEngine(parts.engine.clone())),
        clock: Arc::clone(&parts.clock),
        pace: Pace::default(),
    };
    let feed = actix::spawn(feed.run(async {
        let _ = feed_stopped.await;
    }));
    let (stop_outbox, outbox_stopped) = tokio::sync::oneshot::channel::<()>();
    let outbox = outbox::Worker {
        engine: parts.engine.clone(),
        providers: Providers::from_settings(&settings)?,
        pace: outbox::Pace::new((&settings.limits).into()),
    };
    let outbox = actix::spawn(outbox.run(async {
        let _ = outbox_stopped.await;
    }));
    let (stop_couriers, couriers_stopped) = tokio::sync::oneshot::channel::<()>();
    let couriers = actix::spawn(couriers(&settings, &parts)?.run(async {
        let _ = couriers_stopped.await;
    }));
    upkeep::start(&parts.engine, &settings.recovery, &settings.webhooks);

    let hub = parts.hub.clone();
    let server = listen(&settings, parts).map_err(ServerError::Listen)?;
    let serving = server.handle();
    actix::spawn(async move {
        stop_signal().await;
        tracing::info!("stopping");
        hub.close_all(CloseReason::ShuttingDown);
        serving.stop(true).await;
    });
    tracing::info!(address = %settings.server.bind, "listening");
    println!("Switchboard listens on http://{}", settings.server.bind);
    server.await.map_err(ServerError::Listen)?;

    let _ = stop_feed.send(());
    let _ = stop_outbox.send(());
    let _ = feed.await;
    let _ = outbox.await;
    let _ = stop_couriers.send(());
    let _ = couriers.await;
    exporting.stop(false).await;
    Ok(())
}

/// What every server thread shares.
#[derive(Clone)]
struct Parts {
    engine: Engine,
    sessions: Directory,
    hub: Hub<socketio::Connection<Product>>,
    pids: socketio::Pids<Product>,
    recovery: Recovery,
    lead_finder: LeadFinder,
    access: Access,
    shared: Shared,
    intake: Data<Intake>,
    journal: Arc<Journal>,
    desk: Data<Desk>,
    clock: Arc<dyn Clock>,
}

impl Parts {
    async fn assemble(settings: &Settings) -> Result<Self, ServerError> {
        let data = &settings.server.data_dir;
        std::fs::create_dir_all(data).map_err(ServerError::DataDir)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let tokens = Arc::new(Keys::from_settings(&settings.auth, data)?);
        let (store, watermark) = open_store(settings, &clock).await?;
        let journal = Journal::open(&data.join("intake.db"), journal_limits(settings))?;
        let journal = Arc::new(journal);

        let seal = Arc::new(Seal::new(kept_secret(&data.join("recovery_secret"))?.as_bytes()));
        let offsets = Arc::new(Offsets(Arc::clone(&seal)));
        let presenter = Arc::new(SocketIoPresenter { offsets: Arc::clone(&offsets) });
        let recovery = Recovery {
            pids: Arc::new(Pids(seal)),
            offsets,
            presenter: Arc::clone(&presenter) as _,
        };
        let sessions = Directory::new();
        let recent = Arc::new(Recent::new(Arc::clone(&store), watermark.value(), RECENT));
        let tools = Tools {
            store: Arc::clone(&store),
            clock: Arc::clone(&clock),
            push: Arc::new(NoPush),
            presenter,
            sessions: sessions.clone(),
            watermark: Arc::clone(&watermark),
            recent: Arc::clone(&recent),
            idle: IDLE,
        };
        let ids = Arc::new(ObjectIds);
        let threads = (0..workers(settings)).map(|_| Arbiter::new().handle()).collect();
        let registry = Registry::new(Arc::new(tools), ids.clone(), threads, MOST_AWAKE).start();
        let engine = Engine {
            store: Arc::clone(&store),
            clock: Arc::clone(&clock),
            ids,
            registry,
            recent,
            watermark,
        };
        let access = Access {
            keys: ApiKeys::new(&settings.auth.api_keys),
            tokens,
            people: Arc::clone(&store) as _,
            clock: Arc::clone(&clock),
        };
        let scrapers = Scrapers::default();
        let custom_events =
            SocketIoEvents { sessions: sessions.clone(), scrapers: scrapers.clone() };
        let surface = Surface {
            people: Arc::clone(&store) as _,
            communications: Arc::clone(&store) as _,
            conversations: Arc::clone(&store) as _,
            emits: Arc::new(engine.clone()),
            custom_events: Arc::new(custom_events),
            emit_limit: RateLimit::per_minute(settings.limits.emit_per_minute),
            dismissals: Arc::new(Doors { engine: engine.clone(), sessions: sessions.clone() }),
            probes: probes(&store, &journal),
        };
        let shared = Shared {
            access: Data::new(access.clone()),
            surface: Data::new(surface),
            limits: (&settings.limits).into(),
        };
        let intake = Intake {
            journal: Arc::clone(&journal),
            twilio: twilio_settings(settings),
            clock: Arc::clone(&clock),
            body_limit: settings.limits.rest_body_bytes,
        };
        let names = kept_secret(&data.join("webhook_secret"))?;
        let desk = Desk {
            engine: engine.clone(),
            names: Arc::new(EventNames::new(names.as_bytes())),
            policy: webhook_policy(&settings.webhooks),
            changed: Arc::default(),
        };
        let origins = Origins::of(&settings.server.allowed_origins);
        Ok(Self {
            engine,
            sessions,
            hub: Hub::new(wire_limits(settings), origins),
            pids: socketio::Pids::default(),
            recovery,
            lead_finder: LeadFinder::new(settings.auth.leadfinder_token.as_ref(), scrapers),
            access,
            shared,
            intake: Data::new(intake),
            journal,
            desk: Data::new(desk),
            clock,
        })
    }
}

fn listen(settings: &Settings, parts: Parts) -> io::Result<actix_web::dev::Server> {
    let factory = move || {
        let roster = Worker::start_here(&parts.sessions);
        let product = Rc::new(Product {
            engine: parts.engine.clone(),
            access: parts.access.clone(),
            recovery: parts.recovery.clone(),
            lead_finder: parts.lead_finder.clone(),
        });
        let parts = parts.clone();
        App::new().wrap(from_fn(http::envelope)).wrap(from_fn(log_requests)).configure(
            move |config| {
                let Parts { engine, hub, pids, clock, shared, intake, journal, desk, .. } = parts;
                socketio::configure(config, "/socket.io/", &hub, &pids, clock, product, roster);
                messages::configure(config, Data::new(engine));
                webhook::configure(config, intake);
                quarantine::configure(config, Data::from(journal));
                subscriptions::configure(config, desk);
                http::configure(config, &shared);
            },
        )
    };
    let server = accept::tune(HttpServer::new(factory), settings.limits.connections)
        .workers(workers(settings))
        .shutdown_timeout(settings.server.shutdown_timeout.as_secs())
        .disable_signals()
        .bind(settings.server.bind)?;
    Ok(server.run())
}

async fn open_store(
    settings: &Settings,
    clock: &Arc<dyn Clock>,
) -> Result<(Arc<dyn Store>, Arc<Watermark>), ServerError> {
    let url = match settings.store_address() {
        StoreAddress::Sqlite(path) => format!("sqlite:{}", path.display()),
        StoreAddress::Mongo(_) => return Err(store::OpenError::Url.into()),
    };
    Ok(store::open(&url, Arc::clone(clock)).await?)
}

fn couriers(settings: &Settings, parts: &Parts) -> Result<Couriers, ServerError> {
    let webhooks = &settings.webhooks;
    let caller = Caller::new(webhook_policy(webhooks), webhooks.timeout);
    Ok(Couriers {
        engine: parts.engine.clone(),
        caller: caller.map_err(ServerError::Webhooks)?,
        names: Arc::clone(&parts.desk.names),
        pace: webhooks.into(),
        concurrency: webhooks.concurrency,
        changed: Arc::clone(&parts.desk.changed),
    })
}

fn webhook_policy(webhooks: &Webhooks) -> Policy {
    Policy { http: webhooks.allow_http, private: webhooks.allow_private }
}

fn probes(store: &Arc<dyn Store>, journal: &Arc<Journal>) -> Vec<Probe> {
    let (store, journal) = (Arc::clone(store), Arc::clone(journal));
    vec![
        Probe::new("store", move || {
            let store = Arc::clone(&store);
            async move { store.tail().await.is_ok() }
        }),
        Probe::new("intake", move || {
            let journal = Arc::clone(&journal);
            async move { journal.ready().await.is_ok() }
        }),
    ]
}

fn journal_limits(settings: &Settings) -> ingest::Limits {
    ingest::Limits {
        quarantined_rows: settings.limits.quarantined as u64,
        ..ingest::Limits::default()
    }
}

/// Unless told otherwise, Twilio reaches us where we listen.
fn twilio_settings(settings: &Settings) -> twilio::Settings {
    let mut twilio = twilio::Settings::from(&settings.twilio);
    twilio.public_url.get_or_insert_with(|| format!("http://{}", settings.server.bind));
    twilio
}

fn wire_limits(settings: &Settings) -> Limits {
    let (limits, session) = (&settings.limits, &settings.session);
    Limits {
        max_payload: limits.max_payload_bytes,
        outbox: OutboxLimits { frames: limits.outbox_frames, bytes: limits.outbox_bytes },
        events_per_second: limits.socket_events_per_second,
        event_burst: limits.socket_event_burst,
        connect_timeout: session.connect_timeout,
        ping_interval: session.ping_interval,
        ping_timeout: session.ping_timeout,
        ack_deadline: session.ack_deadline,
        connections: limits.connections,
        connections_per_peer: limits.connections_per_peer,
        connections_per_user: limits.connections_per_user,
        ..Limits::default()
    }
}

fn workers(settings: &Settings) -> usize {
    match settings.server.workers {
        0 => std::thread::available_parallelism().map_or(1, Into::into),
        fixed => fixed,
    }
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
