//! What is kept where. The first eight are shared with other services and look as mongoose writes
//! them; the rest is ours alone.

/// What was written: messages, once each, wherever they stand.
pub const COMMUNICATIONS: &str = "communications";
/// One document for each (account, contact, channel), with its `users`.
pub const CONVERSATIONS: &str = "conversationprospects";
pub const CONTACTS: &str = "contacts";
pub const USERS: &str = "users";
pub const ACCOUNTS: &str = "accounts";
pub const CHANNELS: &str = "channels";
pub const TAGS: &str = "tags";
pub const STATUSES: &str = "statuses";
pub const PUSH_TOKENS: &str = "pushtokens";

/// Where a message stands in a conversation, and what else it is called there.
pub const PLACEMENTS: &str = "placements";
/// One conversation in one user's inbox: derived from the conversation.
pub const INBOX: &str = "inboxrows";
/// What people were told; `_id` is the position.
pub const LOG: &str = "log";
/// Numbers that rise: the newest position, places in the ledger of consent.
pub const COUNTERS: &str = "counters";
/// Messages on their way to contacts.
pub const OUTBOX: &str = "outbox";
/// Who said what about being written to; `_id` is the place in the ledger.
pub const CONSENTS: &str = "consents";
/// Messages to be sent later.
pub const SCHEDULED: &str = "scheduledmessages";
/// Whether a message was pushed to a user, and why not.
pub const PUSHES: &str = "pushes";
/// What happened to messages on their way.
pub const HOPS: &str = "hops";
/// Who outside wants to be told, how far each has come, and what was given up.
pub const SUBSCRIPTIONS: &str = "subscriptions";
/// What teams keep about contacts; `_id` is the contact's.
pub const PROSPECTS: &str = "prospects";
/// What accounts score their contacts by.
pub const SCORE_RULES: &str = "scorerules";
/// Labels that were taken away and that contacts may still have.
pub const RETIRED_LABELS: &str = "retiredlabels";
/// How far the events of an account are numbered for its team, and the numbers.
pub const EVENT_FEEDS: &str = "eventfeeds";
pub const EVENT_NUMBERS: &str = "eventnumbers";
/// Long-lived tokens of teams, as hashes.
pub const TEAM_KEYS: &str = "teamkeys";
/// Which node does what for all of them, and until when.
pub const LEASES: &str = "leases";
