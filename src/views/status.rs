use actors::view::StatusView;
use serde::Serialize;

use crate::time;

/// `prospect_message_status`: how far an outgoing message has come.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "MessageStatusChange"))]
pub struct StatusShape<'a> {
    _id: &'a str,
    #[serde(rename = "UUID")]
    uuid: &'a str,
    conversation_id: &'a str,
    #[cfg_attr(test, ts(type = "MessageStatus"))]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    error_code: Option<&'a str>,
    #[serde(rename = "updatedAt")]
    updated_at: String,
}

impl<'a> From<&'a StatusView> for StatusShape<'a> {
    fn from(view: &'a StatusView) -> Self {
        Self {
            _id: view.message.as_str(),
            uuid: view.uuid.as_str(),
            conversation_id: view.conversation.as_str(),
            status: view.status.map(|status| status.as_str()),
            error_code: view.error_code.as_deref(),
            updated_at: time::format(view.at),
        }
    }
}
