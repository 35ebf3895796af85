//! An event as the Inbox API tells it, by webhook or when it is asked for:
//! `{id, seq, teamId, type, timestamp, version, data}`.
//!
//! | type             | data                | when                                        |
//! |------------------|---------------------|---------------------------------------------|
//! | `message.created`| `message, thread`   | something was written, by either side       |
//! | `message.updated`| `message`           | its delivery moved on                       |
//! | `thread.created` | `thread, prospect`  | a thread began                              |
//! | `thread.updated` | `thread, prospect`  | anything else about it, or its prospect     |
//! | `thread.deleted` | `thread`            | of it there is nothing left but its id      |

use actors::domain::ConversationId;
use actors::engine::{Engine, Failure, NumberedNews, Team, TeamNews};
use actors::ports::Unavailable;
use actors::view::{MessageView, StatusView, ThreadView};
use serde::Serialize;
use serde_json::{Value, json};

use super::event_name::EventNames;
use crate::time;
use crate::views::inbox::{InboxMessageShape, ProspectShape, ThreadShape};

const VERSION: &str = "1.0";

/// An event, spelled.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    id: String,
    seq: u64,
    team_id: String,
    r#type: &'static str,
    timestamp: String,
    version: &'static str,
    data: Value,
}

/// The same event has the same `id` and `seq` forever; `data` is as it looks now.
///
/// # Errors
///
/// [`Unavailable`]: it cannot be told now.
pub async fn envelope(
    engine: &Engine,
    names: &EventNames,
    team: &Team,
    news: &NumberedNews,
) -> Result<Envelope, Unavailable> {
    let thread = match engine.thread(team, &news.conversation).await {
        Ok(thread) => Some(thread),
        Err(Failure::Unavailable(cause)) => return Err(cause),
        // Deleted, now or when this happened.
        Err(_) => None,
    };
    let (r#type, data) = match (&news.what, &thread) {
        (Some(TeamNews::Message(view)), Some(thread)) => ("message.created", message(view, thread)),
        (Some(TeamNews::Status(view)), Some(_)) => ("message.updated", status(view)),
        (Some(TeamNews::Conversation { is_new: true, .. }), Some(thread)) => {
            ("thread.created", whole(thread))
        }
        (Some(TeamNews::Conversation { .. }), Some(thread)) => ("thread.updated", whole(thread)),
        (None, _) | (_, None) => ("thread.deleted", gone(&news.conversation)),
    };
    Ok(Envelope {
        // One name for all who are told: events belong to the team and not to who subscribed.
        id: names.name(&EventNames::team(&team.account), news.position),
        seq: news.number,
        team_id: team.account.to_string(),
        r#type,
        timestamp: time::format(news.at),
        version: VERSION,
        data,
    })
}

fn message(view: &MessageView, thread: &ThreadView) -> Value {
    let link = thread.conversation.key.channel.as_str();
    json!({ "message": InboxMessageShape::new(view, link), "thread": ThreadShape::from(thread) })
}

fn status(view: &StatusView) -> Value {
    json!({ "message": {
        "id": view.message.as_str(),
        "threadId": view.conversation.as_str(),
        "status": view.status.map(|status| status.as_str()),
        "errorCode": view.error_code,
    }})
}

fn whole(thread: &ThreadView) -> Value {
    json!({
        "thread": ThreadShape::from(thread),
        "prospect": ProspectShape::from(&thread.prospect),
    })
}

fn gone(conversation: &ConversationId) -> Value {
    json!({ "thread": { "id": conversation.as_str() } })
}
