//! The product's namespaces: who may join, what they can ask, what they missed.

use std::rc::Rc;

use actors::domain::UserId;
use actors::engine::{Caller, Engine};
use actors::session::{Audience, Namespace};
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};

use super::behaviour::{Admission, Answer, Application, Connect, Event, Rejection, Resumption};
use super::events::{self, Payload};
use super::lead_finder::{ClientId, LeadFinder, Presence};
use super::namespace;
use crate::answer::{Envelope, Fault};
use crate::auth::{Access, scope};
use crate::recovery::Recovery;

/// One value per server thread.
pub struct Product {
    pub engine: Engine,
    pub access: Access,
    pub recovery: Recovery,
    pub lead_finder: LeadFinder,
}

/// Who is connected to a namespace.
pub enum Member {
    Person { namespace: Namespace, caller: Caller },
    Scraper(Presence),
}

/// What we read of the CONNECT payload.
#[derive(Default, Deserialize)]
struct Auth {
    token: Option<Value>,
    pid: Option<Value>,
    offset: Option<Value>,
    #[serde(rename = "clientId")]
    client_id: Option<Value>,
}

impl Auth {
    fn of(ask: &Connect) -> Self {
        let payload = ask.auth.as_ref().map(|auth| serde_json::from_str(auth.get()));
        payload.and_then(Result::ok).unwrap_or_default()
    }
}

impl Application for Product {
    type Member = Member;

    fn connect(
        self: Rc<Self>,
        ask: Rc<Connect>,
    ) -> LocalBoxFuture<'static, Result<Admission<Member>, Rejection>> {
        Box::pin(async move {
            let admitted = match namespace::parse(&ask.namespace) {
                Some(Namespace::LeadFinder) => self.admit_scraper(&ask),
                Some(namespace) => self.admit(namespace, &ask).await,
                None => return Err(Rejection::new("Invalid namespace")),
            };
            admitted.map_err(|fault| refused(&fault))
        })
    }

    fn is_coming_back(&self, ask: &Connect) -> bool {
        Auth::of(ask).pid.is_some()
    }

    fn sockets_elsewhere(&self, user: &UserId, namespace: Namespace) -> usize {
        self.engine.homes.cluster.sockets_elsewhere(user, namespace)
    }

    fn resume(
        self: Rc<Self>,
        member: Rc<Member>,
        ask: Rc<Connect>,
    ) -> LocalBoxFuture<'static, Result<Resumption, Rejection>> {
        Box::pin(async move {
            let Member::Person { namespace, caller } = &*member else {
                return Ok(Resumption::default());
            };
            self.still_here(caller).await.map_err(|fault| refused(&fault))?;
            if *namespace == Namespace::Shared {
                return Ok(Resumption::default());
            }
            let Auth { pid, offset, .. } = Auth::of(&ask);
            let (pid, offset) = (text(pid.as_ref()), text(offset.as_ref()));
            let resumed = self.recovery.resume(&self.engine, caller, *namespace, pid, offset).await;
            resumed.map_err(|failure| refused(&failure.into()))
        })
    }

    fn event(self: Rc<Self>, event: Event<Member>) -> LocalBoxFuture<'static, Option<Answer>> {
        Box::pin(async move {
            let answered = self.answer(&event).await;
            if let Err(fault) = &answered {
                let errno = fault.answer().errno;
                tracing::debug!(event = %known(&event.name), errno, "event refused");
            }
            event.ack.then(|| {
                Answer::json(answered.map_or_else(|fault| envelope(&fault), |ack| ack.into_json()))
            })
        })
    }
}

impl Product {
    async fn admit(&self, namespace: Namespace, ask: &Connect) -> Result<Admission<Member>, Fault> {
        let token = token(ask).ok_or(Fault::Unauthorized)?;
        let person = self.access.person(&token, scope::CONVERSATION).await?;
        let caller = Caller { user: person.user.id.clone(), account: person.user.account.clone() };
        let audience = Audience { namespace, user: Some(caller.user.clone()) };
        Ok(Admission {
            member: Member::Person { namespace, caller },
            audience: Some(audience),
            expires_at: Some(person.claims.ends_at()),
        })
    }

    fn admit_scraper(&self, ask: &Connect) -> Result<Admission<Member>, Fault> {
        let (auth, now) = (Auth::of(ask), self.access.clock.now());
        let mut query = ask.handshake.query("clientId");
        let client_id = match (&auth.client_id, query.next(), query.next()) {
            (Some(Value::String(id)), ..) => ClientId::Chosen(id),
            (None, Some(id), None) => ClientId::Chosen(id),
            (None, None, _) => ClientId::Made,
            _ => ClientId::Wrong,
        };
        let socket = ask.socket_id.clone();
        let presence = self.lead_finder.admit(token(ask).as_deref(), client_id, socket, now)?;
        let audience = Some(Audience::from(Namespace::LeadFinder));
        Ok(Admission { audience, ..Admission::new(Member::Scraper(presence)) })
    }

    /// Somebody who was made inactive between the look at their token and their joining was not
    /// yet found by those who sent them away.
    async fn still_here(&self, caller: &Caller) -> Result<(), Fault> {
        let user = self.engine.store.user(&caller.user).await?;
        let here = user.is_some_and(|user| user.active && user.account == caller.account);
        here.then_some(()).ok_or(Fault::Unauthorized)
    }

    async fn answer(&self, event: &Event<Member>) -> Result<events::Ack, Fault> {
        if !event.attachments.is_empty() {
            return Err(Fault::invalid("binary attachments are not taken"));
        }
        match &*event.member {
            Member::Person {
                namespace: Namespace::Conversation | Namespace::ConversationLive,
                caller,
            } => {
                let payload = Payload::read(&event.args)?;
                events::handle(&self.engine, caller, &event.name, payload).await
            }
            Member::Scraper(presence) if event.name == "join" => events::Ack::data(
                &json!({ "socketId": presence.socket.as_str(), "clientId": &*presence.client }),
            ),
            // Sessions are registered when they connect; what is left of `join` is its answer.
            _ if event.name == "join" => Ok(events::Ack::Done),
            _ => Err(Fault::UnknownEvent),
        }
    }
}

/// The first source that is there decides, good or not: `auth.token`, `?token=`, a header.
fn token(ask: &Connect) -> Option<String> {
    if let Some(token) = Auth::of(ask).token {
        return token.as_str().map(str::to_owned);
    }
    let mut query = ask.handshake.query("token");
    match (query.next(), query.next()) {
        (Some(token), None) => Some(token.to_owned()),
        (Some(_), Some(_)) => None,
        (None, _) => {
            let headers = [&ask.handshake.authorization, &ask.handshake.x_auth_token];
            headers.into_iter().flatten().next().cloned()
        }
    }
}

fn text(value: Option<&Value>) -> Option<&str> {
    value.and_then(Value::as_str)
}

fn refused(fault: &Fault) -> Rejection {
    let Envelope { errno, message, .. } = fault.envelope();
    let data = json!({ "success": false, "errno": errno, "message": message });
    Rejection { message, data: Some(data.to_string()), is_passing: errno == 503 }
}

fn envelope(fault: &Fault) -> String {
    serde_json::to_string(&fault.envelope()).unwrap_or_default()
}

/// An event's name as a log may hold it: a client can name an event anything.
fn known(name: &str) -> &str {
    let ours = name.len() <= 64 && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    if ours { name } else { "(other)" }
}
