use actors::domain::{Snooze, UserId};
use actors::view::{ConversationView, Writer};
use serde::Serialize;

use super::{ContactShape, MarkShape, MessageShape, UserShape, marks};
use crate::time;

/// A conversation as one participant sees it.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Conversation"))]
pub struct ConversationShape<'a> {
    _id: &'a str,
    title: &'a str,
    image: Vec<&'a str>,
    #[cfg_attr(test, ts(type = "Contact"))]
    contact_id: ContactShape<'a>,
    channel_id: &'a str,
    users: Vec<UserShape<'a>>,
    unread_count: u32,
    is_open: bool,
    show_on_top: bool,
    starred: bool,
    assigned_to: Option<&'a str>,
    tags: Vec<MarkShape<'a>>,
    contact_status: Option<MarkShape<'a>>,
    is_snoozed: bool,
    snooze_until: Option<String>,
    is_archived: bool,
    is_admin: bool,
    last_activity: Option<MessageShape<'a>>,
    /// There when it was deleted: nobody finds it any more.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
    deleted: bool,
    #[serde(rename = "createdAt")]
    created_at: String,
    #[serde(rename = "updatedAt")]
    updated_at: String,
}

/// The same, as `prospect_add_conversation` carries it.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "ConversationBroadcast"))]
pub struct Broadcast<'a> {
    #[serde(flatten)]
    pub conversation: ConversationShape<'a>,
    #[serde(rename = "isNew")]
    pub is_new: bool,
}

impl<'a> From<&'a ConversationView> for ConversationShape<'a> {
    fn from(view: &'a ConversationView) -> Self {
        let (conversation, own) = (&*view.conversation, &view.own);
        let contact = match view.contact.as_deref() {
            Some(contact) => ContactShape::Known(contact),
            None => ContactShape::Deleted(conversation.key.contact.as_str()),
        };
        let (tags, contact_status) = marks(&view.labels);
        let is_snoozed = own.is_snoozed(view.at);
        let until = own.snooze.filter(|_| is_snoozed).and_then(|snooze| match snooze {
            Snooze::Until(end) => Some(time::format(end)),
            Snooze::UntilNextIncoming => None,
        });
        Self {
            _id: conversation.id.as_str(),
            title: view.title(),
            image: view.image(),
            contact_id: contact,
            channel_id: conversation.key.channel.as_str(),
            users: view.users.iter().filter_map(user).collect(),
            unread_count: own.unread,
            is_open: conversation.is_open,
            show_on_top: own.show_on_top,
            starred: conversation.starred,
            assigned_to: conversation.team.assignee.as_ref().map(UserId::as_str),
            tags,
            contact_status,
            is_snoozed,
            snooze_until: until,
            is_archived: own.is_archived,
            is_admin: own.is_admin,
            deleted: conversation.deleted,
            last_activity: view.last_activity.as_ref().map(MessageShape::from),
            created_at: time::format(conversation.created_at),
            updated_at: time::format(conversation.updated_at),
        }
    }
}

fn user(writer: &Writer) -> Option<UserShape<'_>> {
    match writer {
        Writer::User(user) => Some(UserShape::from(&**user)),
        Writer::Gone(id) => Some(UserShape::deleted(id)),
        Writer::Contact(_) | Writer::System => None,
    }
}
