//! The websocket: a task reads, the response's body writes, and both know the session only by its
//! handle. Handshake and codec are actix's; it is not asked to run an actor inside the body, where
//! a peer that stops reading would freeze it.
use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use actix_http::ws::{Codec, Frame as WsFrame, Item};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use actors::session::{CloseReason, Frame, Handle, Lease, Receive, Taken};
use bytes::{BufMut, Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_util::codec::Decoder as _;

use super::Limits;
use super::engine::{EngineIo, Inbound, Messages};
use super::frame_guard::FrameGuard;
use super::http::Fault;

/// Most that one write carries, in bytes, unless a single frame is longer.
const BATCH: usize = 64 * 1024;

/// How long the reader goes on after the writer is gone: what a client said just before it left
/// may still be on its way through actix.
const LAST_WORDS: Duration = Duration::from_millis(200);

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
    let writer =
        Writer { wire: Rc::clone(&wire), handle: handle.clone(), ended: false, _writing: writing };
    let reader = Reader {
        wire,
        handle,
        guard: FrameGuard::new(limits.max_payload),
        codec: Codec::new().max_size(limits.max_payload),
        buffer: BytesMut::new(),
        message: Vec::new(),
        role: if lease.is_some() { Role::Carrier } else { Role::Newcomer },
    };
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

/// The body of the response.
struct Writer<M: Messages> {
    wire: Rc<RefCell<Wire>>,
    handle: Handle<EngineIo<M>>,
    ended: bool,
    /// Dropped with the writer, which tells the reader.
    _writing: oneshot::Sender<()>,
}

impl<M: Messages> Stream for Writer<M> {
    type Item = Result<Bytes, std::convert::Infallible>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.ended {
            return Poll::Ready(None);
        }
        let mut wire = this.wire.borrow_mut();
        if let Some(data) = wire.pong.take() {
            return Poll::Ready(Some(Ok(control(0x8A, &data))));
        }
        if std::mem::take(&mut wire.probed) {
            return Poll::Ready(Some(Ok(Frame::text("3probe").websocket().clone())));
        }
        let mut close = wire.close;
        if let Some(lease) = wire.lease {
            match this.handle.outbox.poll_take(lease, cx, BATCH) {
                Poll::Ready(Taken::Frames(frames)) => return Poll::Ready(Some(Ok(merge(&frames)))),
                Poll::Ready(Taken::Closed(reason)) => close = Some(reason),
                Poll::Ready(Taken::Revoked | Taken::Switching) => {
                    close = Some(CloseReason::TransportGone);
                }
                Poll::Pending => {}
            }
        }
        if let Some(reason) = close {
            this.ended = true;
            let code = close_code(reason).to_be_bytes();
            return Poll::Ready(Some(Ok(control(0x88, &code))));
        }
        wire.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

/// Frames that are ready at the same time share one write.
fn merge(frames: &[Frame]) -> Bytes {
    metrics::histogram!("switchboard_socket_frames_per_write").record(frames.len() as f64);
    if let [only] = frames {
        return only.websocket().clone();
    }
    let mut bytes = BytesMut::with_capacity(frames.iter().map(Frame::wire_len).sum());
    for frame in frames {
        bytes.put_slice(frame.websocket());
    }
    bytes.freeze()
}

/// A control frame; its data is at most 125 bytes (RFC 6455, 5.5).
fn control(first: u8, data: &[u8]) -> Bytes {
    let data = &data[..data.len().min(125)];
    let mut bytes = BytesMut::with_capacity(2 + data.len());
    bytes.put_u8(first);
    bytes.put_u8(data.len() as u8);
    bytes.put_slice(data);
    bytes.freeze()
}

/// RFC 6455, 7.4.1.
fn close_code(reason: CloseReason) -> u16 {
    match reason {
        CloseReason::ClientClosed | CloseReason::TransportGone | CloseReason::HeartbeatTimeout => {
            1000
        }
        CloseReason::ShuttingDown => 1001,
        CloseReason::ProtocolViolation => 1002,
        CloseReason::ConnectTimeout
        | CloseReason::RateLimited
        | CloseReason::Dismissed
        | CloseReason::TokenExpired => 1008,
        CloseReason::TooLarge => 1009,
        CloseReason::Lagging | CloseReason::Overwhelmed => 1013,
    }
}

struct Reader<M: Messages> {
    wire: Rc<RefCell<Wire>>,
    handle: Handle<EngineIo<M>>,
    guard: FrameGuard,
    codec: Codec,
    buffer: BytesMut,
    /// The frames so far of a message that comes in several.
    message: Vec<u8>,
    role: Role,
}

/// What this websocket is to the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Carrier,
    /// Has said nothing yet.
    Newcomer,
    /// Has probed; polling goes on until it says that it takes over.
    Probing,
}

impl<M: Messages> Reader<M> {
    async fn run(
        mut self,
        mut payload: web::Payload,
        mut written: oneshot::Receiver<()>,
        give_up: Instant,
    ) {
        let mut writing = true;
        let reason = loop {
            let chunk = tokio::select! {
                biased;
                chunk = payload.next() => chunk,
                _ = &mut written, if writing => {
                    writing = false;
                    continue;
                }
                () = tokio::time::sleep_until(give_up), if self.role != Role::Carrier => {
                    break CloseReason::TransportGone;
                }
                () = tokio::time::sleep(LAST_WORDS), if !writing => {
                    break CloseReason::TransportGone;
                }
            };
            let Some(Ok(chunk)) = chunk else { break CloseReason::TransportGone };
            if self.guard.watch(&chunk).is_err() {
                break CloseReason::TooLarge;
            }
            self.buffer.extend_from_slice(&chunk);
            if let Err(reason) = self.read().await {
                break reason;
            }
        };
        self.end(reason);
    }

    /// Everything that is whole.
    async fn read(&mut self) -> Result<(), CloseReason> {
        let mut packets = Vec::new();
        let ended = loop {
            match self.codec.decode(&mut self.buffer) {
                Ok(None) => break Ok(()),
                Err(_) => break Err(CloseReason::ProtocolViolation),
                Ok(Some(frame)) => match self.packet(frame) {
                    Ok(None) => {}
                    Err(reason) => break Err(reason),
                    Ok(Some(packet)) if self.role == Role::Carrier => packets.push(packet),
                    Ok(Some(packet)) => {
                        if let Err(reason) = self.greet(&packet) {
                            break Err(reason);
                        }
                    }
                },
            }
        };
        if self.buffer.is_empty() {
            // An idle connection shall not keep what a large packet needed.
            self.buffer = BytesMut::new();
        }
        // What came before the error counts.
        if !packets.is_empty() {
            let received = self.handle.address.send(Receive(packets)).await;
            received.unwrap_or(Err(CloseReason::TransportGone))?;
        }
        ended
    }

    fn packet(&mut self, frame: WsFrame) -> Result<Option<Inbound>, CloseReason> {
        let text = |data: Vec<u8>| {
            let text = String::from_utf8(data).map_err(|_| CloseReason::ProtocolViolation)?;
            Ok(Some(Inbound::Text(text)))
        };
        match frame {
            WsFrame::Text(data) => text(data.into()),
            WsFrame::Binary(data) => Ok(Some(Inbound::Binary(data))),
            WsFrame::Continuation(item) => match item {
                Item::FirstText(data) => {
                    self.message = vec![b't'];
                    self.message.extend_from_slice(&data);
                    Ok(None)
                }
                Item::FirstBinary(data) => {
                    self.message = vec![b'b'];
                    self.message.extend_from_slice(&data);
                    Ok(None)
                }
                Item::Continue(data) => {
                    self.message.extend_from_slice(&data);
                    Ok(None)
                }
                Item::Last(data) => {
                    let mut message = std::mem::take(&mut self.message);
                    message.extend_from_slice(&data);
                    let kind = message.first().copied();
                    let body = message.split_off(1.min(message.len()));
                    if kind == Some(b'b') {
                        Ok(Some(Inbound::Binary(body.into())))
                    } else {
                        text(body)
                    }
                }
            },
            WsFrame::Ping(data) => {
                let mut wire = self.wire.borrow_mut();
                wire.pong = Some(data);
                wire.wake();
                Ok(None)
            }
            WsFrame::Pong(_) => Ok(None),
            WsFrame::Close(_) => Err(CloseReason::TransportGone),
        }
    }

    /// Before it carries the session, a websocket says two things: `2probe`, then `5`.
    fn greet(&mut self, packet: &Inbound) -> Result<(), CloseReason> {
        let Inbound::Text(text) = packet else { return Err(CloseReason::ProtocolViolation) };
        let outbox = &self.handle.outbox;
        let mut wire = self.wire.borrow_mut();
        match (self.role, text.as_str()) {
            (Role::Newcomer, "2probe") => {
                outbox.begin_switch().map_err(|_| CloseReason::TransportGone)?;
                self.role = Role::Probing;
                wire.probed = true;
            }
            (Role::Probing, "5") => {
                let lease = outbox.switch().map_err(|_| CloseReason::TransportGone)?;
                self.role = Role::Carrier;
                wire.lease = Some(lease);
            }
            _ => return Err(CloseReason::ProtocolViolation),
        }
        wire.wake();
        Ok(())
    }

    fn end(self, reason: CloseReason) {
        match self.role {
            Role::Carrier => {
                // The writer sees it there, says so to the client, and ends.
                self.handle.outbox.close(reason);
            }
            Role::Newcomer | Role::Probing => {
                if self.role == Role::Probing {
                    self.handle.outbox.abandon_switch();
                }
                let mut wire = self.wire.borrow_mut();
                wire.close = Some(reason);
                wire.wake();
            }
        }
    }
}
