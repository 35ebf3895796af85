use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;

use actors::session::{CloseReason, LaneId, Membership, SocketId};
use bytes::Bytes;
use engineioxide_core::{Sid, Str};
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::bucket::{Bucket, Pace};
use super::codec::{self, Decoder, Malformed, Packet};
use super::house::{Asked, Entrance, SocketIo};
use super::pids::Claim;
use super::{
    Answer, Application, Connect, EngineTurn, Handshake, Messages, Refused, Rejection, Resumption,
};

/// The Socket.IO part of one connection: which namespaces it has joined, and what it asked them.
pub struct Connection<A: Application> {
    house: Rc<SocketIo<A>>,
    handshake: Rc<Handshake>,
    decoder: Decoder,
    pace: Bucket,
    sockets: Vec<Socket<A>>,
    /// Namespaces that we ended: what the client sent before it knew is no offence.
    ended: Vec<Ended>,
    /// Each CONNECT gets a lane of its own, so that what an earlier one still does cannot be
    /// mistaken for it.
    lanes: u32,
    /// Until the first namespace is joined.
    connect_by: Option<Instant>,
}

/// A namespace that we left, until the client joins it again.
struct Ended {
    namespace: Rc<str>,
    /// Its credential ran out, so what still comes is answered as unauthorised.
    expired: bool,
}

/// One namespace of a connection, from its CONNECT on.
struct Socket<A: Application> {
    lane: LaneId,
    namespace: Rc<str>,
    id: SocketId,
    /// Set when the application let it in: events that came early find it here.
    member: Rc<OnceCell<Rc<A::Member>>>,
    joined: Option<Joined<A>>,
}

struct Joined<A: Application> {
    expires: Option<Instant>,
    /// Both end with this socket.
    _membership: Option<Membership>,
    _claim: Option<Claim<A>>,
}

/// What a job came to.
pub enum Outcome {
    Connected {
        lane: LaneId,
        result: Result<Box<Entrance>, Rejection>,
    },
    Answered {
        namespace: Rc<str>,
        lane: LaneId,
        ack: Option<i64>,
        answer: Option<Answer>,
    },
    /// An event was sent before its CONNECT was refused.
    NeverJoined,
}

/// What other sessions may ask of this one.
pub enum Command {
    /// Another socket has come with the `pid` of this one.
    Replaced(LaneId),
}

impl<A: Application> Connection<A> {
    pub(super) fn new(house: Rc<SocketIo<A>>, handshake: Rc<Handshake>, now: Instant) -> Self {
        let limits = &house.limits;
        Self {
            decoder: Decoder::new(limits.max_payload),
            pace: Bucket::new(limits.events_per_second, limits.event_burst, now),
            sockets: Vec::new(),
            ended: Vec::new(),
            lanes: 0,
            connect_by: Some(now + limits.connect_timeout),
            handshake,
            house,
        }
    }

    fn packet(&mut self, read: Result<Option<Packet>, Malformed>, turn: &mut EngineTurn<'_, Self>) {
        match read {
            Ok(None) => {}
            Ok(Some(packet)) => self.act(packet, turn),
            Err(malformed) => violation(turn, &malformed.to_string()),
        }
    }

    fn act(&mut self, packet: Packet, turn: &mut EngineTurn<'_, Self>) {
        let at = self.sockets.iter().position(|socket| *socket.namespace == *packet.namespace());
        match (packet, at) {
            (Packet::Connect { namespace, auth }, None) => self.connect(&namespace, auth, turn),
            (Packet::Connect { .. }, Some(_)) => violation(turn, "second CONNECT of a namespace"),
            (Packet::Disconnect { .. }, Some(at)) => {
                self.sockets.swap_remove(at);
            }
            (Packet::Event { name, args, attachments, ack, .. }, Some(at)) => {
                let asked = Asked { name, args, attachments, ack };
                self.event(at, asked, turn);
            }
            (Packet::Ack { .. }, Some(_)) => {}
            // The reference forgives this one: both sides may leave at once.
            (Packet::Disconnect { .. }, None) => {}
            (Packet::Event { namespace, ack, .. }, None) => self.too_late(&namespace, ack, turn),
            (Packet::Ack { namespace }, None) => self.too_late(&namespace, None, turn),
        }
    }

