use std::io;
use std::sync::Arc;
use std::time::Duration;

use actix_http::ws::{Codec, Frame as WsFrame, Item};
use actors::session::{CloseReason, Ended, Frame, Handle, Lease, Line, Receive};
use bytes::BytesMut;
use tokio::time::Instant;
use tokio_util::codec::Decoder as _;

use super::super::Limits;
use super::super::engine::{EngineIo, Inbound, Messages};
use super::frame_guard::FrameGuard;
use super::wire::{Wire, control};

/// How long the reader goes on after the client has hung up: what it said just before may still
/// be on its way.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// What listens to the client.
pub(super) struct Reader<M: Messages> {
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
    Carrier(Lease),
    /// Has said nothing yet.
    Newcomer,
    /// Has probed; polling goes on until it says that it takes over.
    Probing,
}

/// What a newcomer is told.
enum Greeting {
    Probed,
    /// It carries the session from now on.
    Switched(Lease),
}

impl<M: Messages> Reader<M> {
    /// With a lease, the session begins on this websocket, rather than on polling.
    pub fn new(handle: Handle<EngineIo<M>>, lease: Option<Lease>, limits: &Limits) -> Self {
        Self {
            handle,
            guard: FrameGuard::new(limits.max_payload),
            codec: Codec::new().max_size(limits.max_payload),
            buffer: BytesMut::new(),
            message: Vec::new(),
            role: lease.map_or(Role::Newcomer, Role::Carrier),
        }
    }

    /// Until the client, or the session, has ended; a newcomer has until `give_up`.
    pub async fn run(mut self, wire: Arc<Wire>, read: BytesMut, give_up: Instant) {
        let begun = self.begin(&wire, read, give_up).await;
        let reason = match begun {
            Ok(lease) => {
                let reason = self.carry(&wire, lease).await;
                let outbox = &self.handle.outbox;
                outbox.close(reason);
                let drained = std::future::poll_fn(|cx| outbox.poll_drained(lease, cx));
                // Somebody else may have closed it first, for a reason of their own.
                return wire.end(outbox.closed().unwrap_or(reason), drained).await;
            }
            Err(reason) => reason,
        };
        if self.role == Role::Probing {
            self.handle.outbox.abandon_switch();
        }
        wire.end(reason, std::future::ready(())).await;
    }

    /// Until this websocket carries the session.
    async fn begin(
        &mut self,
        wire: &Wire,
        read: BytesMut,
        give_up: Instant,
    ) -> Result<Lease, CloseReason> {
        self.guard.watch(&read).map_err(|_| CloseReason::TooLarge)?;
        self.buffer = read;
        if let Role::Carrier(lease) = self.role {
            return Ok(lease);
        }
        if !self.handle.outbox.may_switch() {
            return Err(CloseReason::TransportGone);
        }
        let greeted = tokio::time::timeout_at(give_up, async {
            loop {
                while let Some(frame) = self.frame()? {
                    if let WsFrame::Ping(data) = &frame {
                        said(wire.say(&control(0x8A, data)).await)?;
                    }
                    let Some(packet) = self.packet(frame)? else { continue };
                    match self.greet(&packet)? {
                        Greeting::Probed => {
                            said(wire.say(Frame::text("3probe").websocket()).await)?;
                        }
                        Greeting::Switched(lease) => return Ok(lease),
                    }
                }
                self.hear(wire).await?;
            }
        });
        greeted.await.unwrap_or(Err(CloseReason::TransportGone))
    }

    /// Until the client or the session has ended.
    async fn carry(&mut self, wire: &Arc<Wire>, lease: Lease) -> CloseReason {
        let outbox = Arc::clone(&self.handle.outbox);
        let line: Arc<dyn Line> = Arc::clone(wire) as _;
        outbox.attach(lease, line);
        loop {
            if let Err(reason) = self.read(lease).await {
                return reason;
            }
            let ended = tokio::select! {
                heard = self.hear(wire) => match heard {
                    Ok(()) => continue,
                    Err(reason) => return reason,
                },
                ended = std::future::poll_fn(|cx| outbox.poll_line(lease, cx)) => ended,
            };
            match ended {
                Ended::Closed(reason) => return reason,
                Ended::Revoked => return CloseReason::TransportGone,
                Ended::Broken => {
                    // What the client said before it left counts.
                    let heard = tokio::time::timeout(LAST_WORDS, self.hear(wire)).await;
                    if !matches!(heard, Ok(Ok(()))) {
                        return CloseReason::TransportGone;
                    }
                }
            }
        }
    }

    /// Waits for more from the client.
    async fn hear(&mut self, wire: &Wire) -> Result<(), CloseReason> {
        let before = self.buffer.len();
        said(wire.read(&mut self.buffer).await)?;
        self.guard.watch(&self.buffer[before..]).map_err(|_| CloseReason::TooLarge)
    }

    /// The next one that is whole.
    fn frame(&mut self) -> Result<Option<WsFrame>, CloseReason> {
        let frame = self.codec.decode(&mut self.buffer);
        if self.buffer.is_empty() {
            // An idle connection shall not keep what a large packet needed.
            self.buffer = BytesMut::new();
        }
        frame.map_err(|_| CloseReason::ProtocolViolation)
    }

    /// Everything that is whole goes to the session.
    async fn read(&mut self, lease: Lease) -> Result<(), CloseReason> {
        let mut packets = Vec::new();
        let ended = loop {
            match self.frame() {
                Ok(None) => break Ok(()),
                Err(reason) => break Err(reason),
                Ok(Some(WsFrame::Ping(data))) => {
                    self.handle.outbox.control(lease, control(0x8A, &data));
                }
                Ok(Some(frame)) => match self.packet(frame) {
                    Ok(packet) => packets.extend(packet),
                    Err(reason) => break Err(reason),
                },
            }
        };
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
            WsFrame::Ping(_) | WsFrame::Pong(_) => Ok(None),
            WsFrame::Close(_) => Err(CloseReason::TransportGone),
        }
    }

    /// Before it carries the session, a websocket says two things: `2probe`, then `5`.
    fn greet(&mut self, packet: &Inbound) -> Result<Greeting, CloseReason> {
        let outbox = &self.handle.outbox;
        match (self.role, packet) {
            (Role::Newcomer, Inbound::Text(text)) if text == "2probe" => {
                outbox.begin_switch().map_err(|_| CloseReason::TransportGone)?;
                self.role = Role::Probing;
                Ok(Greeting::Probed)
            }
            (Role::Probing, Inbound::Text(text)) if text == "5" => {
                let lease = outbox.switch().map_err(|_| CloseReason::TransportGone)?;
                self.role = Role::Carrier(lease);
                Ok(Greeting::Switched(lease))
            }
            _ => Err(CloseReason::ProtocolViolation),
        }
    }
}

/// A connection that breaks has ended.
fn said(done: io::Result<()>) -> Result<(), CloseReason> {
    done.map_err(|_| CloseReason::TransportGone)
}
