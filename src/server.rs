//! The one place where parts are put together.

use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Arbiter};
use actix_web::App;
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actors::Watermark;
use actors::conversation::{Gate, Tools};
use actors::domain::NodeId;
use actors::engine::{Engine, Homes};
use actors::ports::{Clock, FlightRecorder, Store, Unrecorded};
use actors::recovery::Recent;
use actors::registry::Registry;
use actors::session::{CloseReason, Directory, OutboxLimits, Worker};
use secrecy::ExposeSecret;

use crate::attachments::Attachments;
use crate::auth::{Access, ApiKeys, KeyError, Keys};
use crate::clock::SystemClock;
use crate::duties::Duties;
use crate::flight_recorder::{self, Recording};
use crate::http::highlevel::HighLevel;
use crate::http::{
    self, Doors, Probe, RateLimit, Shared, Surface, attachments, consent, highlevel, inbox,
    messages, quarantine, webhook,
};
use crate::ids::ObjectIds;
use crate::ingest::twilio::{NotReconciled, Reconciler};
use crate::ingest::{self, Feed, Intake, Journal, Pace, ToEngine, sendgrid, twilio};
use crate::kept_secret::KeptError;
use crate::neighbourhood::{Membership, Neighbourhood};
use crate::outbox;
use crate::provider::{Providers, SetupError};
use crate::push::fcm::{Fcm, FcmError};
use crate::push::{self, Carrier, Pushing};
use crate::recovery::{Offsets, Pids, Recovery};
use crate::seal::Seal;
use crate::secrets::Secrets;
use crate::settings::Settings;
use crate::socketio::accept::Staff;
use crate::socketio::application::Product;
use crate::socketio::lead_finder::{LeadFinder, Scrapers};
use crate::socketio::{self, Hub, Limits, Origins, SocketIoEvents, SocketIoPresenter, accept};
use crate::store;
use crate::subscriptions::{self, Desk};
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

