use serde::Serialize;

use super::{ConversationShape, MessageShape};

/// The answer of `prospect_list_message`.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "MessageList"))]
pub struct MessageListShape<'a> {
    pub conversation: Option<ConversationShape<'a>>,
    pub messages: Vec<MessageShape<'a>>,
    pub paging: MessagePaging,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "MessagePaging"))]
pub struct MessagePaging {
    #[cfg_attr(test, ts(type = "number"))]
    pub limit: usize,
    #[cfg_attr(test, ts(type = "MessageSort"))]
    pub sort: &'static str,
    /// Further in the direction of `sort`; null when the viewer may see nothing more there.
    pub next: Option<String>,
    /// The opposite direction; only where a page begins in the middle.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional, type = "string | null"))]
    pub prev: Option<Option<String>>,
}

/// The answer of `prospect_list_conversation`.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "ConversationList"))]
pub struct ConversationListShape<'a> {
    pub conversation: Vec<ConversationShape<'a>>,
    #[serde(rename = "messageList")]
    pub message_list: MessageListShape<'a>,
    pub paging: ConversationPaging,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "ConversationPaging"))]
pub struct ConversationPaging {
    #[cfg_attr(test, ts(type = "number"))]
    pub limit: usize,
    pub next: Option<String>,
}
