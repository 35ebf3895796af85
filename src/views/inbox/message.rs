use actors::domain::{Author, ProviderMessageId};
use actors::view::MessageView;
use serde::Serialize;

use crate::time;
use crate::views::Raw;

/// A message of a thread. There is no such thing as a note here.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InboxMessageShape<'a> {
    id: &'a str,
    thread_id: &'a str,
    team_id: &'a str,
    /// The provider's own name for one that came in.
    platform_id: Option<&'a str>,
    content: &'a str,
    /// The prospect, or the account link that it was written on.
    author_id: &'a str,
    /// The member who wrote it, if somebody did.
    user_id: Option<&'a str>,
    /// Whence it came: from the platform (`external`), a member (`internal`), or nobody (`api`).
    origin: &'static str,
    attachments: Vec<Raw<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'a str>,
    created_at: String,
}

impl<'a> InboxMessageShape<'a> {
    pub fn new(view: &'a MessageView, account_link: &'a str) -> Self {
        let message = &*view.message;
        let (author_id, user_id, origin) = match &message.author {
            Author::Contact(contact) => (contact.as_str(), None, "external"),
            Author::User(user) => (account_link, Some(user.as_str()), "internal"),
            Author::System => (account_link, None, "api"),
        };
        Self {
            id: message.id.as_str(),
            thread_id: view.conversation.as_str(),
            team_id: message.account.as_str(),
            platform_id: message.provider_id.as_ref().map(ProviderMessageId::as_str),
            content: &message.text,
            author_id,
            user_id,
            origin,
            attachments: message.attachments.iter().map(Raw).collect(),
            status: message.status.map(|status| status.as_str()),
            error_code: message.error_code.as_deref(),
            created_at: time::format(message.created_at),
        }
    }
}
