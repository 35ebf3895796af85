use actors::domain::{ConversationId, InboxRow, MessageId, State, Timestamp, UserId};
use actors::ports::{Inbox, InboxQuery, Sort, Unavailable};
use rusqlite::{Connection, Result, Row, named_params};

use super::Sqlite;
use super::columns::{parsed, parsed_option, signed, snooze, timestamp, user_id};
use super::history::bound;
use super::readers::in_one_picture;

/// One band of one list. The index is named, so that a page never becomes a scan because the
/// planner thought otherwise; without it the statement is refused.
macro_rules! band {
    ($index:literal, $holds:literal, $after:literal, $order:literal) => {
        concat!(
            "SELECT user, conversation, at, last_message, is_open, show_on_top, snooze, \
             is_archived, unread FROM participants INDEXED BY ",
            $index,
            " WHERE user = :user AND channel = :channel AND show_on_top = :pinned AND ",
            $holds,
            " AND (at, conversation) ",
            $after,
            " (:at, :id) ORDER BY at ",
            $order,
            ", conversation ",
            $order,
            " LIMIT :limit"
        )
    };
    ($index:literal, $holds:literal) => {
        [band!($index, $holds, "<", "DESC"), band!($index, $holds, ">", "ASC")]
    };
}

/// For each list, newest and oldest first. `:now` is compared everywhere, used or not, so that
/// all take the same parameters.
const ANY: [&str; 2] = band!("inbox_any", "removed = 0 AND is_archived = 0 AND :now = :now");
const OPEN: [&str; 2] = band!(
    "inbox_open",
    "removed = 0 AND is_archived = 0 AND is_open = 1 AND (snooze IS NULL OR snooze <= :now)"
);
const CLOSED: [&str; 2] =
    band!("inbox_open", "removed = 0 AND is_archived = 0 AND is_open = 0 AND :now = :now");
const SNOOZED: [&str; 2] = band!(
    "inbox_snoozed",
    "removed = 0 AND is_archived = 0 AND snooze IS NOT NULL AND snooze > :now"
);
const UNREAD: [&str; 2] =
    band!("inbox_unread", "removed = 0 AND is_archived = 0 AND unread > 0 AND :now = :now");
const ARCHIVED: [&str; 2] =
    band!("inbox_archived", "removed = 0 AND is_archived = 1 AND :now = :now");

pub const SNOOZES_OVER: &str = "\
    SELECT conversation, user FROM participants \
    WHERE removed = 0 AND snooze IS NOT NULL AND snooze <= ?1 \
    ORDER BY snooze, conversation, user LIMIT ?2";

pub(super) fn sql(state: State, sort: Sort) -> &'static str {
    let both = match state {
        // Its pinned band is what has priority.
        State::Any | State::Priority => ANY,
        State::Open => OPEN,
        State::Close => CLOSED,
        State::Snooze => SNOOZED,
        State::Unread => UNREAD,
        State::Archived => ARCHIVED,
    };
    match sort {
        Sort::Newest => both[0],
        Sort::Oldest => both[1],
    }
}

#[async_trait::async_trait]
impl Inbox for Sqlite {
    async fn page(&self, query: &InboxQuery) -> Result<Vec<InboxRow>, Unavailable> {
        let query = query.clone();
        let read = move |db: &Connection| {
            // Two bands.
            in_one_picture(db, |db| page(db, &query))
        };
        self.readers.run("page", read).await
    }

    async fn snoozes_over(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(ConversationId, UserId)>, Unavailable> {
        let limit = signed(limit as u64);
        let read = move |db: &Connection| {
            db.prepare_cached(SNOOZES_OVER)?
                .query_map([now.0, limit], |row| {
                    Ok((parsed(row, 0, ConversationId::parse)?, user_id(row, 1)?))
                })?
                .collect()
        };
        self.readers.run("snoozes_over", read).await
    }
}

fn page(db: &Connection, query: &InboxQuery) -> Result<Vec<InboxRow>> {
    let mut rows = Vec::new();
    if query.cut.as_ref().is_none_or(|cut| cut.pinned) {
        read_band(db, query, true, &mut rows)?;
    }
    if query.state != State::Priority && rows.len() < query.limit {
        read_band(db, query, false, &mut rows)?;
    }
    Ok(rows)
}

fn read_band(
    db: &Connection,
    query: &InboxQuery,
    pinned: bool,
    rows: &mut Vec<InboxRow>,
) -> Result<()> {
    let cut = query.cut.as_ref().filter(|cut| cut.pinned == pinned);
    let cut = cut.map(|cut| (cut.at.0, cut.id.as_ref().map(ConversationId::as_str)));
    let (at, id) = bound(cut, query.sort == Sort::Newest);
    let mut band = db.prepare_cached(sql(query.state, query.sort))?;
    let found = band.query_map(
        named_params! {
            ":user": query.user.as_str(),
            ":channel": query.channel.as_str(),
            ":pinned": pinned,
            ":now": query.now.0,
            ":at": at,
            ":id": id,
            ":limit": signed((query.limit - rows.len()) as u64),
        },
        inbox_row,
    )?;
    for row in found {
        rows.push(row?);
    }
    Ok(())
}

fn inbox_row(row: &Row) -> Result<InboxRow> {
    Ok(InboxRow {
        user: user_id(row, 0)?,
        conversation: parsed(row, 1, ConversationId::parse)?,
        at: timestamp(row, 2)?,
        last_message: parsed_option(row, 3, MessageId::parse)?,
        is_open: row.get(4)?,
        show_on_top: row.get(5)?,
        snooze: snooze(row, 6)?,
        is_archived: row.get(7)?,
        unread: row.get(8)?,
    })
}
