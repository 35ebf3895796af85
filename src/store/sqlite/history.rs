use actors::domain::{ConversationId, MessageId, Placed, Seq, UserId, Uuid};
use actors::ports::{Cut, Direction, History, Unavailable};
use rusqlite::types::Value;
use rusqlite::{Connection, Result, params};

use super::Sqlite;
use super::columns::signed;
use super::message_row::{all_placed, one_placed, select_placed};

pub const OLDER: &str = select_placed!(
    "WHERE p.conversation = ?1 AND (p.created_at, p.message) < (?2, ?3) \
     ORDER BY p.created_at DESC, p.message DESC LIMIT ?4"
);
pub const NEWER: &str = select_placed!(
    "WHERE p.conversation = ?1 AND (p.created_at, p.message) > (?2, ?3) \
     ORDER BY p.created_at, p.message LIMIT ?4"
);
pub const MESSAGE: &str = select_placed!("WHERE p.conversation = ?1 AND p.message = ?2");
pub const BY_UUID: &str =
    select_placed!("WHERE p.conversation = ?1 AND p.author_user = ?2 AND p.uuid = ?3");
pub const COMMITTED_AFTER: &str =
    select_placed!("WHERE p.conversation = ?1 AND p.seq > ?2 ORDER BY p.seq LIMIT ?3");

/// Where a page begins, as SQL compares it: (instant, id).
///
/// A cut without id leaves its whole instant out: its id stands before or after every text.
pub(super) fn bound(at: Option<(i64, Option<&str>)>, falling: bool) -> (i64, Value) {
    // SQLite sorts blobs after texts.
    let (before_any_text, after_any_text) = (Value::Text(String::new()), Value::Blob(Vec::new()));
    match at {
        None if falling => (i64::MAX, after_any_text),
        None => (i64::MIN, before_any_text),
        Some((at, Some(id))) => (at, Value::Text(id.to_owned())),
        Some((at, None)) if falling => (at, before_any_text),
        Some((at, None)) => (at, after_any_text),
    }
}

#[async_trait::async_trait]
impl History for Sqlite {
    async fn messages(
        &self,
        conversation: &ConversationId,
        cut: Option<&Cut>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Placed>, Unavailable> {
        let (sql, falling) = match direction {
            Direction::Older => (OLDER, true),
            Direction::Newer => (NEWER, false),
        };
        let cut = cut.map(|cut| (cut.at.0, cut.id.as_ref().map(MessageId::as_str)));
        let (at, id) = bound(cut, falling);
        let (conversation, limit) = (conversation.clone(), signed(limit as u64));
        let read = move |db: &Connection| {
            all_placed(db, sql, params![conversation.as_str(), at, id, limit])
        };
        self.readers.run("messages", read).await
    }

    async fn message(
        &self,
        conversation: &ConversationId,
        id: &MessageId,
    ) -> Result<Option<Placed>, Unavailable> {
        let (conversation, id) = (conversation.clone(), id.clone());
        let read =
            move |db: &Connection| one_placed(db, MESSAGE, [conversation.as_str(), id.as_str()]);
        self.readers.run("message", read).await
    }

    async fn message_by_uuid(
        &self,
        conversation: &ConversationId,
        author: &UserId,
        uuid: &Uuid,
    ) -> Result<Option<Placed>, Unavailable> {
        let (conversation, author, uuid) = (conversation.clone(), author.clone(), uuid.clone());
        let read = move |db: &Connection| {
            one_placed(db, BY_UUID, [conversation.as_str(), author.as_str(), uuid.as_str()])
        };
        self.readers.run("message_by_uuid", read).await
    }

    async fn committed_after(
        &self,
        conversation: &ConversationId,
        seq: Seq,
        limit: usize,
    ) -> Result<Vec<Placed>, Unavailable> {
        let conversation = conversation.clone();
        let (seq, limit) = (signed(seq.0), signed(limit as u64));
        let read = move |db: &Connection| {
            all_placed(db, COMMITTED_AFTER, params![conversation.as_str(), seq, limit])
        };
        self.readers.run("committed_after", read).await
    }
}
