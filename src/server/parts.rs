use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Arbiter};
use actix_web::web::Data;
use actors::Watermark;
use actors::conversation::{Gate, Tools};
use actors::domain::NodeId;
use actors::engine::{Engine, Homes};
use actors::ports::{Clock, FlightRecorder, Store, Unrecorded};
use actors::recovery::Recent;
use actors::registry::Registry;
use actors::session::{Directory, OutboxLimits};
use secrecy::ExposeSecret;

use super::ServerError;
use super::way_in::{intake, twilio_settings};
use crate::attachments::Attachments;
use crate::auth::{Access, ApiKeys, Keys};
use crate::clock::SystemClock;
use crate::flight_recorder::{self, Recording};
use crate::http::highlevel::HighLevel;
use crate::http::{Doors, Probe, RateLimit, Shared, Surface, consent, inbox};
use crate::ids::ObjectIds;
use crate::ingest::{Intake, Journal};
use crate::neighbourhood::{Membership, Neighbourhood};
use crate::push::fcm::Fcm;
use crate::push::{self, Carrier, Pushing};
use crate::recovery::{Offsets, Pids, Recovery};
use crate::seal::Seal;
use crate::secrets::Secrets;
use crate::settings::Settings;
use crate::socketio::application::Product;
use crate::socketio::lead_finder::{LeadFinder, Scrapers};
use crate::socketio::{self, Hub, Limits, Origins, SocketIoEvents, SocketIoPresenter};
use crate::store;
use crate::subscriptions::{self, Desk};

/// Conversations asked nothing for this long give their memory back.
const IDLE: Duration = Duration::from_secs(120);
/// Most conversations awake at a time, some kilobytes each.
const MOST_AWAKE: usize = 500_000;
/// Entries of the log kept in memory for sessions that come back.
const RECENT: usize = 50_000;

/// What works beside the server threads, off the way of messages.
pub(super) struct Workers {
    pub node: NodeId,
    pub membership: Membership,
    pub pushing: Pushing,
    pub recording: Option<Recording>,
    pub stop_following: tokio::sync::oneshot::Sender<()>,
    pub following: tokio::task::JoinHandle<()>,
}

impl Workers {
    pub async fn stop(self) {
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
pub(super) struct Parts {
    pub engine: Engine,
    pub sessions: Directory,
    pub hub: Hub<socketio::Connection<Product>>,
    pub pids: socketio::Pids<Product>,
    pub recovery: Recovery,
    pub lead_finder: LeadFinder,
    pub access: Access,
    pub shared: Shared,
    pub intake: Data<Intake>,
    pub journal: Arc<Journal>,
    pub attachments: Arc<Attachments>,
    pub ledger: consent::Ledger,
    pub desk: Data<Desk>,
    pub highlevel: Data<HighLevel>,
    pub inbox: Data<inbox::Inbox>,
    pub clock: Arc<dyn Clock>,
}

impl Parts {
    /// # Errors
    ///
    /// [`ServerError`] says what could not be made.
    pub async fn assemble(settings: &Settings) -> Result<(Self, Workers), ServerError> {
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

pub(super) fn workers(settings: &Settings) -> usize {
    match settings.server.workers {
        0 => std::thread::available_parallelism().map_or(1, Into::into),
        fixed => fixed,
    }
}
