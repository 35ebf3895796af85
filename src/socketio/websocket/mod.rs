//! The websocket: a task reads, the response's body writes, and both know the session only by its
//! handle. Handshake and codec are actix's; it is not asked to run an actor inside the body, where
//! a peer that stops reading would freeze it.
mod frame_guard;
mod reader;
mod writer;

use std::cell::RefCell;
use std::rc::Rc;
use std::task::Waker;

use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use actors::session::{CloseReason, Handle, Lease};
use bytes::Bytes;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Limits;
use super::engine::{EngineIo, Messages};
use super::fault::Fault;
use reader::Reader;
use writer::Writer;

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
    payload: web::Payload,
    handle: Handle<EngineIo<M>>,
    limits: &Limits,
) -> HttpResponse {
    let lease = handle.outbox.begin_socket();
    run(response, payload, handle, Some(lease), limits)
}

/// A websocket comes for a session that polls. One too many is accepted and closed: a browser
/// tells a page nothing about a refused one.
pub(super) fn upgrade<M: Messages>(
    request: &HttpRequest,
    payload: web::Payload,
    handle: Handle<EngineIo<M>>,
    limits: &Limits,
) -> Result<HttpResponse, Fault> {
    let response = handshake(request)?;
    Ok(run(response, payload, handle, None, limits))
}

fn run<M: Messages>(
    mut response: HttpResponseBuilder,
    payload: web::Payload,
    handle: Handle<EngineIo<M>>,
    lease: Option<Lease>,
    limits: &Limits,
) -> HttpResponse {
    let superfluous = lease.is_none() && !handle.outbox.may_switch();
    let close = superfluous.then_some(CloseReason::TransportGone);
    let wire = Rc::new(RefCell::new(Wire { lease, close, ..Wire::default() }));
    let (writing, written) = oneshot::channel();
    let writer = Writer::new(Rc::clone(&wire), handle.clone(), writing);
    let reader = Reader::new(wire, handle, lease.is_some(), limits);
    let give_up = Instant::now() + limits.upgrade_timeout;
    actix::spawn(reader.run(payload, written, give_up));
    response.streaming(writer)
}

/// What the reader has to say to the writer of the same websocket.
#[derive(Default)]
struct Wire {
    /// Unset: this websocket does not carry the session (yet).
    lease: Option<Lease>,
    /// The last ping; answering only that one is enough (RFC 6455, 5.5.3) and bounds it.
    pong: Option<Bytes>,
    probed: bool,
    close: Option<CloseReason>,
    waker: Option<Waker>,
}

impl Wire {
    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}
