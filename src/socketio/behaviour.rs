//! What gives namespaces their behaviour: the product implements it, and the protocol fixture.
use std::net::IpAddr;
use std::rc::Rc;

use actors::domain::{Timestamp, UserId};
use actors::session::{Audience, Frame, Namespace, SocketId};
use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use serde_json::value::RawValue;

/// The behaviour of every namespace. One value per server thread.
pub trait Application: 'static {
    /// Who is connected to a namespace. It is dropped when that socket leaves, however it leaves
    /// (or when its last event is done), so a guard in it learns of that.
    type Member: 'static;

    /// CONNECT: is this somebody who may join?
    ///
    /// Must come to an end within [`Limits::ack_deadline`](super::Limits::ack_deadline).
    fn connect(
        self: Rc<Self>,
        ask: Rc<Connect>,
    ) -> LocalBoxFuture<'static, Result<Admission<Self::Member>, Rejection>>;

    /// The socket is in the directory, and what is delivered to it is held back meanwhile: what
    /// does it get before anything live? The last moment to refuse it, too: whoever looks for it
    /// from now on, to send it away, finds it.
    fn resume(
        self: Rc<Self>,
        _member: Rc<Self::Member>,
        _ask: Rc<Connect>,
    ) -> LocalBoxFuture<'static, Result<Resumption, Rejection>> {
        Box::pin(async { Ok(Resumption::default()) })
    }

    /// EVENT. `None`: no answer, which is also right when [`Event::ack`] says that none is asked.
    ///
    /// Events of one socket come one after the other, in the order they were sent.
    fn event(self: Rc<Self>, event: Event<Self::Member>)
    -> LocalBoxFuture<'static, Option<Answer>>;

    /// Whether this one was here before, and wants to go on where it was.
    fn is_coming_back(&self, _: &Connect) -> bool {
        false
    }

    /// How many sockets a user has in this namespace on other nodes.
    fn sockets_elsewhere(&self, _: &UserId, _: Namespace) -> usize {
        0
    }

    /// The answer to an event that the application did not get to answer.
    fn refusal(&self, why: Refused) -> Answer {
        Answer::json(why.envelope())
    }

    /// The answer to a CONNECT that the application did not get to answer.
    fn turned_away(&self, why: Refused) -> Rejection {
        Rejection {
            message: why.message().to_owned(),
            data: Some(why.envelope()),
            is_passing: why == Refused::TooLate,
        }
    }
}

/// A client asks to join a namespace.
pub struct Connect {
    /// Begins with `/`; unknown ones come here, too.
    pub namespace: Rc<str>,
    /// The CONNECT payload, a JSON object: `auth` of the client's options, with `pid` and `offset`
    /// when it comes back.
    pub auth: Option<Box<RawValue>>,
    pub handshake: Rc<Handshake>,
    /// What it will be called here if it may join.
    pub socket_id: SocketId,
}

/// What came with the HTTP request that opened the connection. Holds secrets: never log it.
#[derive(Default)]
pub struct Handshake {
    /// Decoded, in order, repetitions included.
    pub query: Vec<(String, String)>,
    pub authorization: Option<String>,
    pub x_auth_token: Option<String>,
    pub peer: Option<IpAddr>,
}

impl Handshake {
    /// Every value of a query key. More than one means that somebody repeated it.
    pub fn query<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.query.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

/// A socket may join.
pub struct Admission<M> {
    pub member: M,
    /// What it listens to; unset: nothing is ever delivered to it.
    pub audience: Option<Audience>,
    /// From then on its events are answered as unauthorised and the namespace is left (`41`).
    /// Whoever grants leeway has added it.
    pub expires_at: Option<Timestamp>,
}

impl<M> Admission<M> {
    pub fn new(member: M) -> Self {
        Self { member, audience: None, expires_at: None }
    }
}

/// A socket may not join: `err.message` and `err.data` at the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    pub message: String,
    /// One JSON value.
    pub data: Option<String>,
    /// It may be otherwise in a moment. The connection of who comes back is closed instead, because a
    /// stock client tries again after that, with what it needs to recover; after a refusal it does not.
    pub is_passing: bool,
}

impl Rejection {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), data: None, is_passing: false }
    }
}

/// How a socket begins.
#[derive(Default)]
pub struct Resumption {
    /// Goes into the CONNECT answer. The same as the client sent: recovered. Another live socket
    /// with it is told to leave.
    pub pid: Option<String>,
    /// Sent after the CONNECT answer and before anything live. It may be longer than an outbox;
    /// its bound is the application's.
    pub replay: Vec<Frame>,
}

/// A client emits.
pub struct Event<M> {
    pub namespace: Rc<str>,
    pub socket_id: SocketId,
    pub member: Rc<M>,
    pub name: String,
    /// Valid JSON, at most [`MAX_DEPTH`](super::codec::MAX_DEPTH) deep.
    pub args: Vec<Box<RawValue>>,
    /// What the placeholders in `args` stand for.
    pub attachments: Vec<Bytes>,
    /// Whether the client waits for an answer.
    pub ack: bool,
}

/// What goes into the client's callback.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Valid JSON, one text per argument.
    pub args: Vec<String>,
    pub attachments: Vec<Bytes>,
    /// Sent to this socket alone, before the answer; also when it asked for none.
    pub emits: Vec<Frame>,
}

impl Answer {
    /// One argument: what every callback of ours expects.
    pub fn json(value: impl Into<String>) -> Self {
        Self { args: vec![value.into()], ..Self::default() }
    }
}

/// Why something did not reach the application, or did not come back in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Too many events, connections or joins; or too many that wait.
    TooMany,
    /// No answer within the deadline. Whether it happened is not known; repeating it is safe.
    TooLate,
    /// The credential ran out since CONNECT.
    Expired,
}

impl Refused {
    pub fn message(self) -> &'static str {
        match self {
            Self::TooMany => "Too many requests",
            Self::TooLate => "Service unavailable",
            Self::Expired => "Unauthorized",
        }
    }

    /// The error envelope of `docs/WIRE.md`.
    pub fn envelope(self) -> String {
        let (errno, code) = match self {
            Self::TooMany => (429, "RATE_LIMITED"),
            Self::TooLate => (503, "SERVICE_UNAVAILABLE"),
            Self::Expired => (401, "UNAUTHORIZED"),
        };
        let message = self.message();
        format!(r#"{{"success":false,"errno":{errno},"message":"{message}","error":"{code}"}}"#)
    }
}
