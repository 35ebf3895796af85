//! `GET`, `PUT` and `DELETE /conversations/{id}`

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use actors::domain::ConversationId;
use actors::engine::TeamChange;
use serde_json::{Value, json};

use super::admit::Caller;
use super::conversation_shapes::{one, updated};
use super::create::MAX_ID;
use super::problem::Problem;
use super::{HighLevel, scope};
use crate::documents::Fields;
use crate::http::JsonBody;

const WHAT: &str = "Conversation";

pub async fn get(
    caller: Caller,
    face: Data<HighLevel>,
    at: Path<String>,
) -> Result<HttpResponse, Problem> {
    let team = caller.may(scope::READ)?;
    let view = face.engine.team_conversation(&team, &id(&at)?).await;
    let view = view.map_err(Problem::about(WHAT, &at))?;
    Ok(HttpResponse::Ok().json(one(&view)))
}

/// `{locationId, unreadCount?, starred?, feedback?}`; what is absent stays.
pub async fn put(
    caller: Caller,
    face: Data<HighLevel>,
    at: Path<String>,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, Problem> {
    let mut fields = Fields::of(body)?;
    let location = fields.text("locationId", MAX_ID)?;
    let team = caller.may_at(scope::WRITE, &location)?;
    let mut changes = Vec::new();
    if let Some(starred) = fields.flag("starred")? {
        changes.push(TeamChange::Starred(starred));
    }
    if let Some(unread) = unread(&mut fields)? {
        changes.push(TeamChange::Unread(unread));
    }
    feedback(&mut fields)?;
    let view = face.engine.change_for_team(&team, &id(&at)?, changes).await;
    let view = view.map_err(Problem::about(WHAT, &at))?;
    let conversation = updated(&view);
    Ok(HttpResponse::Ok().json(json!({ "success": true, "conversation": conversation })))
}

pub async fn delete(
    caller: Caller,
    face: Data<HighLevel>,
    at: Path<String>,
) -> Result<HttpResponse, Problem> {
    let team = caller.may(scope::WRITE)?;
    let deleted = face.engine.delete_conversation(&team, &id(&at)?).await;
    // One that was loaded before it was deleted says so in other words.
    deleted.map_err(Problem::about(WHAT, &at))?;
    Ok(HttpResponse::Ok().json(json!({ "success": true })))
}

/// What could not be an id names nothing.
pub(super) fn id(text: &str) -> Result<ConversationId, Problem> {
    ConversationId::parse(text).map_err(|_| Problem::Missing(WHAT, text.to_owned()))
}

/// A whole number, also as `1.0`.
fn unread(fields: &mut Fields) -> Result<Option<u32>, Problem> {
    let Some(value) = fields.take("unreadCount") else { return Ok(None) };
    let number = value.as_f64().filter(|number| number.fract() == 0.0 && *number >= 0.0);
    let count = number.filter(|number| *number <= f64::from(u32::MAX)).map(|number| number as u32);
    let wrong = || Problem::invalid("unreadCount must be a whole number that is not negative");
    count.map(Some).ok_or_else(wrong)
}

/// An object or a word about a live chat. There is nothing here that it could be about.
fn feedback(fields: &mut Fields) -> Result<(), Problem> {
    match fields.take("feedback") {
        None | Some(Value::Object(_)) => Ok(()),
        Some(Value::String(word)) if word == "positive" || word == "negative" => Ok(()),
        Some(_) => Err(Problem::invalid("feedback must be an object, positive or negative")),
    }
}
