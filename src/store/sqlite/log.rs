use actors::domain::{Announcement, ConversationId, Entry, MessageId, Position, To, UserId};
use actors::ports::{Log, Unavailable};
use rusqlite::{Connection, OptionalExtension, Result, Row};

use super::Sqlite;
use super::columns::{parsed, parsed_option, position, signed};

/// The table of AUTOINCREMENT knows the newest position even when the log has been emptied.
pub const TAIL: &str = "SELECT seq FROM sqlite_sequence WHERE name = 'log'";

pub const ENTRIES_AFTER: &str = "\
    SELECT position, conversation, is_new, to_user, message FROM log \
    WHERE position > ?1 ORDER BY position LIMIT ?2";

pub(super) fn tail(db: &Connection) -> Result<Position> {
    let newest = db.prepare_cached(TAIL)?.query_row([], |row| position(row, 0)).optional()?;
    Ok(newest.unwrap_or_default())
}

fn entry(row: &Row) -> Result<Entry> {
    let to = match parsed_option(row, 3, UserId::parse)? {
        Some(user) => To::User(user),
        None => To::Participants,
    };
    let announcement = match row.get(2)? {
        Some(is_new) => Announcement::Conversation { is_new, to },
        None => Announcement::Message,
    };
    Ok(Entry {
        position: position(row, 0)?,
        conversation: parsed(row, 1, ConversationId::parse)?,
        announcement,
        message: parsed_option(row, 4, MessageId::parse)?,
    })
}

#[async_trait::async_trait]
impl Log for Sqlite {
    async fn tail(&self) -> Result<Position, Unavailable> {
        self.readers.run("tail", tail).await
    }

    async fn entries_after(
        &self,
        position: Position,
        limit: usize,
    ) -> Result<Vec<Entry>, Unavailable> {
        let (position, limit) = (signed(position.0), signed(limit as u64));
        let read = move |db: &Connection| {
            db.prepare_cached(ENTRIES_AFTER)?.query_map([position, limit], entry)?.collect()
        };
        self.readers.run("entries_after", read).await
    }
}