/// What one node does for all.
fn duties(
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

/// What works beside the server threads, off the way of messages.
struct Workers {
    node: NodeId,
    membership: Membership,
    pushing: Pushing,
    recording: Option<Recording>,
    stop_following: tokio::sync::oneshot::Sender<()>,
    following: tokio::task::JoinHandle<()>,
}

impl Workers {
    async fn stop(self) {
        let _ = self.stop_following.send(());
        let _ = self.following.await;
        self.membership.say_goodbye().await;
        if let Some(recording) = self.recording {
            recording.stop().await;
        }
    }
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
    attachments: Arc<Attachments>,
    ledger: consent::Ledger,
    desk: Data<Desk>,
    highlevel: Data<HighLevel>,
    inbox: Data<inbox::Inbox>,
    clock: Arc<dyn Clock>,
}

impl Parts {
    async fn assemble(settings: &Settings) -> Result<(Self, Workers), ServerError> {
        let data = &settings.server.data_dir;
        std::fs::create_dir_all(data).map_err(ServerError::DataDir)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let secrets = Secrets::from(settings);
        let tokens = Arc::new(Keys::from_settings(&settings.auth, &secrets)?);
        let (store, watermark) = open_store(settings, &clock).await?;
        let (journal, intake) = intake(settings, Arc::clone(&clock))?;

        let secret = secrets.get("recovery_secret")?;
        let seal = Arc::new(Seal::new(secret.as_bytes()));
        let offsets = Arc::new(Offsets(Arc::clone(&seal)));
        let attachments = Arc::new(Attachments::new(
            data.join("attachments"),
            Arc::clone(&seal),
            secret.as_bytes(),
            settings.server.attachment_links,
        ));
        let presenter = Arc::new(SocketIoPresenter { offsets: Arc::clone(&offsets) });
        let recovery = Recovery {
            pids: Arc::new(Pids(seal)),
            offsets,
            presenter: Arc::clone(&presenter) as _,
        };
        let sessions = Directory::new();
        let recent = Arc::new(Recent::new(Arc::clone(&store), watermark.value(), RECENT));
        let neighbourhood = Neighbourhood::prepare(settings).await?;
        let (cluster, node) = (neighbourhood.cluster(), neighbourhood.node());
        let carrier =
            Fcm::from_settings(&settings.fcm)?.map(|fcm| Arc::new(fcm) as Arc<dyn Carrier>);
        let (offers, pushing) = push::prepare(push::Ground {
            store: Arc::clone(&store),
            clock: Arc::clone(&clock),
            sessions: sessions.clone(),
            cluster: Arc::clone(&cluster),
            watermark: Arc::clone(&watermark),
            carrier,
        });
        let (recorder, recording) = recorder(settings, &store);
        let tools = Arc::new(Tools {
            store: Arc::clone(&store),
            clock: Arc::clone(&clock),
            push: offers,
            recorder: Arc::clone(&recorder),
            links: Arc::clone(&attachments) as _,
            presenter,
            sessions: sessions.clone(),
            watermark: Arc::clone(&watermark),
            recent: Arc::clone(&recent),
            cluster: Arc::clone(&cluster),
            gate: Gate::default(),
            idle: IDLE,
        });
        let ids = Arc::new(ObjectIds);
        let threads = (0..workers(settings)).map(|_| Arbiter::new().handle()).collect();
        let registry = Registry::new(Arc::clone(&tools), ids.clone(), threads, MOST_AWAKE).start();
        let engine = Engine {
            store: Arc::clone(&store),
            clock: Arc::clone(&clock),
            ids,
            registry,
            recent,
            watermark,
            recorder,
            links: Arc::clone(&attachments) as _,
            homes: Homes::new(Arc::clone(&cluster)),
        };
        let scrapers = Scrapers::default();
        let membership = neighbourhood.begin(&engine, &tools, &sessions, &scrapers);
        let (stop_following, stopped) = tokio::sync::oneshot::channel::<()>();
        let following = actix::spawn(tools.follow(async {
            let _ = stopped.await;
        }));
        let access = Access {
            keys: ApiKeys::new(&settings.auth.api_keys),
            tokens,
            people: Arc::clone(&store) as _,
            team_keys: Arc::clone(&store) as _,
            clock: Arc::clone(&clock),
        };
        let custom_events =
            SocketIoEvents { sessions: sessions.clone(), scrapers: scrapers.clone(), cluster };
        let origins = Origins::of(&settings.server.allowed_origins);
        let hub = Hub::new(wire_limits(settings), origins);
        let surface = Surface {
            people: Arc::clone(&store) as _,
            communications: Arc::clone(&store) as _,
            conversations: Arc::clone(&store) as _,
            emits: Arc::new(engine.clone()),
            custom_events: Arc::new(custom_events),
            emit_limit: RateLimit::per_minute(settings.limits.emit_per_minute),
            dismissals: Arc::new(Doors { engine: engine.clone(), sessions: sessions.clone() }),
            probes: probes(&store, &journal, &membership, &hub),
        };
        let shared = Shared {
            access: Data::new(access.clone()),
            surface: Data::new(surface),
            limits: (&settings.limits).into(),
        };
        let secret = secrets.get("webhook_secret")?;
        let desk = subscriptions::open_desk(&settings.webhooks, &engine, secret.as_bytes());
        let highlevel = highlevel(settings, &engine, &access, &attachments);
        let limits = &settings.limits;
        let inbox = inbox::Inbox {
            engine: engine.clone(),
            allowance: inbox::Allowance::new(
                limits.inbox_per_minute,
                limits.inbox_per_hour,
                limits.inbox_per_day,
            ),
            names: Arc::clone(&desk.names),
        };
        let ledger = consent::Ledger { store, clock: Arc::clone(&clock) };
        let parts = Self {
            engine,
            sessions,
            hub,
            pids: socketio::Pids::default(),
            recovery,
            lead_finder: LeadFinder::new(settings.auth.leadfinder_token.as_ref(), scrapers),
            access,
            shared,
            intake: Data::new(intake),
            journal,
            attachments,
            ledger,
            desk: Data::new(desk),
            highlevel: Data::new(highlevel),
            inbox: Data::new(inbox),
            clock,
        };
        let workers = Workers { node, membership, pushing, recording, stop_following, following };
        Ok((parts, workers))
    }
}

fn listen(settings: &Settings, parts: Parts) -> io::Result<actix_server::Server> {
    let factory = move || {
        let roster = Worker::start_here(&parts.sessions);
        let product = Rc::new(Product {
            engine: parts.engine.clone(),
            access: parts.access.clone(),
            recovery: parts.recovery.clone(),
            lead_finder: parts.lead_finder.clone(),
        });
        let app = || {
            let (parts, product, roster) = (parts.clone(), product.clone(), roster.clone());
            App::new()
                .wrap(from_fn(http::origin))
                .wrap(from_fn(http::envelope))
                .wrap(from_fn(log_requests))
                .configure(move |config| {
                    let Parts { engine, hub, pids, clock, shared, intake, .. } = parts;
                    let (journal, ledger) = (parts.journal, parts.ledger);
                    config.app_data(Data::from(Arc::clone(&hub.origins)));
                    attachments::configure(config, parts.attachments, Arc::clone(&clock));
                    socketio::configure(config, "/socket.io/", &hub, &pids, clock, product, roster);
                    messages::configure(config, Data::new(engine));
                    webhook::configure(config, intake);
                    quarantine::configure(config, Data::from(journal));
                    consent::configure(config, ledger);
                    http::subscriptions::configure(config, parts.desk);
                    inbox::configure(config, parts.inbox);
                    http::configure(config, &shared);
                    // Behind the emits, whose paths begin alike.
                    highlevel::configure(config, parts.highlevel);
                })
        };
        [app(), app()]
    };
    let staff = Staff {
        threads: workers(settings),
        connections: settings.limits.connections,
        shutdown_timeout: settings.server.shutdown_timeout,
    };
    Ok(accept::serve(settings.server.bind, staff, factory)?.0)
}

async fn open_store(
    settings: &Settings,
    clock: &Arc<dyn Clock>,
) -> Result<(Arc<dyn Store>, Arc<Watermark>), ServerError> {
    let url = settings.store_url();
    let opened = store::open(url.expose_secret(), settings.durability(), Arc::clone(clock));
    Ok(opened.await?)
}

fn recorder(
    settings: &Settings,
    store: &Arc<dyn Store>,
) -> (Arc<dyn FlightRecorder>, Option<Recording>) {
    if !settings.trace.enabled {
        return (Arc::new(Unrecorded), None);
    }
    let (recorder, recording) = flight_recorder::start(Arc::clone(store));
    (recorder, Some(recording))
}

fn probes(
    store: &Arc<dyn Store>,
    journal: &Arc<Journal>,
    membership: &Membership,
    hub: &Hub<socketio::Connection<Product>>,
) -> Vec<Probe> {
    let (store, journal) = (Arc::clone(store), Arc::clone(journal));
    let mut probes = vec![
        Probe::new("store", move || {
            let store = Arc::clone(&store);
            async move { store.tail().await.is_ok() }
        }),
        Probe::new("intake", move || {
            let journal = Arc::clone(&journal);
            async move { journal.ready().await.is_ok() }
        }),
    ];
    if membership.is_together().is_some() {
        let (membership, hub) = (membership.clone(), hub.clone());
        probes.push(Probe::of_help("cluster", move || {
            std::future::ready(membership.is_together() == Some(true))
        }));
        // Whoever sends people here is to send them elsewhere.
        probes.push(Probe::new("staying", move || std::future::ready(!hub.is_leaving())));
    }
    probes
}

/// The way in for what providers send, and its journal.
///
/// # Errors
///
/// The journal cannot be opened.
pub fn intake(
    settings: &Settings,
    clock: Arc<dyn Clock>,
) -> Result<(Arc<Journal>, Intake), ingest::OpenError> {
    let path = settings.server.data_dir.join("intake.db");
    let journal = Arc::new(Journal::open(&path, journal_limits(settings))?);
    let key = settings.sendgrid.events_public_key.as_deref();
    let intake = Intake {
        journal: Arc::clone(&journal),
        twilio: twilio_settings(settings),
        sendgrid: sendgrid::Settings {
            inbound_key: settings.sendgrid.inbound_key.clone(),
            events_key: key.and_then(sendgrid::EventsKey::parse),
        },
        clock,
        body_limit: settings.limits.rest_body_bytes,
        mail_limit: settings.limits.mail_body_bytes,
    };
    Ok((journal, intake))
}

fn highlevel(
    settings: &Settings,
    engine: &Engine,
    access: &Access,
    attachments: &Arc<Attachments>,
) -> HighLevel {
    // Where providers reach us, the readers of a link do as well.
    let base = twilio_settings(settings).public_url.unwrap_or_default();
    let calls = settings.limits.highlevel_per_10s;
    HighLevel::new(engine.clone(), access.clone(), Arc::clone(attachments), calls, &base)
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
