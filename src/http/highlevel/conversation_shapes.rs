//! Conversations as this face spells them: each endpoint its own way.

use actors::domain::{Contact, Kind, Timestamp, UserId};
use actors::ports::TeamOrder;
use actors::view::{TeamConversationView, Writer};
use serde::Serialize;
use serde_json::Value;

use super::cursor::in_json;
use super::kinds::{conversation_type, message_type};
use crate::time;

/// A row of a search. The first eleven are published; by the others clients page and filter.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row<'a> {
    id: &'a str,
    contact_id: &'a str,
    location_id: &'a str,
    last_message_body: &'a str,
    last_message_type: &'static str,
    r#type: &'static str,
    unread_count: u32,
    full_name: &'a str,
    contact_name: &'a str,
    email: &'a str,
    phone: &'a str,
    date_added: i64,
    date_updated: i64,
    last_message_date: Value,
    last_manual_message_date: Value,
    /// What to send back as `startAfterDate`.
    sort: (Value, &'a str),
    #[serde(skip_serializing_if = "Option::is_none")]
    last_message_direction: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_outbound_message_action: Option<&'static str>,
    inbox: bool,
    starred: bool,
    deleted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_to: Option<&'a str>,
    followers: Vec<&'a str>,
    /// Their names, as that API has them.
    tags: Vec<&'a str>,
}

/// A row whose place in this order is this sort value.
pub fn row(view: &TeamConversationView, order: TeamOrder, value: f64) -> Row<'_> {
    let contact = view.contact.as_deref();
    let given = |field: fn(&Contact) -> Option<&str>| contact.and_then(field).unwrap_or_default();
    let dated = |of: TeamOrder, at: Timestamp| {
        if of == order { in_json(value) } else { Value::from(at.0) }
    };
    Row {
        id: view.id.as_str(),
        contact_id: view.key.contact.as_str(),
        location_id: view.key.account.as_str(),
        last_message_body: last_body(view),
        last_message_type: last_type(view),
        r#type: conversation_type(view.channel.as_deref()).0,
        unread_count: view.team.unread(),
        full_name: full_name(view),
        contact_name: &view.title,
        email: given(|contact| contact.email.as_deref()),
        phone: given(|contact| contact.phone.as_deref()),
        date_added: view.created_at.0,
        date_updated: view.updated_at.0,
        last_message_date: dated(TeamOrder::Activity, view.at),
        last_manual_message_date: dated(TeamOrder::Manual, view.manual_at),
        sort: (in_json(value), view.id.as_str()),
        last_message_direction: view.team.last_kind.map(direction),
        last_outbound_message_action: view
            .team
            .last_outgoing
            .map(|last| if last.automated { "automated" } else { "manual" }),
        inbox: view.is_open,
        starred: view.starred,
        deleted: view.deleted,
        assigned_to: assigned_to(view),
        followers: view.users.iter().filter_map(follower).collect(),
        tags: view.labels.tags.iter().map(|tag| tag.name.as_str()).collect(),
    }
}

/// What creating answers with; dates are texts here.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Created<'a> {
    id: &'a str,
    date_updated: String,
    date_added: String,
    deleted: bool,
    contact_id: &'a str,
    location_id: &'a str,
    last_message_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_to: Option<&'a str>,
}

pub fn created(view: &TeamConversationView) -> Created<'_> {
    Created {
        id: view.id.as_str(),
        date_updated: time::format(view.updated_at),
        date_added: time::format(view.created_at),
        deleted: view.deleted,
        contact_id: view.key.contact.as_str(),
        location_id: view.key.account.as_str(),
        last_message_date: time::format(view.at),
        assigned_to: assigned_to(view),
    }
}

/// What reading one answers with; its type is a number here.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct One<'a> {
    contact_id: &'a str,
    location_id: &'a str,
    deleted: bool,
    inbox: bool,
    r#type: u8,
    unread_count: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_to: Option<&'a str>,
    id: &'a str,
    starred: bool,
}

pub fn one(view: &TeamConversationView) -> One<'_> {
    One {
        contact_id: view.key.contact.as_str(),
        location_id: view.key.account.as_str(),
        deleted: view.deleted,
        inbox: view.is_open,
        r#type: conversation_type(view.channel.as_deref()).1,
        unread_count: view.team.unread(),
        assigned_to: assigned_to(view),
        id: view.id.as_str(),
        starred: view.starred,
    }
}

/// What updating answers with; `lastMessageDate` is digits in a text here.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Updated<'a> {
    id: &'a str,
    location_id: &'a str,
    contact_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_to: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
    last_message_body: &'a str,
    last_message_date: String,
    last_message_type: &'static str,
    unread_count: u32,
    inbox: bool,
    starred: bool,
    deleted: bool,
}

pub fn updated(view: &TeamConversationView) -> Updated<'_> {
    Updated {
        id: view.id.as_str(),
        location_id: view.key.account.as_str(),
        contact_id: view.key.contact.as_str(),
        assigned_to: assigned_to(view),
        user_id: assigned_to(view),
        last_message_body: last_body(view),
        last_message_date: view.at.0.to_string(),
        last_message_type: last_type(view),
        unread_count: view.team.unread(),
        inbox: view.is_open,
        starred: view.starred,
        deleted: view.deleted,
    }
}

pub fn direction(kind: Kind) -> &'static str {
    if kind == Kind::Incoming { "inbound" } else { "outbound" }
}

fn last_body(view: &TeamConversationView) -> &str {
    view.last_activity.as_ref().map_or("", |last| &last.message.text)
}

fn last_type(view: &TeamConversationView) -> &'static str {
    message_type(view.team.last_medium.as_deref(), view.channel.as_deref())
}

fn full_name(view: &TeamConversationView) -> &str {
    let name = view.contact.as_deref().and_then(|contact| contact.name.as_deref());
    name.filter(|name| !name.trim().is_empty()).unwrap_or(&view.title)
}

fn assigned_to(view: &TeamConversationView) -> Option<&str> {
    view.team.assignee.as_ref().map(UserId::as_str)
}

fn follower(writer: &Writer) -> Option<&str> {
    match writer {
        Writer::User(user) => Some(user.id.as_str()),
        Writer::Gone(id) => Some(id),
        Writer::Contact(_) | Writer::System => None,
    }
}
