//! `GET /conversations/{id}/messages`, `GET /conversations/messages/{id}`

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use actors::domain::{Message, MessageId};
use actors::engine::MessagesForTeam;
use actors::ports::Direction;
use serde_json::json;

use super::admit::Caller;
use super::conversation::id;
use super::kinds::{MESSAGE_TYPES, message_type};
use super::message_shapes::shown;
use super::problem::Problem;
use super::query::Query;
use super::{HighLevel, scope};

const DEFAULT_LIMIT: i64 = 20;
pub(super) const WHAT: &str = "Message";

/// Newest first. Nested, as the live service answers and every client reads it.
pub async fn list(
    caller: Caller,
    face: Data<HighLevel>,
    at: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let team = caller.may(scope::READ_MESSAGES)?;
    let query = Query::of(request.query_string());
    let limit = query.whole("limit")?.unwrap_or(DEFAULT_LIMIT);
    let limit = usize::try_from(limit).ok().filter(|limit| *limit > 0);
    let limit = limit.ok_or_else(|| Problem::invalid("limit must be a positive number"))?;
    let types = types(&query)?;
    let after = query.one("lastMessageId").map(message_id).transpose()?;
    let conversation = id(&at)?;
    let channel = match types.is_empty() {
        true => None,
        false => {
            let seen = face.engine.team_conversation(&team, &conversation).await;
            seen.map_err(Problem::about("Conversation", &at))?.channel
        }
    };
    let wanted = |message: &Message| {
        let is = message_type(message.medium.as_deref(), channel.as_deref());
        types.is_empty() || types.contains(&is)
    };
    let ask = MessagesForTeam {
        conversation,
        after,
        direction: Direction::Older,
        limit: limit.min(MessagesForTeam::MAX_LIMIT),
    };
    let page = face.engine.messages_for_team(&team, &ask, wanted).await;
    let page = page.map_err(Problem::about("Conversation", &at))?;
    let last = page.messages.last().map(|last| last.message.id.as_str());
    let messages: Vec<_> =
        page.messages.iter().map(|message| shown(&page.conversation, message)).collect();
    Ok(HttpResponse::Ok().json(json!({
        "messages": {
            "lastMessageId": last.or(query.one("lastMessageId")).unwrap_or_default(),
            "nextPage": page.more,
            "messages": messages,
        },
    })))
}

/// Bare, as it is published.
pub async fn get(
    caller: Caller,
    face: Data<HighLevel>,
    at: Path<String>,
) -> Result<HttpResponse, Problem> {
    let team = caller.may(scope::READ_MESSAGES)?;
    let found = face.engine.message_for_team(&team, &message_id(&at)?).await;
    let (conversation, message) = found.map_err(Problem::about(WHAT, &at))?;
    Ok(HttpResponse::Ok().json(shown(&conversation, &message)))
}

/// What could not be an id names nothing.
pub(super) fn message_id(text: &str) -> Result<MessageId, Problem> {
    MessageId::parse(text).map_err(|_| Problem::Missing(WHAT, text.to_owned()))
}

/// Those that are known, whatever else is asked for; here internal comments have a plural.
fn types(query: &Query) -> Result<Vec<&str>, Problem> {
    let types = query.list("type");
    let known = |name: &&str| MESSAGE_TYPES.contains(name) || *name == "TYPE_INTERNAL_COMMENTS";
    if types.iter().all(known) {
        Ok(types)
    } else {
        Err(Problem::invalid("type must be a list of valid enum values"))
    }
}
