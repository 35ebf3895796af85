//! Every endpoint, a line each. A test holds this table against the routes.

use utoipa::openapi::HttpMethod::{self, Delete, Get, Patch, Post, Put};

/// Who may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A trusted service, with `x-api-key`.
    Key,
    /// A user, with a bearer token.
    Token,
    /// Whoever holds a bearer token of the team.
    Team,
    /// Anybody, or whoever a signature proves.
    Open,
}
use Access::{Key, Open, Team, Token};

pub struct Row {
    pub method: HttpMethod,
    pub path: &'static str,
    pub access: Access,
    pub summary: &'static str,
    pub query: &'static [&'static str],
    /// Names of schemas.
    pub body: Option<&'static str>,
    pub answer: &'static str,
}

const fn row(
    method: HttpMethod,
    path: &'static str,
    access: Access,
    body: Option<&'static str>,
    answer: &'static str,
    summary: &'static str,
) -> Row {
    Row { method, path, access, summary, query: &[], body, answer }
}

const fn with_query(query: &'static [&'static str], row: Row) -> Row {
    Row { query, ..row }
}

const PAGE: &[&str] = &["limit", "next"];

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    row(Get,    "/v1/accounts/{id}",       Key, None,                  "Account",       "Reads an account"),
    row(Put,    "/v1/accounts/{id}",       Key, Some("Account"),       "Account",       "Keeps an account"),
    row(Get,    "/v1/channels/{id}",       Key, None,                  "Channel",       "Reads a channel"),
    row(Put,    "/v1/channels/{id}",       Key, Some("Channel"),       "Channel",       "Keeps a channel"),
    row(Get,    "/v1/users/{id}",          Key, None,                  "User",          "Reads a user"),
    row(Put,    "/v1/users/{id}",          Key, Some("User"),          "User",          "Keeps a user"),
    row(Get,    "/v1/users/{id}/push-tokens/{token}", Key, None, "PushToken", "Reads a device"),
    row(Put,    "/v1/users/{id}/push-tokens/{token}", Key, None, "PushToken", "Registers a device"),
    row(Delete, "/v1/users/{id}/push-tokens/{token}", Key, None, "Success",   "Drops a device"),
    row(Get,    "/v1/contacts/{id}",       Key, None,                  "Contact",       "Reads a contact"),
    row(Put,    "/v1/contacts/{id}",       Key, Some("Contact"),       "Contact",       "Keeps a contact"),
    row(Get,    "/v1/contacts/{id}/consent", Key, None,            "SuccessWithData", "Reads who may write to a contact, and why"),
    row(Put,    "/v1/contacts/{id}/consent", Key, Some("Consent"), "SuccessWithData", "Adds to what a contact said about being written to"),
    with_query(&["account_id", "limit", "next"],
    row(Get,    "/v1/consent/doubtful",    Key, None,                  "Listed",        "Lists what reads like an opt-out and is undecided")),
    row(Get,    "/v1/communications/{id}", Key, None,                  "Communication", "Reads a communication"),
    row(Put,    "/v1/communications/{id}", Key, Some("Communication"), "Communication", "Keeps a communication, to be emitted next"),
    with_query(&["until", "key"],
    row(Get,    "/v1/attachments/{name}",  Open, None,                 "File",          "Reads a file that came with a mail")),

    row(Get,    "/conversations/{channel}/emit/message/{id}",  Key, None, "Success", "Shows a communication"),
    row(Post,   "/conversations/{channel}/emit/message/{id}",  Key, None, "Success", "Shows a communication"),
    row(Get,    "/conversations/{channel}/emit/conversation/{id}/{is_new}", Key, None, "Success", "Shows a conversation"),
    row(Post,   "/conversations/{channel}/emit/conversation/{id}/{is_new}", Key, None, "Success", "Shows a conversation"),
    with_query(&["locationId", "contactId", "id", "assignedTo", "followers", "mentions", "query", "status",
        "lastMessageType", "lastMessageAction", "lastMessageDirection", "sort", "sortBy", "sortScoreProfile",
        "scoreProfile", "scoreProfileMin", "scoreProfileMax", "startDate", "endDate", "startAfterDate", "limit"],
    row(Get,    "/conversations/search",   Team, None,             "Anything", "Searches conversations (HighLevel)")),
    row(Post,   "/conversations",          Team, Some("Anything"), "Anything", "Begins a conversation (HighLevel)"),
    row(Post,   "/conversations/",         Team, Some("Anything"), "Anything", "Begins a conversation (HighLevel), as the SDKs spell it"),
    row(Get,    "/conversations/{id}",     Team, None,             "Anything", "Reads a conversation (HighLevel)"),
    row(Put,    "/conversations/{id}",     Team, Some("Anything"), "Anything", "Changes a conversation (HighLevel)"),
    row(Delete, "/conversations/{id}",     Team, None,             "Anything", "Deletes a conversation (HighLevel)"),
    with_query(&["limit", "lastMessageId", "type"],
    row(Get,    "/conversations/{id}/messages", Team, None,        "Anything", "Lists messages (HighLevel)")),
    row(Post,   "/conversations/messages", Team, Some("Anything"), "Anything", "Writes to a contact (HighLevel)"),
    row(Get,    "/conversations/messages/{id}", Team, None,        "Anything", "Reads a message (HighLevel)"),
    row(Put,    "/conversations/messages/{id}/status", Team, Some("Anything"), "Anything", "Says how far a message is (HighLevel)"),
    row(Get,    "/conversations/messages/email/{id}", Team, None,  "Anything", "Reads an e-mail (HighLevel)"),
    row(Post,   "/conversations/messages/inbound",  Team, Some("Anything"), "Anything", "Takes down what a contact wrote elsewhere (HighLevel)"),
    row(Post,   "/conversations/messages/outbound", Team, Some("Anything"), "Anything", "Takes down a call (HighLevel)"),
    row(Post,   "/conversations/messages/upload",   Team, Some("Anything"), "Anything", "Uploads files (HighLevel)"),

    row(Post,   "/emit/{user}/{event}",    Key, Some("Anything"),      "Success", "Sends a user an event of any name"),
    row(Post,   "/emit/{event}",           Key, Some("Announcement"),  "Success", "Sends users an event of any name"),
    row(Get,    "/lead-finder/sockets",    Key, None,                  "Listed",  "Lists the scrapers that are there"),
    row(Post,   "/lead-finder/sockets",    Key, Some("Task"),          "Success", "Gives a scraper the task called sockets"),
    row(Post,   "/lead-finder/{event}",    Key, Some("Task"),          "Success", "Gives a scraper a task"),

    row(Post,   "/v1/conversations/prospect/{id}/message", Token, Some("OutgoingMessage"), "SuccessWithData", "Writes to the contact, now or later"),
    row(Post,   "/v1/conversations/prospect/{id}/message/{message}/resend", Token, None, "SuccessWithData", "Sends a failed message anew"),
    row(Get,    "/v1/conversations/prospect/{id}/scheduled", Token, None, "SuccessWithData", "Lists what is to be sent later"),
    row(Delete, "/v1/conversations/prospect/{id}/scheduled/{message}", Token, None, "Success", "Withdraws what was to be sent later"),
    row(Delete, "/v1/conversations/prospect/{id}/participants/{user}", Key, None, "Success", "Takes a user out of a conversation"),

    with_query(&["account_id"],
    row(Get,    "/v1/webhooks",               Key, None,            "Listed",  "Lists who outside is told what happens")),
    row(Get,    "/v1/webhooks/{id}",          Key, None,            "Webhook", "Reads a subscription"),
    row(Put,    "/v1/webhooks/{id}",          Key, Some("Webhook"), "Webhook", "Subscribes to what happens in an account"),
    row(Delete, "/v1/webhooks/{id}",          Key, None,            "Success", "Ends a subscription"),
    with_query(&["limit"],
    row(Get,    "/v1/webhooks/{id}/failures", Key, None,            "Listed",  "Lists events that are not tried any more")),
    row(Post,   "/v1/webhooks/{id}/replay",   Key, Some("Replay"),  "Success", "Tells a subscriber again"),

    with_query(PAGE,
    row(Get,    "/v1/quarantine",              Key, None, "Listed",  "Lists webhooks that were doubtful or unreadable")),
    row(Post,   "/v1/quarantine/{id}/release", Key, None, "Success", "Takes a quarantined webhook in"),
    row(Delete, "/v1/quarantine/{id}",         Key, None, "Success", "Deletes a quarantined webhook"),

    with_query(&["platformId", "platform"],
    row(Get,    "/api/v1/prospects/lookup",        Token, None, "ProspectAnswer", "Finds a prospect by their id on a platform")),
    with_query(&["filter[tagIds][]", "filter[noTags]", "filter[statusIds][]", "sort", "limit", "cursor[id]", "cursor[valuation]"],
    row(Get,    "/api/v1/prospects",               Token, None, "ProspectList", "Lists prospects, by id or by valuation")),
    row(Get,    "/api/v1/prospects/{id}",          Token, None, "ProspectAnswer", "Reads a prospect"),
    row(Patch,  "/api/v1/prospects/{id}/context",  Token, Some("ContextPatch"), "ProspectAnswer", "Changes what the team keeps about a prospect"),
    row(Post,   "/api/v1/prospects/bulk",          Token, Some("BulkUpdate"), "BulkOutcome", "Changes what the team keeps about many prospects"),
    with_query(&["format", "filter[tagIds][]", "filter[noTags]", "filter[statusIds][]"],
    row(Get,    "/api/v1/prospects/export",        Token, None, "File", "Exports prospects as CSV or JSON lines")),
    row(Get,    "/api/v1/prospects/{id}/score",    Token, None, "LeadScoreAnswer", "Scores a prospect, and says why"),
    row(Post,   "/api/v1/prospects/{id}/auto-tag", Token, None, "AutoTagged", "Tags a prospect who has enough points"),
    row(Get,    "/api/v1/lead-scoring",            Token, None, "LeadScoring", "Reads what the team scores by"),
    row(Put,    "/api/v1/lead-scoring",            Token, Some("LeadScoring"), "LeadScoring", "Sets what the team scores by"),
    row(Get,    "/api/v1/tags",                    Token, None, "TagList", "Lists tags"),
    row(Post,   "/api/v1/tags",                    Token, Some("LabelChange"), "TagAnswer", "Makes a tag"),
    row(Patch,  "/api/v1/tags/{id}",               Token, Some("LabelChange"), "TagAnswer", "Renames or recolours a tag"),
    row(Delete, "/api/v1/tags/{id}",               Token, None, "Anything", "Takes a tag away, from every prospect too"),
    row(Get,    "/api/v1/statuses",                Token, None, "StatusList", "Lists statuses in the order of the pipeline"),
    row(Post,   "/api/v1/statuses",                Token, Some("LabelChange"), "StatusAnswer", "Makes a status, the last of the pipeline"),
    row(Put,    "/api/v1/statuses/order",          Token, Some("StatusOrder"), "StatusList", "Orders the pipeline"),
    row(Patch,  "/api/v1/statuses/{id}",           Token, Some("LabelChange"), "StatusAnswer", "Renames or recolours a status"),
    row(Delete, "/api/v1/statuses/{id}",           Token, None, "Anything", "Takes a status away, from every prospect too"),
    row(Get,    "/api/v1/members",                 Token, None, "MemberList", "Lists who works here"),
    row(Get,    "/api/v1/account-links",           Token, None, "AccountLinkList", "Lists the channels of the team"),
    with_query(&["query", "inboxView", "accountLinkId", "accountLinkIds[]", "filter[tagIds][]", "filter[noTags]", "filter[statusIds][]", "filter[assigneeIds][]", "sort", "limit", "cursor[id]", "cursor[timestamp]"],
    row(Get,    "/api/v1/threads",                 Token, None, "ThreadList", "Lists threads with their prospects")),
    with_query(&["prospectPlatformId", "accountLinkId", "platform"],
    row(Get,    "/api/v1/threads/lookup",          Token, None, "ThreadAnswer", "Finds the thread with a prospect on an account link")),
    row(Get,    "/api/v1/threads/{id}",            Token, None, "ThreadAnswer", "Reads a thread"),
    row(Patch,  "/api/v1/threads/{id}",            Token, Some("ThreadPatch"), "ThreadAnswer", "Closes, opens or assigns a thread"),
    row(Post,   "/api/v1/threads/messages",        Token, Some("QuickLetter"), "QuickSent", "Writes to a prospect, in a new thread if need be"),
    with_query(&["limit", "cursor[id]", "cursor[timestamp]"],
    row(Get,    "/api/v1/threads/{id}/messages",   Token, None, "ThreadMessageList", "Lists messages of a thread, newest first")),
    row(Post,   "/api/v1/threads/{id}/messages",   Token, Some("ThreadLetter"), "ThreadMessageAnswer", "Writes in a thread"),
    with_query(&["afterSeq", "limit"],
    row(Get,    "/api/v1/events",                  Token, None, "EventList", "Lists what happened, by number")),

    row(Post,   "/webhooks/twilio/sms",       Open, Some("TwilioForm"), "TwiML", "Takes in an SMS or MMS (Twilio)"),
    row(Post,   "/webhooks/twilio/status",    Open, Some("TwilioForm"), "TwiML", "Takes in a delivery status (Twilio)"),
    with_query(&["key"],
    row(Post,   "/webhooks/sendgrid/inbound", Open, Some("MailForm"), "Nothing", "Takes in a mail (SendGrid)")),
    row(Post,   "/webhooks/sendgrid/events",  Open, Some("Anything"), "Nothing", "Takes in delivery events (SendGrid)"),

    row(Get,    "/health", Open, None, "Success",   "Whether the process lives"),
    row(Get,    "/ready",  Open, None, "Readiness", "Whether everything it needs is there"),
];
