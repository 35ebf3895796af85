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
/// Numbers that rise: the newest position.
pub const COUNTERS: &str = "counters";
/// Messages on their way to contacts.
pub const OUTBOX: &str = "outbox";
/// Which node does what for all of them, and until when.
pub const LEASES: &str = "leases";
