//! `POST /conversations/messages/inbound` and `/outbound`: what went over another service's lines
//! is taken down. Nothing is sent.

use actix_web::HttpResponse;
use actix_web::web::Data;
use actors::domain::consent::{self, Wording};
use actors::domain::{ContactId, ConversationId, ProviderMessageId};
use actors::engine::{Engine, Line, PlaceForTeam, Team};
use actors::view::TeamConversationView;
use serde_json::{Value, json};

use super::admit::Caller;
use super::create::MAX_ID;
use super::kinds::{self, Sent};
use super::mail::Mail;
use super::problem::Problem;
use super::send::{attachments, call, medium};
use super::{HighLevel, scope};
use crate::documents::Fields;
use crate::http::{JsonBody, path};

const MAX_WORD: usize = 32;
const MAX_NAME: usize = 100;

/// A message of the contact, or a call, from them unless it says otherwise.
pub async fn inbound(
    caller: Caller,
    face: Data<HighLevel>,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, Problem> {
    let team = caller.may(scope::WRITE_MESSAGES)?;
    let mut fields = Fields::of(body)?;
    let incoming = fields.take("direction") != Some(Value::from("outbound"));
    let sent = kind(&mut fields)?;
    take_down(&face.engine, &team, fields, sent, incoming).await
}

/// A call to the contact.
pub async fn outbound(
    caller: Caller,
    face: Data<HighLevel>,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, Problem> {
    let team = caller.may(scope::WRITE_MESSAGES)?;
    let mut fields = Fields::of(body)?;
    let sent = kind(&mut fields)?;
    if sent.medium != Some("CALL") {
        return Err(Problem::invalid("type must be one of the following values: Call"));
    }
    take_down(&face.engine, &team, fields, sent, false).await
}

fn kind(fields: &mut Fields) -> Result<Sent, Problem> {
    let named = fields.text("type", MAX_WORD)?;
    kinds::sent(&named).ok_or_else(|| Problem::invalid("type must be a valid enum value"))
}

async fn take_down(
    engine: &Engine,
    team: &Team,
    mut fields: Fields,
    sent: Sent,
    incoming: bool,
) -> Result<HttpResponse, Problem> {
    let conversation = conversation(engine, team, &mut fields, &sent).await?;
    let is_mail = sent.medium == Some("EMAIL");
    let mut attachments = attachments(&mut fields)?;
    if sent.is_call {
        attachments.push(call(&mut fields)?);
    }
    let name = fields.optional_text("altId", MAX_NAME)?;
    let written_at = fields.instant("date")?;
    let mail = Mail::take(&mut fields)?;
    let wording = if is_mail { Wording::Mail } else { Wording::Text };
    let ask = PlaceForTeam {
        conversation: conversation.id.clone(),
        incoming,
        says: consent::read(&mail.text, wording).filter(|_| !sent.is_call),
        text: mail.text,
        attachments,
        medium: medium(sent.medium, conversation.channel.as_deref()),
        email: is_mail.then_some(mail.email),
        written_at,
        provider_id: name.map(|name| named(&name)).transpose()?,
    };
    let view = engine.place_for_team(team, ask).await?;
    let message = &view.message;
    let mut answer = json!({
        "success": true,
        "conversationId": view.conversation.as_str(),
        "messageId": message.id.as_str(),
        "message": "Message added successfully.",
        "contactId": message.contact.as_str(),
        "dateAdded": crate::time::format(message.created_at),
    });
    if is_mail {
        answer["emailMessageId"] = json!(message.id.as_str());
    }
    Ok(HttpResponse::Ok().json(answer))
}

/// The one that is named; else the contact's, over what the message came by.
async fn conversation(
    engine: &Engine,
    team: &Team,
    fields: &mut Fields,
    sent: &Sent,
) -> Result<TeamConversationView, Problem> {
    let contact = fields.optional_text("contactId", MAX_ID)?;
    let Some(named) = fields.optional_text("conversationId", MAX_ID)? else {
        let contact = contact.ok_or_else(|| {
            Problem::invalid("either conversationId or contactId should not be empty")
        })?;
        let id = path::id(&contact, ContactId::parse)?;
        let line = Line { kind: sent.channel.clone(), address: None };
        let found = engine.conversation_over(team, &id, &line).await;
        return found.map_err(Problem::about("Contact", &contact));
    };
    let id = path::id(&named, ConversationId::parse)?;
    let found = engine.team_conversation(team, &id).await;
    let found = found.map_err(Problem::about("Conversation", &named))?;
    match contact {
        Some(contact) if contact != found.key.contact.as_str() => {
            Err(Problem::invalid("contactId is not the one of the conversation"))
        }
        _ => Ok(found),
    }
}

/// Apart from the names that providers of ours give.
fn named(name: &str) -> Result<ProviderMessageId, Problem> {
    ProviderMessageId::parse(&format!("alt:{name}"))
        .map_err(|error| Problem::invalid(format!("altId: {error}")))
}
