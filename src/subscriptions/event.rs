//! An event as it is posted: `{type, timestamp, data}`.

use actors::domain::UserId;
use actors::engine::{TeamEvent, TeamNews};
use actors::view::{TeamConversationView, Writer};
use bytes::Bytes;
use serde::Serialize;

use crate::time;
use crate::views::{ContactShape, MarkShape, MessageShape, StatusShape, UserShape, marks};

#[derive(Serialize)]
struct Event<'a> {
    r#type: &'static str,
    timestamp: String,
    data: Data<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Data<'a> {
    Message(MessageShape<'a>),
    Status(StatusShape<'a>),
    Conversation(Box<ConversationShape<'a>>),
}

/// A conversation without anything that is one user's own.
#[derive(Serialize)]
struct ConversationShape<'a> {
    _id: &'a str,
    account_id: &'a str,
    title: &'a str,
    image: &'a [String],
    contact_id: ContactShape<'a>,
    channel_id: &'a str,
    users: Vec<UserShape<'a>>,
    is_open: bool,
    starred: bool,
    assigned_to: Option<&'a str>,
    tags: Vec<MarkShape<'a>>,
    contact_status: Option<MarkShape<'a>>,
    team_unread_count: u32,
    deleted: bool,
    last_activity: Option<MessageShape<'a>>,
    #[serde(rename = "createdAt")]
    created_at: String,
    #[serde(rename = "updatedAt")]
    updated_at: String,
    #[serde(rename = "isNew")]
    is_new: bool,
}

/// The body of a delivery. `timestamp` is when it happened; `data` is as it looks now.
pub fn body(event: &TeamEvent) -> serde_json::Result<Bytes> {
    let spelled = Event {
        r#type: event.what.kind().as_str(),
        timestamp: time::format(event.at),
        data: match &event.what {
            TeamNews::Message(view) => Data::Message(view.into()),
            TeamNews::Status(view) => Data::Status(view.into()),
            TeamNews::Conversation { view, is_new } => {
                Data::Conversation(Box::new(conversation(view, *is_new)))
            }
        },
    };
    serde_json::to_vec(&spelled).map(Bytes::from)
}

fn conversation(view: &TeamConversationView, is_new: bool) -> ConversationShape<'_> {
    let (tags, contact_status) = marks(&view.labels);
    ConversationShape {
        _id: view.id.as_str(),
        account_id: view.key.account.as_str(),
        title: &view.title,
        image: &view.image,
        contact_id: match view.contact.as_deref() {
            Some(contact) => ContactShape::Known(contact),
            None => ContactShape::Deleted(view.key.contact.as_str()),
        },
        channel_id: view.key.channel.as_str(),
        users: view.users.iter().filter_map(user).collect(),
        is_open: view.is_open,
        starred: view.starred,
        assigned_to: view.team.assignee.as_ref().map(UserId::as_str),
        tags,
        contact_status,
        team_unread_count: view.team.unread(),
        deleted: view.deleted,
        last_activity: view.last_activity.as_ref().map(MessageShape::from),
        created_at: time::format(view.created_at),
        updated_at: time::format(view.updated_at),
        is_new,
    }
}

fn user(writer: &Writer) -> Option<UserShape<'_>> {
    match writer {
        Writer::User(user) => Some(UserShape::from(&**user)),
        Writer::Gone(id) => Some(UserShape::deleted(id)),
        Writer::Contact(_) | Writer::System => None,
    }
}
