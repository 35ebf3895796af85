use serde::Serialize;

use super::{ConversationShape, MessageShape};

/// The answer of `prospect_search`: the latest first.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "SearchResult"))]
pub struct SearchShape<'a> {
    /// Those whose contact is found; on the first page.
    pub conversations: Vec<ConversationShape<'a>>,
    pub messages: Vec<MessageShape<'a>>,
    pub paging: SearchPaging,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "SearchPaging"))]
pub struct SearchPaging {
    #[cfg_attr(test, ts(type = "number"))]
    pub limit: usize,
    /// Further messages; null when the viewer may see nothing more.
    pub next: Option<String>,
}
