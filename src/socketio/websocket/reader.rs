use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use actix_http::ws::{Codec, Frame as WsFrame, Item};
use actix_web::web;
use actors::session::{CloseReason, Handle, Receive};
use bytes::BytesMut;
use futures_util::StreamExt;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_util::codec::Decoder as _;

use super::super::Limits;
use super::super::engine::{EngineIo, Inbound, Messages};
use super::Wire;
use super::frame_guard::FrameGuard;

/// How long the reader goes on after the writer is gone: what a client said just before it left
/// may still be on its way through actix.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// What listens to the client.
pub(super) struct Reader<M: Messages> {
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
    /// `carries`: the session begins on this websocket, rather than on polling.
    pub fn new(
        wire: Rc<RefCell<Wire>>,
        handle: Handle<EngineIo<M>>,
        carries: bool,
        limits: &Limits,
    ) -> Self {
        Self {
            wire,
            handle,
            guard: FrameGuard::new(limits.max_payload),
            codec: Codec::new().max_size(limits.max_payload),
            buffer: BytesMut::new(),
            message: Vec::new(),
            role: if carries { Role::Carrier } else { Role::Newcomer },
        }
    }

    /// Until the client, or the session, has ended; a newcomer has until `give_up`.
    pub async fn run(
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