    fn connect(
        &mut self,
        namespace: &str,
        auth: Option<Box<RawValue>>,
        turn: &mut EngineTurn<'_, Self>,
    ) {
        let refuse = |turn: &mut EngineTurn<'_, Self>, why| {
            let Rejection { message, data, .. } = self.house.app.turned_away(why);
            turn.send(&[codec::connect_error(namespace, &message, data.as_deref())]);
        };
        match self.pace.take(turn.now()) {
            Pace::Fine if self.sockets.len() < self.house.limits.namespaces => {}
            Pace::Fine | Pace::Refused => return refuse(turn, Refused::TooMany),
            Pace::Abuse => return turn.close(CloseReason::RateLimited),
        }

        self.ended.retain(|ended| *ended.namespace != *namespace);
        self.lanes += 1;
        let lane = LaneId(self.lanes);
        let ask = Rc::new(Connect {
            namespace: namespace.into(),
            auth,
            handshake: Rc::clone(&self.handshake),
            socket_id: SocketId::new(Sid::new().as_str()),
        });
        let socket = Socket {
            lane,
            namespace: Rc::clone(&ask.namespace),
            id: ask.socket_id.clone(),
            member: Rc::default(),
            joined: None,
        };
        let (house, member) = (Rc::clone(&self.house), Rc::clone(&socket.member));
        let outbox = Arc::clone(turn.outbox());
        let enter = async move {
            let result = house.enter(ask, member, outbox).await.map(Box::new);
            Outcome::Connected { lane, result }
        };
        match turn.run(lane, Box::pin(enter)) {
            Ok(()) => self.sockets.push(socket),
            Err(_) => refuse(turn, Refused::TooMany),
        }
    }

    fn event(&mut self, at: usize, asked: Asked, turn: &mut EngineTurn<'_, Self>) {
        metrics::counter!("switchboard_socket_events_total").increment(1);
        let socket = &self.sockets[at];
        let refused = match self.pace.take(turn.now()) {
            Pace::Abuse => return turn.close(CloseReason::RateLimited),
            Pace::Refused => Some(Refused::TooMany),
            Pace::Fine if socket.expired(turn.now()) => Some(Refused::Expired),
            Pace::Fine => None,
        };
        let (lane, ack) = (socket.lane, asked.ack);
        let refused = refused.or_else(|| {
            let namespace = Rc::clone(&socket.namespace);
            let id = socket.id.clone();
            let member = Rc::clone(&socket.member);
            let house = Rc::clone(&self.house);
            let answer = async move {
                let Some(member) = member.get().cloned() else { return Outcome::NeverJoined };
                let answer = house.ask(Rc::clone(&namespace), id, member, asked).await;
                Outcome::Answered { namespace, lane, ack, answer }
            };
            turn.run(lane, Box::pin(answer)).err().map(|_| Refused::TooMany)
        });
        if let Some(why) = refused {
            if why == Refused::TooMany {
                metrics::counter!("switchboard_socket_events_refused_total").increment(1);
            }
            if let Some(ack) = ack {
                let answer = self.house.app.refusal(why);
                turn.send(&codec::ack(&socket.namespace, ack, &answer.args, answer.attachments));
            }
        }
    }

    fn connected(
        &mut self,
        lane: LaneId,
        result: Result<Box<Entrance>, Rejection>,
        turn: &mut EngineTurn<'_, Self>,
    ) {
        // Gone if the client has left again meanwhile: what it joined, it leaves here.
        let Some(at) = self.sockets.iter().position(|socket| socket.lane == lane) else { return };
        let entrance = match result {
            Ok(entrance) => *entrance,
            Err(Rejection { is_passing: true, .. }) => return turn.close(CloseReason::NotNow),
            Err(Rejection { message, data, .. }) => {
                let socket = self.sockets.swap_remove(at);
                let frame = codec::connect_error(&socket.namespace, &message, data.as_deref());
                return turn.send(&[frame]);
            }
        };
        let socket = &mut self.sockets[at];
        let Resumption { pid, replay } = entrance.resumption;
        let welcome = codec::connect(&socket.namespace, &socket.id, pid.as_deref());
        let sent = match &entrance.membership {
            Some(membership) => membership.admit(&welcome, &replay),
            None => {
                turn.outbox().push_owed(&welcome).and_then(|()| turn.outbox().push_owed(&replay))
            }
        };
        if let Err(reason) = sent {
            return turn.close(reason);
        }
        let claim = pid.map(|pid| self.house.pids.claim(pid, turn.address().clone(), lane));
        let expires = entrance.expires_at.map(|at| self.house.instant(at, turn.now()));
        socket.joined = Some(Joined { expires, _membership: entrance.membership, _claim: claim });
        self.connect_by = None;
    }

    /// We leave a namespace.
    fn leave(&mut self, at: usize, expired: bool, turn: &mut EngineTurn<'_, Self>) {
        let namespace = self.sockets.swap_remove(at).namespace;
        turn.send(&codec::disconnect(&namespace));
        if self.ended.len() < self.house.limits.namespaces {
            self.ended.push(Ended { namespace, expired });
        }
    }

    /// Something came for a namespace that is not joined: no offence if it was a moment ago.
    fn too_late(&self, namespace: &str, ack: Option<i64>, turn: &mut EngineTurn<'_, Self>) {
        let Some(ended) = self.ended.iter().find(|ended| *ended.namespace == *namespace) else {
            return violation(turn, "packet for a namespace that was not joined");
        };
        if let (true, Some(ack)) = (ended.expired, ack) {
            let answer = self.house.app.refusal(Refused::Expired);
            turn.send(&codec::ack(namespace, ack, &answer.args, answer.attachments));
        }
    }
}

