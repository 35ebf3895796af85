//! The server that the official Engine.IO 4 and Socket.IO 5 suites expect, made of the product's
//! own modules.
//!
//! `cargo run --example protocol_fixture`, then run the suites against port 3000 (`PORT` changes
//! it):
//!
//! - `/engine.io/` sends every message back.
//! - `/socket.io/` has the namespaces `/` and `/custom`. Each emits `auth` with the CONNECT payload
//!   on connect, answers `message` with `message-back` and `message-with-ack` with an ack.
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_server::Server;
use actix_web::{App, web};
use actors::domain::Timestamp;
use actors::ports::Clock;
use actors::session::{CloseReason, Directory, Frame, Worker};
use bytes::Bytes;
use engineioxide_core::Str;
use futures_util::future::LocalBoxFuture;
use switchboard::socketio::accept::Staff;
use switchboard::socketio::{
    Admission, Answer, Application, Arrival, Connect, Connection, Door, EngineTurn, Event, Face,
    Hub, Limits, Messages, Origins, Pids, Rejection, Resumption, accept, codec, configure,
};
use tokio::time::Instant;

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(3000);
    // The numbers of the suites.
    let limits = Limits {
        ping_interval: Duration::from_millis(300),
        ping_timeout: Duration::from_millis(200),
        max_payload: 1_000_000,
        connect_timeout: Duration::from_secs(1),
        ..Limits::default()
    };
    let echo = Hub::new(limits.clone(), Origins::same_host());
    let hub = Hub::new(limits, Origins::same_host());
    serve(port, echo, hub, Fixture)?.0.await
}

/// Both endpoints, on loopback: echo and an application.
pub fn serve<A: Application + Clone + Send>(
    port: u16,
    echo: Hub<Echo>,
    hub: Hub<Connection<A>>,
    app: A,
) -> std::io::Result<(Server, SocketAddr)> {
    let (pids, directory) = (Pids::default(), Directory::new());
    let staff = Staff {
        threads: std::thread::available_parallelism().map_or(1, Into::into),
        connections: hub.limits.connections,
        shutdown_timeout: Duration::from_secs(30),
    };
    let apps = move || {
        let (roster, echo) = (Worker::start_here(&directory), Door::new(echo.clone(), EchoFace));
        let app = || {
            let (roster, echo) = (roster.clone(), Rc::clone(&echo));
            let (hub, pids, app) = (hub.clone(), pids.clone(), Rc::new(app.clone()));
            App::new().configure(move |config: &mut web::ServiceConfig| {
                echo.open(config, "/engine.io/");
                configure(config, "/socket.io/", &hub, &pids, Arc::new(Still), app, roster);
            })
        };
        [app(), app()]
    };
    accept::serve(([127, 0, 0, 1], port).into(), staff, apps)
}

/// Nothing here expires.
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp(0)
    }
}

pub struct EchoFace;

impl Face for EchoFace {
    type Messages = Echo;

    fn meet(&self, _: Arrival<'_, Echo>) -> Echo {
        Echo
    }
}

pub struct Echo;

impl Messages for Echo {
    type Outcome = ();
    type Command = ();

    fn opened(&mut self, _: &mut EngineTurn<'_, Self>) {}

    fn text(&mut self, message: Str, turn: &mut EngineTurn<'_, Self>) {
        turn.send(&[codec::message(&message)]);
    }

    fn binary(&mut self, message: Bytes, turn: &mut EngineTurn<'_, Self>) {
        turn.send(&[Frame::binary(message)]);
    }

    fn finish(&mut self, (): (), _: &mut EngineTurn<'_, Self>) {}

    fn obey(&mut self, (): (), turn: &mut EngineTurn<'_, Self>) {
        turn.close(CloseReason::Dismissed);
    }

    fn deadline(&self) -> Option<Instant> {
        None
    }

    fn expire(&mut self, _: &mut EngineTurn<'_, Self>) {}
}

#[derive(Clone)]
pub struct Fixture;

impl Application for Fixture {
    type Member = ();

    fn connect(
        self: Rc<Self>,
        ask: Rc<Connect>,
    ) -> LocalBoxFuture<'static, Result<Admission<()>, Rejection>> {
        Box::pin(async move {
            match &*ask.namespace {
                "/" | "/custom" => Ok(Admission::new(())),
                _ => Err(Rejection::new("Invalid namespace")),
            }
        })
    }

    fn resume(
        self: Rc<Self>,
        _: Rc<()>,
        ask: Rc<Connect>,
    ) -> LocalBoxFuture<'static, Result<Resumption, Rejection>> {
        Box::pin(async move {
            let auth = ask.auth.as_ref().map_or("{}", |auth| auth.get());
            Ok(Resumption {
                pid: None,
                replay: vec![codec::event(&ask.namespace, "auth", &[auth])],
            })
        })
    }

    fn event(self: Rc<Self>, event: Event<()>) -> LocalBoxFuture<'static, Option<Answer>> {
        Box::pin(async move {
            let args: Vec<&str> = event.args.iter().map(|arg| arg.get()).collect();
            match event.name.as_str() {
                "message" => {
                    let (namespace, name) = (&*event.namespace, "message-back");
                    let emits = codec::binary_event(namespace, name, &args, event.attachments);
                    Some(Answer { emits, ..Answer::default() })
                }
                "message-with-ack" => Some(Answer {
                    args: args.into_iter().map(ToOwned::to_owned).collect(),
                    attachments: event.attachments,
                    emits: Vec::new(),
                }),
                _ => None,
            }
        })
    }
}
