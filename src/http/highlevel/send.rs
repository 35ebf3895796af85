//! `POST /conversations/messages`: write to a contact. The conversation is found, or made, by what
//! the message is to go over.

use actix_web::HttpResponse;
use actix_web::web::Data;
use actors::domain::{Channel, Contact, ContactId, Json};
use actors::engine::{Line, SendForTeam};
use serde_json::{Map, Value, json};

use super::admit::Caller;
use super::create::MAX_ID;
use super::mail::Mail;
use super::message_shapes::sending;
use super::problem::Problem;
use super::{HighLevel, kinds, scope};
use crate::documents::Fields;
use crate::http::{JsonBody, path};

const TYPES: [&str; 9] =
    ["SMS", "RCS", "Email", "WhatsApp", "IG", "FB", "Custom", "Live_Chat", "TIKTOK"];
const MAX_WORD: usize = 32;
const MAX_LINK: usize = 2_048;
const MAX_NUMBER: usize = 64;

pub async fn post(
    caller: Caller,
    face: Data<HighLevel>,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, Problem> {
    let team = caller.may(scope::WRITE_MESSAGES)?;
    let mut fields = Fields::of(body)?;
    let named = fields.text("type", MAX_WORD)?;
    let sent = kinds::sent(&named).filter(|_| TYPES.contains(&named.as_str()));
    let sent = sent.ok_or_else(|| Problem::invalid("type must be a valid enum value"))?;
    for unheard in ["scheduledTimestamp", "forward"] {
        if fields.take(unheard).is_some() {
            return Err(Problem::invalid(format!("{unheard} is not supported")));
        }
    }
    let contact = fields.text("contactId", MAX_ID)?;
    let id = path::id(&contact, ContactId::parse)?;
    let known = face.engine.contact_of(&team.account, &id).await;
    let known = known.map_err(Problem::about("Contact", &contact))?;

    let attachments = attachments(&mut fields)?;
    let from_number = fields.optional_text("fromNumber", MAX_NUMBER)?;
    let to_number = fields.optional_text("toNumber", MAX_NUMBER)?;
    let mail = Mail::take(&mut fields)?;
    let is_mail = named == "Email";
    let (from, to) = if is_mail { (mail.from, mail.to) } else { (from_number, to_number) };
    is_theirs(&known, is_mail, to.as_deref())?;
    let line = Line { kind: sent.channel, address: from };
    let conversation = face.engine.conversation_over(&team, &id, &line).await?;

    let ask = SendForTeam {
        id: None,
        conversation: conversation.id.clone(),
        author: None,
        uuid: None,
        text: mail.text,
        attachments,
        medium: medium(sent.medium, conversation.channel.as_deref()),
        email: is_mail.then_some(mail.email),
    };
    let view = face.engine.send_for_team(&team, ask).await?;
    let message = &view.message;
    let mut answer = json!({
        "conversationId": view.conversation.as_str(),
        "messageId": message.id.as_str(),
        "status": sending(message),
        "msg": "Message queued successfully.",
    });
    if is_mail {
        answer["emailMessageId"] = json!(message.id.as_str());
    }
    Ok(HttpResponse::Ok().json(answer))
}

/// A contact is written to where it is known to be; elsewhere would be somebody else.
fn is_theirs(contact: &Contact, is_mail: bool, to: Option<&str>) -> Result<(), Problem> {
    let theirs = if is_mail { &contact.email } else { &contact.phone };
    let same = |to: &str| theirs.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(to));
    if to.is_none_or(same) {
        return Ok(());
    }
    let name = if is_mail { "emailTo" } else { "toNumber" };
    Err(Problem::invalid(format!("{name} is not the contact's")))
}

/// Only where the channel does not say it.
pub(super) fn medium(medium: Option<&str>, channel: Option<&Channel>) -> Option<String> {
    let said = channel.map(|channel| channel.kind.0.as_str());
    medium.filter(|medium| said != Some(*medium)).map(str::to_owned)
}

/// Links.
pub(super) fn attachments(fields: &mut Fields) -> Result<Vec<Json>, Problem> {
    let entries = fields.list("attachments")?.unwrap_or_default();
    let read = |entry: &Value| match entry {
        Value::String(link) if link.len() <= MAX_LINK => Ok(Json::from_valid(entry.to_string())),
        _ => Err(Problem::invalid("each value in attachments must be a string")),
    };
    entries.iter().map(read).collect()
}

/// `{to?, from?, status?, duration?}` of a call, as it is taken down.
pub(super) fn call(fields: &mut Fields) -> Result<Json, Problem> {
    let mut taken = Map::from_iter([("type".into(), json!(super::message_shapes::CALL))]);
    if let Some(call) = fields.take("call") {
        let mut call = Fields::of(call)?;
        for name in ["to", "from", "status"] {
            if let Some(text) = call.optional_text(name, MAX_NUMBER)? {
                taken.insert(name.into(), json!(text));
            }
        }
        if let Some(seconds) = call.number("duration", 0..=1_000_000)? {
            taken.insert("duration".into(), json!(seconds));
        }
    }
    Ok(Json::from_valid(Value::Object(taken).to_string()))
}
