use actors::view::ThreadView;
use serde::Serialize;

use super::{InboxMessageShape, ProspectShape};
use crate::time;

/// A thread, with its prospect.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ThreadShape<'a> {
    id: &'a str,
    /// Platforms' own names for threads are not kept; this one's is its id.
    platform_id: &'a str,
    account_link_id: &'a str,
    prospect_id: &'a str,
    done: bool,
    assigned_to_member_id: Option<&'a str>,
    is_request: bool,
    created_at: String,
    updated_at: String,
    last_message_at: Option<String>,
    last_message: Option<InboxMessageShape<'a>>,
    prospect: ProspectShape<'a>,
}

impl<'a> From<&'a ThreadView> for ThreadShape<'a> {
    fn from(view: &'a ThreadView) -> Self {
        let conversation = &*view.conversation;
        let last = conversation.last_public.as_ref();
        Self {
            id: conversation.id.as_str(),
            platform_id: conversation.id.as_str(),
            account_link_id: conversation.key.channel.as_str(),
            prospect_id: conversation.key.contact.as_str(),
            done: !conversation.is_open,
            assigned_to_member_id: conversation.team.assignee.as_ref().map(|user| user.as_str()),
            is_request: conversation.team.is_request,
            created_at: time::format(conversation.created_at),
            updated_at: time::format(conversation.updated_at),
            last_message_at: last.map(|activity| time::format(activity.at)),
            last_message: view
                .last_message
                .as_ref()
                .map(|message| InboxMessageShape::new(message, conversation.key.channel.as_str())),
            prospect: (&view.prospect).into(),
        }
    }
}
