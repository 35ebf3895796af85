use std::any::Any;
use std::sync::Arc;

use actors::session::{CloseReason, Frame, Protocol, Turn};
use bytes::Bytes;
use engineioxide_core::{OpenPacket, Packet, ProtocolVersion, Sid, Str, TransportType};
use tokio::time::Instant;

use super::Limits;

/// The Engine.IO part of one connection (protocol revision 4): it opens, beats, and hands
/// messages on. Does no input or output.
pub struct EngineIo<M> {
    messages: M,
    limits: Arc<Limits>,
    sid: Sid,
    upgrades: bool,
    beat: Beat,
    /// What has to be given back when the connection ends.
    _places: Box<dyn Any>,
}

/// What speaks through Engine.IO messages.
pub trait Messages: Sized + Unpin + 'static {
    type Outcome: 'static;
    type Command: Send + 'static;

    fn opened(&mut self, turn: &mut EngineTurn<'_, Self>);
    fn text(&mut self, message: Str, turn: &mut EngineTurn<'_, Self>);
    fn binary(&mut self, message: Bytes, turn: &mut EngineTurn<'_, Self>);
    fn finish(&mut self, outcome: Self::Outcome, turn: &mut EngineTurn<'_, Self>);
    fn obey(&mut self, command: Self::Command, turn: &mut EngineTurn<'_, Self>);
    fn deadline(&self) -> Option<Instant>;
    fn expire(&mut self, turn: &mut EngineTurn<'_, Self>);
}

pub type EngineTurn<'a, M> = Turn<'a, EngineIo<M>>;

/// What a transport read: one packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inbound {
    /// A packet as text; from polling this includes attachments in base64.
    Text(String),
    /// A binary websocket message.
    Binary(Bytes),
}

/// The heartbeat, by absolute instants: timers that start each other drift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beat {
    NotYet,
    PingAt(Instant),
    PongBy {
        at: Instant,
        /// Another packet has shown since the ping that somebody is there; that counts once.
        extended: bool,
    },
}

impl<M> EngineIo<M> {
    pub(super) fn new(
        messages: M,
        limits: Arc<Limits>,
        sid: Sid,
        upgrades: bool,
        places: Box<dyn Any>,
    ) -> Self {
        Self { messages, limits, sid, upgrades, beat: Beat::NotYet, _places: places }
    }
}

impl<M: Messages> Protocol for EngineIo<M> {
    type Packet = Inbound;
    type Outcome = M::Outcome;
    type Command = M::Command;

    fn open(&mut self, turn: &mut Turn<'_, Self>) {
        let open = OpenPacket {
            sid: self.sid,
            upgrades: self.upgrades.then_some(TransportType::Websocket).into_iter().collect(),
            ping_interval: self.limits.ping_interval,
            ping_timeout: self.limits.ping_timeout,
            max_payload: self.limits.max_payload as u64,
        };
        turn.send(&[Frame::text(String::from(Packet::Open(open)))]);
        self.beat = Beat::PingAt(turn.now() + self.limits.ping_interval);
        self.messages.opened(turn);
    }

    fn receive(&mut self, packet: Inbound, turn: &mut Turn<'_, Self>) {
        if let Beat::PongBy { at, extended: extended @ false } = &mut self.beat {
            *at += self.limits.ping_timeout;
            *extended = true;
        }
        let text = match packet {
            Inbound::Binary(data) => return self.messages.binary(data, turn),
            Inbound::Text(text) => text,
        };
        match Packet::parse(ProtocolVersion::V4, text) {
            Ok(Packet::Message(message)) => self.messages.text(message, turn),
            Ok(Packet::Binary(data)) => self.messages.binary(data, turn),
            Ok(Packet::Pong) => {
                self.beat = Beat::PingAt(turn.now() + self.limits.ping_interval);
            }
            Ok(Packet::Close) => turn.close(CloseReason::ClientClosed),
            // A late word about an upgrade that is over, or never was.
            Ok(Packet::Upgrade | Packet::Noop | Packet::PongUpgrade) => {}
            // Heartbeats go the other way in this revision, and a server opens.
            Ok(_) | Err(_) => turn.close(CloseReason::ProtocolViolation),
        }
    }

    fn finish(&mut self, outcome: M::Outcome, turn: &mut Turn<'_, Self>) {
        self.messages.finish(outcome, turn);
    }

    fn obey(&mut self, command: M::Command, turn: &mut Turn<'_, Self>) {
        self.messages.obey(command, turn);
    }

    fn deadline(&self) -> Option<Instant> {
        let beat = match self.beat {
            Beat::NotYet => None,
            Beat::PingAt(at) | Beat::PongBy { at, .. } => Some(at),
        };
        beat.into_iter().chain(self.messages.deadline()).min()
    }

    fn expire(&mut self, turn: &mut Turn<'_, Self>) {
        match self.beat {
            Beat::PingAt(at) if at <= turn.now() => {
                turn.send(&[Frame::text("2")]);
                // From when it was due: a late timer shall not give the client more time.
                self.beat = Beat::PongBy { at: at + self.limits.ping_timeout, extended: false };
            }
            Beat::PongBy { at, .. } if at <= turn.now() => {
                turn.close(CloseReason::HeartbeatTimeout);
                return;
            }
            _ => {}
        }
        self.messages.expire(turn);
    }

    fn closed(&mut self, reason: CloseReason) {
        metrics::counter!("switchboard_socket_closes_total", "reason" => reason.name())
            .increment(1);
        tracing::debug!(%reason, "connection closed");
    }
}
