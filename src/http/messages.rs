//! `/v1/conversations/prospect/{id}/message` and what belongs to it: people write to the contact,
//! now or later.

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actors::domain::{ConversationId, Json, MessageId, Uuid};
use actors::engine::{
    Caller, Engine, Place, ScheduleMessage, ScheduledOrSent, SendMessage, SentMessage,
};
use actors::view::MessageView;
use serde::Serialize;
use serde_json::Value;

use super::{JsonBody, path, resource, success, success_with};
use crate::answer::{Envelope, Fault};
use crate::auth::Person;
use crate::documents::Fields;
use crate::views::{MessageShape, ScheduledShape};

/// The routes over this engine.
pub fn configure(config: &mut ServiceConfig, engine: Data<Engine>) {
    config
        .app_data(engine)
        .service(resource(
            "/v1/conversations/prospect/{id}/message",
            [(Method::POST, web::to(send))],
        ))
        .service(resource(
            "/v1/conversations/prospect/{id}/message/{message}/resend",
            [(Method::POST, web::to(resend))],
        ))
        .service(resource(
            "/v1/conversations/prospect/{id}/scheduled",
            [(Method::GET, web::to(scheduled))],
        ))
        .service(resource(
            "/v1/conversations/prospect/{id}/scheduled/{message}",
            [(Method::DELETE, web::to(withdraw))],
        ));
}

/// `{data, UUID?, attachments?, if_last_seen?, force?, send_at?}`
async fn send(
    person: Person,
    engine: Data<Engine>,
    at: Path<String>,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, Fault> {
    let (caller, place) = (caller(&person), place(&at)?);
    let mut fields = Fields::of(body)?;
    let uuid = uuid(&mut fields)?;
    let text = match fields.take("data") {
        None => String::new(),
        Some(Value::String(text)) => text,
        Some(_) => return Err(Fault::invalid("data has to be a text")),
    };
    let attachments = attachments(&mut fields)?;
    let if_last_seen = fields.id("if_last_seen", MessageId::parse)?;
    let force = fields.flag("force")?.unwrap_or(false);
    let send_at = fields.instant("send_at")?;
    fields.end()?;
    let Some(send_at) = send_at else {
        let if_last_seen = if_last_seen.filter(|_| !force);
        let ask = SendMessage { place, uuid, text, attachments, if_last_seen };
        return Ok(match engine.send_message(&caller, ask).await? {
            SentMessage::Sent(view) => success_with(MessageShape::from(&view)),
            SentMessage::Overtaken(newer) => overtaken(&newer),
        });
    };
    if if_last_seen.is_some() {
        return Err(Fault::invalid("if_last_seen says nothing about a message to be sent later"));
    }
    let ask = ScheduleMessage { place, uuid, text, attachments, send_at };
    Ok(match engine.schedule_message(&caller, ask).await? {
        ScheduledOrSent::Scheduled(view) => success_with(ScheduledShape::from(&view)),
        ScheduledOrSent::Sent(view) => success_with(MessageShape::from(&view)),
    })
}

async fn resend(
    person: Person,
    engine: Data<Engine>,
    at: Path<(String, String)>,
) -> Result<HttpResponse, Fault> {
    let id = path::id(&at.1, MessageId::parse)?;
    let view = engine.resend_message(&caller(&person), &place(&at.0)?, &id).await?;
    Ok(success_with(MessageShape::from(&view)))
}

async fn scheduled(
    person: Person,
    engine: Data<Engine>,
    at: Path<String>,
) -> Result<HttpResponse, Fault> {
    let views = engine.list_scheduled(&caller(&person), &place(&at)?).await?;
    Ok(success_with(views.iter().map(ScheduledShape::from).collect::<Vec<_>>()))
}

async fn withdraw(
    person: Person,
    engine: Data<Engine>,
    at: Path<(String, String)>,
) -> Result<HttpResponse, Fault> {
    let id = path::id(&at.1, MessageId::parse)?;
    engine.withdraw_scheduled(&caller(&person), &place(&at.0)?, &id).await?;
    Ok(success())
}

fn caller(person: &Person) -> Caller {
    Caller { user: person.user.id.clone(), account: person.user.account.clone() }
}

fn place(conversation: &str) -> Result<Place, Fault> {
    let conversation = path::id(conversation, ConversationId::parse)?;
    Ok(Place { conversation, channel: None })
}

fn uuid(fields: &mut Fields) -> Result<Option<Uuid>, Fault> {
    match fields.take("UUID") {
        None => Ok(None),
        Some(Value::String(text)) => {
            Uuid::parse(&text).map(Some).map_err(|error| Fault::invalid(error.to_string()))
        }
        Some(_) => Err(Fault::invalid("UUID has to be a text")),
    }
}

/// Objects or texts, carried as they are.
fn attachments(fields: &mut Fields) -> Result<Vec<Json>, Fault> {
    let entries = fields.list("attachments")?.unwrap_or_default();
    let carried = entries.into_iter().map(|entry| match entry {
        Value::Object(_) | Value::String(_) => Ok(Json::from_valid(entry.to_string())),
        _ => Err(Fault::invalid("attachments has to be a list of objects or texts")),
    });
    carried.collect()
}

/// 409 with what the author has not seen.
fn overtaken(newer: &[MessageView]) -> HttpResponse {
    #[derive(Serialize)]
    struct Data<'a> {
        messages: Vec<MessageShape<'a>>,
    }
    #[derive(Serialize)]
    struct Overtaken<'a> {
        #[serde(flatten)]
        envelope: Envelope,
        data: Data<'a>,
    }
    let envelope = Fault::Conflict("somebody else wrote meanwhile").envelope();
    let data = Data { messages: newer.iter().map(MessageShape::from).collect() };
    HttpResponse::Conflict().json(Overtaken { envelope, data })
}