impl<A: Application> Messages for Connection<A> {
    type Outcome = Outcome;
    type Command = Command;

    fn opened(&mut self, _: &mut EngineTurn<'_, Self>) {}

    fn text(&mut self, message: Str, turn: &mut EngineTurn<'_, Self>) {
        let read = self.decoder.text(message);
        self.packet(read, turn);
    }

    fn binary(&mut self, message: Bytes, turn: &mut EngineTurn<'_, Self>) {
        let read = self.decoder.binary(message);
        self.packet(read, turn);
    }

    fn finish(&mut self, outcome: Outcome, turn: &mut EngineTurn<'_, Self>) {
        match outcome {
            Outcome::Connected { lane, result } => self.connected(lane, result, turn),
            Outcome::Answered { namespace, lane, ack, answer: Some(answer) } => {
                // An answer for a namespace that was left means nothing to the client.
                if !self.sockets.iter().any(|socket| socket.lane == lane) {
                    return;
                }
                turn.send(&answer.emits);
                if let Some(ack) = ack {
                    turn.send(&codec::ack(&namespace, ack, &answer.args, answer.attachments));
                }
            }
            Outcome::Answered { answer: None, .. } => {}
            Outcome::NeverJoined => violation(turn, "event for a namespace that was refused"),
        }
    }

    fn obey(&mut self, command: Command, turn: &mut EngineTurn<'_, Self>) {
        let Command::Replaced(lane) = command;
        if let Some(at) = self.sockets.iter().position(|socket| socket.lane == lane) {
            tracing::info!(
                namespace = &*self.sockets[at].namespace,
                "socket left: another one came back in its place"
            );
            self.leave(at, false, turn);
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let expiries = self.sockets.iter().filter_map(|socket| socket.joined.as_ref()?.expires);
        expiries.chain(self.connect_by).min()
    }

    fn expire(&mut self, turn: &mut EngineTurn<'_, Self>) {
        let now = turn.now();
        if self.connect_by.is_some_and(|by| by <= now) {
            return turn.close(CloseReason::ConnectTimeout);
        }
        while let Some(at) = self.sockets.iter().position(|socket| socket.expired(now)) {
            self.leave(at, true, turn);
        }
    }
}

impl<A: Application> Socket<A> {
    fn expired(&self, now: Instant) -> bool {
        self.joined.as_ref().and_then(|joined| joined.expires).is_some_and(|at| at <= now)
    }
}

fn violation<M: Messages>(turn: &mut EngineTurn<'_, M>, what: &str) {
    tracing::debug!(what, "protocol violation");
    turn.close(CloseReason::ProtocolViolation);
}
