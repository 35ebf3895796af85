use actors::domain::{Announcement, ConversationId, Entry, MessageId, Position, Timestamp, To};
use actors::ports::{Log, Unavailable};
use rusqlite::{Connection, OptionalExtension, Result, Row};

use super::Sqlite;
use super::columns::{parsed, parsed_option, position, signed, user_id};

/// Stands where the name of a user would; none is empty.
pub(super) const TO_TEAM: &str = "";

/// The table of AUTOINCREMENT knows the newest position even when the log has been emptied.
pub const TAIL: &str = "SELECT seq FROM sqlite_sequence WHERE name = 'log'";

pub const ENTRIES_AFTER: &str = "\
    SELECT position, conversation, is_new, to_user, message, is_status FROM log \
    WHERE position > ?1 ORDER BY position LIMIT ?2";

pub const OLDEST: &str = "SELECT min(position) FROM log";

/// Rows forgotten in one go, so that the writer is never kept from commits for long.
const FORGET_AT_ONCE: i64 = 2_000;

/// The oldest rows up to the first one that is to stay: what is left has no gap, even where the
/// clock stepped back.
pub const FORGET: &str = "\
    WITH oldest AS (SELECT position, at FROM log ORDER BY position LIMIT ?2) \
    DELETE FROM log WHERE position IN (SELECT position FROM oldest) AND position < coalesce( \
        (SELECT min(position) FROM oldest WHERE at >= ?1), 9223372036854775807)";

pub(super) fn tail(db: &Connection) -> Result<Position> {
    let newest = db.prepare_cached(TAIL)?.query_row([], |row| position(row, 0)).optional()?;
    Ok(newest.unwrap_or_default())
}

/// Before the oldest that is still there.
pub(super) fn floor(db: &Connection) -> Result<Position> {
    let oldest: Option<i64> = db.prepare_cached(OLDEST)?.query_row([], |row| row.get(0))?;
    match oldest {
        Some(oldest) => Ok(Position(u64::try_from(oldest - 1).unwrap_or_default())),
        None => tail(db),
    }
}

fn forget(db: &Connection, when: Timestamp) -> Result<usize> {
    db.prepare_cached(FORGET)?.execute([when.0, FORGET_AT_ONCE])
}

pub(super) fn entry(row: &Row) -> Result<Entry> {
    let to = match row.get::<_, Option<String>>(3)? {
        Some(user) if user == TO_TEAM => To::Team,
        Some(_) => To::User(user_id(row, 3)?),
        None => To::Participants,
    };
    let announcement = match row.get(2)? {
        Some(is_new) => Announcement::Conversation { is_new, to },
        None if row.get(5)? => Announcement::Status,
        None => Announcement::Message,
    };
    Ok(Entry {
        position: position(row, 0)?,
        // One writer, one order.
        previous: Position(0),
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

    async fn floor(&self) -> Result<Position, Unavailable> {
        self.readers.run("floor", floor).await
    }

    async fn forget_before(&self, when: Timestamp) -> Result<(), Unavailable> {
        loop {
            let work = move |db: &Connection| {
                forget(db, when).map_err(|error| Unavailable::new("forgetting", error))
            };
            if self.writer.run("forgetting", work).await? < FORGET_AT_ONCE as usize {
                return Ok(());
            }
        }
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
