//! The websocket: after its handshake we have the connection to ourselves. One task listens to it;
//! frames are written to it by the turn that has them, through the session's outbox. The codec is
//! actix's; it is not asked to run an actor inside a response's body, where a peer that stops
//! reading would freeze it.
mod frame_guard;
mod reader;
mod wire;

use std::sync::Arc;

use actix_web::rt::net::TcpStream;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use actors::session::{CloseReason, Handle, Lease, Outbox};
use bytes::BytesMut;
use tokio::time::Instant;

use super::Limits;
use super::engine::{EngineIo, Messages};
use super::fault::Fault;
use reader::Reader;
use wire::Wire;

/// What becomes of a connection whose upgrade was answered: it goes with the answer, as one of its
/// extensions, to whoever holds the connection.
pub(super) struct Takeover(Box<dyn FnOnce(TcpStream, BytesMut)>);

impl Takeover {
    /// `read` is what came after the request.
    pub fn begin(self, stream: TcpStream, read: BytesMut) {
        (self.0)(stream, read);
    }
}

/// # Errors
///
/// [`Fault::BadRequest`] when this is no websocket handshake (RFC 6455, 4.2.1).
pub(super) fn handshake(request: &HttpRequest) -> Result<HttpResponseBuilder, Fault> {
    // The stricter of the two asks for version 13 and a proper key, the other one can answer.
    actix_http::ws::verify_handshake(request.head()).map_err(|_| Fault::BadRequest)?;
    actix_web_actors::ws::handshake(request).map_err(|_| Fault::BadRequest)
}

/// A session begins on this websocket.
pub(super) fn open<M: Messages>(
    response: HttpResponseBuilder,
    handle: Handle<EngineIo<M>>,
    limits: &Limits,
) -> HttpResponse {
    let lease = handle.outbox.begin_socket();
    answer(response, handle, Some(lease), limits)
}

/// A websocket comes for a session that polls. One too many is accepted and closed: a browser
/// tells a page nothing about a refused one.
pub(super) fn upgrade<M: Messages>(
    request: &HttpRequest,
    handle: Handle<EngineIo<M>>,
    limits: &Limits,
) -> Result<HttpResponse, Fault> {
    let response = handshake(request)?;
    Ok(answer(response, handle, None, limits))
}

fn answer<M: Messages>(
    mut response: HttpResponseBuilder,
    handle: Handle<EngineIo<M>>,
    lease: Option<Lease>,
    limits: &Limits,
) -> HttpResponse {
    let unheard = Unheard(lease.map(|_| Arc::clone(&handle.outbox)));
    let reader = Reader::new(handle, lease, limits);
    let give_up = Instant::now() + limits.upgrade_timeout;
    let takeover = Takeover(Box::new(move |stream, read| {
        unheard.forget();
        actix::spawn(reader.run(Wire::new(stream), read, give_up));
    }));
    let mut response = response.finish();
    response.extensions_mut().insert(takeover);
    response
}

/// A session whose websocket never came to be ends.
struct Unheard(Option<Arc<Outbox>>);

impl Unheard {
    fn forget(mut self) {
        self.0 = None;
    }
}

impl Drop for Unheard {
    fn drop(&mut self) {
        if let Some(outbox) = &self.0 {
            outbox.close(CloseReason::TransportGone);
        }
    }
}
