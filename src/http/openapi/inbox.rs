//! What goes in and out of the Inbox API, as OpenAPI schemas. As in `schemas`, only their shapes
//! count.
#![expect(dead_code, reason = "only their shapes are used")]

use serde_json::Value;
use utoipa::ToSchema;

/// What every failure of the Inbox API looks like; `status` equals the HTTP status.
#[derive(ToSchema)]
pub struct InboxFailure {
    pub error: InboxProblem,
}

#[derive(ToSchema)]
pub struct InboxProblem {
    #[schema(example = "PROSPECT_NOT_FOUND")]
    pub code: String,
    pub message: String,
    #[schema(example = 404)]
    pub status: u16,
}

/// A tag, or a status.
#[derive(ToSchema)]
pub struct InboxLabel {
    pub id: String,
    #[schema(example = "Hot Lead")]
    pub name: String,
    #[schema(example = "#4F46E5")]
    pub color: String,
}

/// Who writes to us, with what the team keeps about them.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Prospect {
    pub id: String,
    #[schema(example = "1234567890")]
    pub platform_id: String,
    #[schema(example = "x")]
    pub platform: String,
    #[schema(example = "johndoe")]
    pub platform_username: String,
    pub name: Option<String>,
    pub description: Option<String>,
    pub profile_image_url: Option<String>,
    pub verified: bool,
    pub followers_count: Option<u64>,
    pub following_count: Option<u64>,
    pub location: Option<String>,
    pub url: Option<String>,
    pub notes: Option<String>,
    pub valuation: Option<f64>,
    pub tags: Vec<InboxLabel>,
    pub status: Option<InboxLabel>,
    pub assigned_to_member_id: Option<String>,
    pub done: bool,
}

/// Null where a lookup finds nobody.
#[derive(ToSchema)]
pub struct ProspectAnswer {
    pub prospect: Option<Prospect>,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProspectList {
    pub prospects: Vec<Prospect>,
    /// What to send as `cursor[…]` for the next page; null on the last one.
    pub next_cursor: Option<Value>,
}

/// What is left out stays; null clears `notes`, `valuation`, `statusId` and `assignedToMemberId`.
/// `tagIds` replaces all tags and excludes `addTags` and `removeTags`.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContextPatch {
    pub notes: Option<String>,
    pub valuation: Option<f64>,
    pub tag_ids: Option<Vec<String>>,
    pub add_tags: Option<Vec<String>>,
    pub remove_tags: Option<Vec<String>>,
    pub status_id: Option<String>,
    pub assigned_to_member_id: Option<String>,
    pub done: Option<bool>,
}

/// At most 100 updates.
#[derive(ToSchema)]
pub struct BulkUpdate {
    pub updates: Vec<ContextUpdate>,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContextUpdate {
    pub prospect_id: String,
    pub context: ContextPatch,
}

#[derive(ToSchema)]
pub struct BulkOutcome {
    /// `{prospectId, success, error?, code?}`, as many as there were updates.
    pub results: Vec<Value>,
}

/// What an account scores by; each rule has `name`, `points` and what it asks.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeadScoring {
    pub rules: Vec<Value>,
    pub auto_tag: Option<Value>,
    pub is_default: Option<bool>,
}

#[derive(ToSchema)]
pub struct LeadScoreAnswer {
    pub score: LeadScore,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeadScore {
    pub prospect_id: String,
    pub total: i64,
    /// What each rule gave, and why: `{name, points, because}`.
    pub rules: Vec<Value>,
}

#[derive(ToSchema)]
pub struct AutoTagged {
    pub score: LeadScore,
    pub tagged: bool,
    pub prospect: Prospect,
}

/// `color` is `#RRGGBB` or the name of a colour.
#[derive(ToSchema)]
pub struct LabelChange {
    pub name: Option<String>,
    pub color: Option<String>,
}

#[derive(ToSchema)]
pub struct TagAnswer {
    pub tag: InboxLabel,
}

#[derive(ToSchema)]
pub struct TagList {
    pub tags: Vec<InboxLabel>,
}

#[derive(ToSchema)]
pub struct StatusAnswer {
    pub status: InboxLabel,
}

#[derive(ToSchema)]
pub struct StatusList {
    pub statuses: Vec<InboxLabel>,
}

/// Every status, each once.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StatusOrder {
    pub status_ids: Vec<String>,
}

#[derive(ToSchema)]
pub struct MemberList {
    pub members: Vec<Member>,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    pub id: String,
    pub email: String,
    pub name: String,
    pub role: Option<String>,
    pub created_at: String,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountLinkList {
    pub account_links: Vec<AccountLink>,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountLink {
    pub id: String,
    pub platform: String,
    pub name: String,
    pub platform_id: Option<String>,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Thread {
    pub id: String,
    pub platform_id: String,
    pub account_link_id: String,
    pub prospect_id: String,
    pub done: bool,
    pub assigned_to_member_id: Option<String>,
    pub is_request: bool,
    pub created_at: String,
    pub updated_at: String,
    pub last_message_at: Option<String>,
    pub last_message: Option<ThreadMessage>,
    pub prospect: Prospect,
}

/// Null where a lookup finds none.
#[derive(ToSchema)]
pub struct ThreadAnswer {
    pub thread: Option<Thread>,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ThreadList {
    pub threads: Vec<Thread>,
    /// `{id, timestamp}` of the last one here; null on the last page.
    pub next_cursor: Option<Value>,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ThreadPatch {
    pub done: Option<bool>,
    pub assigned_to_member_id: Option<String>,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ThreadMessage {
    pub id: String,
    pub thread_id: String,
    pub team_id: String,
    pub platform_id: Option<String>,
    pub content: String,
    pub author_id: String,
    pub user_id: Option<String>,
    #[schema(example = "api")]
    pub origin: String,
    pub attachments: Vec<Value>,
    pub status: Option<String>,
    pub error_code: Option<String>,
    pub created_at: String,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ThreadMessageList {
    pub messages: Vec<ThreadMessage>,
    pub next_cursor: Option<Value>,
}

/// The same `Idempotency-Key` in one thread is one message.
#[derive(ToSchema)]
pub struct ThreadLetter {
    pub content: String,
    pub attachments: Option<Vec<Value>>,
}

#[derive(ToSchema)]
pub struct ThreadMessageAnswer {
    pub message: ThreadMessage,
}

/// One of `prospectPlatformId` and `prospectId`.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QuickLetter {
    pub account_link_id: String,
    pub prospect_platform_id: Option<String>,
    pub prospect_id: Option<String>,
    pub platform: Option<String>,
    pub content: String,
    pub attachments: Option<Vec<Value>>,
}

#[derive(ToSchema)]
pub struct QuickSent {
    pub message: ThreadMessage,
    pub thread: Thread,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventList {
    /// `{id, seq, teamId, type, timestamp, version, data}`, by `seq`.
    pub events: Vec<Value>,
    pub has_more: bool,
}
