use std::rc::Rc;
use std::sync::Arc;

use actix_web::http::Method;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use actors::ports::Clock;
use actors::session::{Handle, Roster, Session};
use engineioxide_core::Sid;
use tokio::time::Instant;

use super::connection::Connection;
use super::engine::{EngineIo, Messages};
use super::fault::Fault;
use super::house::SocketIo;
use super::{Application, Handshake, Hub, Pids, polling, websocket};
use crate::origin::Verdict;

/// Makes what speaks on a new connection. One per server thread.
pub trait Face: 'static {
    type Messages: Messages;

    fn meet(&self, arrival: Arrival<'_, Self::Messages>) -> Self::Messages;
}

/// A connection begins.
pub struct Arrival<'a, M: Messages> {
    pub handshake: Handshake,
    pub session: &'a Handle<EngineIo<M>>,
}

/// A [`Face`] that speaks Socket.IO for an application.
struct SocketIoFace<A: Application>(Rc<SocketIo<A>>);

impl<A: Application> Face for SocketIoFace<A> {
    type Messages = Connection<A>;

    fn meet(&self, arrival: Arrival<'_, Connection<A>>) -> Connection<A> {
        Connection::new(Rc::clone(&self.0), Rc::new(arrival.handshake), Instant::now())
    }
}

/// Serves an application on `path` (`/socket.io/`). Called on each server thread, with that
/// thread's application and roster, and the hub and pids that all threads share.
pub fn configure<A: Application>(
    config: &mut web::ServiceConfig,
    path: &str,
    hub: &Hub<Connection<A>>,
    pids: &Pids<A>,
    clock: Arc<dyn Clock>,
    app: Rc<A>,
    roster: Rc<Roster>,
) {
    let house =
        SocketIo { app, roster, pids: pids.clone(), limits: Arc::clone(&hub.limits), clock };
    Door::new(hub.clone(), SocketIoFace(Rc::new(house))).open(config, path);
}

/// One Engine.IO endpoint on one server thread.
pub struct Door<F: Face> {
    pub(super) hub: Hub<F::Messages>,
    face: F,
}

impl<F: Face> Door<F> {
    pub fn new(hub: Hub<F::Messages>, face: F) -> Rc<Self> {
        Rc::new(Self { hub, face })
    }

    /// Serves this endpoint on `path`, with and without its last slash.
    pub fn open(self: Rc<Self>, config: &mut web::ServiceConfig, path: &str) {
        let bare = path.trim_end_matches('/').to_owned();
        for path in [format!("{bare}/"), bare] {
            let door = Rc::clone(&self);
            config.route(
                &path,
                web::route().to(move |request: HttpRequest, body: web::Payload| {
                    serve(Rc::clone(&door), request, body)
                }),
            );
        }
    }

    /// Starts a session on this thread; `Err` is the answer to whom there is no room for.
    pub(super) fn start(
        &self,
        request: &HttpRequest,
        query: Vec<(String, String)>,
        upgrades: bool,
    ) -> Result<Handle<EngineIo<F::Messages>>, Fault> {
        let limits = &self.hub.limits;
        if self.hub.is_leaving() {
            return Err(Fault::TooManyConnections);
        }
        let peer = request.peer_addr().map(|address| address.ip());
        let place = self
            .hub
            .census
            .admit(peer, limits.connections, limits.connections_per_peer)
            .ok_or(Fault::TooManyConnections)?;
        let handshake = Handshake {
            query,
            authorization: text(request, "authorization"),
            x_auth_token: text(request, "x-auth-token"),
            peer,
        };
        let sid = Sid::new();
        Ok(Session::open(limits.outbox, limits.waiting_events, |session| {
            let messages = self.face.meet(Arrival { handshake, session });
            let row = self.hub.table.insert(sid.as_str(), session.clone());
            let places = Box::new((row, place));
            EngineIo::new(messages, Arc::clone(limits), sid, upgrades, places)
        }))
    }
}

fn text(request: &HttpRequest, name: &str) -> Option<String> {
    request.headers().get(name)?.to_str().ok().map(ToOwned::to_owned)
}

async fn serve<F: Face>(
    door: Rc<Door<F>>,
    request: HttpRequest,
    body: web::Payload,
) -> HttpResponse {
    let verdict = door.hub.origins.judge(&request);
    let preflight = *request.method() == Method::OPTIONS;
    let mut response = if verdict == Verdict::Forbidden {
        Fault::Forbidden.answer()
    } else if preflight {
        HttpResponse::NoContent().finish()
    } else {
        route(&door, &request, body).await.unwrap_or_else(Fault::answer)
    };
    if let Verdict::Allowed(origin) = verdict
        && let Ok(origin) = HeaderValue::from_str(&origin)
    {
        allow(&mut response, origin, preflight);
    }
    response
}

/// CORS: this page may read the answer.
fn allow(response: &mut HttpResponse, origin: HeaderValue, preflight: bool) {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    if preflight {
        let methods = HeaderValue::from_static("GET, POST");
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        let names = HeaderValue::from_static("authorization, content-type, x-auth-token");
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names);
    }
}

/// Which transport, which session: the checks of the reference, in its order.
async fn route<F: Face>(
    door: &Rc<Door<F>>,
    request: &HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, Fault> {
    let query: Vec<(String, String)> =
        url::form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect();
    let one = |key: &str| {
        query.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    };
    let websocket = match one("transport") {
        Some("websocket") => true,
        Some("polling") => false,
        _ => return Err(Fault::UnknownTransport),
    };
    let upgrade = request.headers().contains_key(header::UPGRADE);
    if let Some(sid) = one("sid") {
        let entry = door.hub.table.find(sid).ok_or(Fault::UnknownSession)?;
        if websocket != upgrade {
            return Err(Fault::BadRequest);
        }
        if websocket {
            return websocket::upgrade(request, entry.handle, &door.hub.limits);
        }
        return match *request.method() {
            Method::GET => polling::poll(entry).await,
            Method::POST => polling::post(entry, request, body, &door.hub.limits).await,
            _ => Err(Fault::BadRequest),
        };
    }
    if *request.method() != Method::GET {
        return Err(Fault::BadMethod);
    }
    if websocket != upgrade {
        return Err(Fault::BadRequest);
    }
    if one("EIO") != Some("4") {
        return Err(Fault::UnsupportedVersion);
    }
    if websocket {
        // Before there is a session that nobody could talk to.
        let response = websocket::handshake(request)?;
        let handle = door.start(request, query, false)?;
        return Ok(websocket::open(response, handle, &door.hub.limits));
    }
    let handle = door.start(request, query, true)?;
    polling::open(handle).await
}
