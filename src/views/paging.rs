use serde::Serialize;

use super::{ConversationShape, MessageShape};

/// The answer of `prospect_list_message`.
#[derive(Serialize)]
pub struct MessageListShape<'a> {
    pub conversation: Option<ConversationShape<'a>>,
    pub messages: Vec<MessageShape<'a>>,
    pub paging: MessagePaging,
}

#[derive(Serialize)]
pub struct MessagePaging {
    pub limit: usize,
    pub sort: &'static str,
    /// Further in the direction of `sort`; null when the viewer may see nothing more there.
    pub next: Option<String>,
    /// The opposite direction; only where a page begins in the middle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prev: Option<Option<String>>,
}

/// The answer of `prospect_list_conversation`.
#[derive(Serialize)]
pub struct ConversationListShape<'a> {
    pub conversation: Vec<ConversationShape<'a>>,
    #[serde(rename = "messageList")]
    pub message_list: MessageListShape<'a>,
    pub paging: ConversationPaging,
}

#[derive(Serialize)]
pub struct ConversationPaging {
    pub limit: usize,
    pub next: Option<String>,
}
