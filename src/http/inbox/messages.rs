//! `/api/v1/threads/messages` and `/api/v1/threads/{id}/messages`: what was written in a thread, and
//! writing there. No note is among it, and none can be written.

use actix_web::http::Method;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use actors::domain::{ConversationId, Json, MessageId};
use actors::engine::{MessagesForTeam, SendForTeam, Team};
use actors::ports::Direction;
use actors::view::MessageView;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::query::Query;
use super::team::InboxTeam;
use super::{Inbox, filter, named, prospects, threads};
use crate::answer::Fault;
use crate::documents::Fields;
use crate::http::{JsonBody, resource};
use crate::views::inbox::{InboxMessageShape, ThreadShape};

/// Longer than any text that is accepted, which the engine says.
const MAX_CONTENT: usize = 1024 * 1024;
const MAX_ID: usize = 512;
const IDEMPOTENCY_KEY: &str = "idempotency-key";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/api/v1/threads/messages", [(Method::POST, web::to(quick_send))]))
        .service(resource(
            "/api/v1/threads/{id}/messages",
            [(Method::GET, web::to(list)), (Method::POST, web::to(send))],
        ));
}

/// Newest first.
async fn list(
    InboxTeam(team): InboxTeam,
    inbox: Data<Inbox>,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Fault> {
    let mut query = Query::parse(request.query_string())?;
    let limit = filter::limit(&mut query)?;
    let after = filter::message_cursor(&mut query)?;
    query.end()?;
    let ask = MessagesForTeam {
        conversation: threads::known(&id)?,
        after,
        direction: Direction::Older,
        limit,
    };
    let page = inbox.engine.messages_for_team(&team, &ask, |_| true).await?;
    let link = page.conversation.key.channel.as_str();
    let messages: Vec<_> =
        page.messages.iter().map(|message| InboxMessageShape::new(message, link)).collect();
    let next = page.messages.last().filter(|_| page.more).map(filter::next_message);
    Ok(HttpResponse::Ok().json(json!({ "messages": messages, "nextCursor": next })))
}

/// `{content, attachments?}`
async fn send(
    InboxTeam(team): InboxTeam,
    inbox: Data<Inbox>,
    request: HttpRequest,
    id: Path<String>,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, Fault> {
    let mut fields = Fields::of(body)?;
    let what = Letter::take(&mut fields)?;
    fields.end()?;
    let id = threads::known(&id)?;
    let view = what.send(&inbox, &team, &request, &id).await?;
    let thread = inbox.engine.thread(&team, &id).await?;
    let link = thread.conversation.key.channel.as_str();
    Ok(named("message", InboxMessageShape::new(&view, link)))
}

/// `{accountLinkId, content, attachments?}` and one of `prospectPlatformId` (with `platform`) and
/// `prospectId`. Who is not known yet on the platform is from now on.
async fn quick_send(
    InboxTeam(team): InboxTeam,
    inbox: Data<Inbox>,
    request: HttpRequest,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, Fault> {
    let mut fields = Fields::of(body)?;
    let what = Letter::take(&mut fields)?;
    let channel = threads::link(&fields.text("accountLinkId", MAX_ID)?)?;
    let mut either = |names: [&str; 2]| -> Result<Option<String>, Fault> {
        let [one, other] =
            [fields.optional_text(names[0], MAX_ID)?, fields.optional_text(names[1], MAX_ID)?];
        match (one, other) {
            (Some(_), Some(_)) => Err(Fault::invalid(format!("{} is given twice", names[0]))),
            (one, other) => Ok(one.or(other)),
        }
    };
    let platform_id = either(["prospectPlatformId", "externalPlatformId"])?;
    let prospect_id = either(["prospectId", "externalId"])?;
    let platform = fields.optional_text("platform", MAX_ID)?;
    fields.end()?;
    inbox.engine.channel_of(&team.account, &channel).await?;
    what.check()?;
    let contact = match (platform_id, prospect_id) {
        (None, Some(id)) => prospects::known(&id)?,
        (Some(id), None) => {
            let platform = prospects::usual(platform.as_deref().unwrap_or("x"));
            let details = json!({ "platform": platform, "platformId": id });
            let details = Json::from_valid(details.to_string());
            inbox.engine.meet_on_platform(&team, platform, &id, details).await?
        }
        _ => return Err(Fault::invalid("one of prospectPlatformId and prospectId is required")),
    };
    let begun = inbox.engine.begin_for_team(&team, &contact, Some(&channel)).await?;
    let view = what.send(&inbox, &team, &request, &begun.view.id).await?;
    let thread = inbox.engine.thread(&team, &begun.view.id).await?;
    Ok(HttpResponse::Ok().json(json!({
        "message": InboxMessageShape::new(&view, channel.as_str()),
        "thread": ThreadShape::from(&thread),
    })))
}

/// What is to be written.
struct Letter {
    content: String,
    attachments: Vec<Json>,
}

impl Letter {
    fn take(fields: &mut Fields) -> Result<Self, Fault> {
        let content = fields.optional_text("content", MAX_CONTENT)?.unwrap_or_default();
        let attachments = fields.list("attachments")?.unwrap_or_default();
        let carried = attachments.into_iter().map(|entry| match entry {
            Value::Object(_) | Value::String(_) => Ok(Json::from_valid(entry.to_string())),
            _ => Err(Fault::invalid("attachments has to be a list of objects or texts")),
        });
        Ok(Self { content, attachments: carried.collect::<Result<_, _>>()? })
    }

    /// Before anybody is met or any thread begun for it.
    fn check(&self) -> Result<(), Fault> {
        Ok(actors::domain::command::Send::check(&self.content, &self.attachments)?)
    }

    /// The same `Idempotency-Key` in one thread is one message, however often it is sent.
    async fn send(
        self,
        inbox: &Inbox,
        team: &Team,
        request: &HttpRequest,
        thread: &ConversationId,
    ) -> Result<MessageView, Fault> {
        let key = request.headers().get(IDEMPOTENCY_KEY);
        let id = key.map(|key| named_by(team, thread, key.as_bytes())).transpose()?;
        let ask = SendForTeam {
            id,
            conversation: thread.clone(),
            author: None,
            uuid: None,
            text: self.content,
            attachments: self.attachments,
            medium: None,
            email: None,
        };
        Ok(inbox.engine.send_for_team(team, ask).await?)
    }
}

/// An id that looks like every other and that nobody else comes to.
fn named_by(team: &Team, thread: &ConversationId, key: &[u8]) -> Result<MessageId, Fault> {
    let mut hash = Sha256::new();
    for part in [team.account.as_str().as_bytes(), b"\0", thread.as_str().as_bytes(), b"\0", key] {
        hash.update(part);
    }
    let hash = hash.finalize();
    let id: String = hash[..12].iter().map(|byte| format!("{byte:02x}")).collect();
    MessageId::parse(&id).map_err(|_| Fault::Internal)
}
