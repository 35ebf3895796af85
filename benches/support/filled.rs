//! A database that is filled past the engine, in bulk, with the rows that it would have written.
use rusqlite::{Connection, params};
use serde_json::json;

use super::{office, sms};

/// Rows of one transaction.
const BULK: usize = 100_000;
/// Instants lie this far apart, in milliseconds, up to the newest.
const APART: i64 = 1_000;
const NEWEST: i64 = 1_750_000_000_000;
/// The conversation that holds as many messages as there are conversations.
pub const LONG: usize = 0;
/// Of so many messages one holds each [`rare`] word.
const RARE: usize = 10_000;

/// A word that few messages hold.
pub fn rare(index: usize) -> String {
    format!("word{}", index % RARE)
}

fn text(index: usize) -> String {
    format!("{} {}", sms::text(index), rare(index))
}

pub fn conversation(index: usize) -> String {
    format!("conversation-{index:08}")
}

pub fn message(index: usize) -> String {
    format!("message-{index:08}")
}

/// So many conversations of two people with one message each, the first with as many more.
pub fn fill(db: &mut Connection, size: usize) -> rusqlite::Result<()> {
    db.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000")?;
    // Built afterwards they are the same, and sooner.
    let indexes: Vec<(String, String)> = db
        .prepare("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (name, _) in &indexes {
        db.execute_batch(&format!("DROP INDEX {name}"))?;
    }
    for from in (0..size).step_by(BULK) {
        let bulk = db.transaction()?;
        for index in from..(from + BULK).min(size) {
            insert_conversation(&bulk, index, size)?;
            insert_message(&bulk, index, index, 1, instant(index, size))?;
            // The first one of `LONG` is above.
            let (seq, at) = (index + 2, NEWEST - (size - index) as i64 * APART);
            insert_message(&bulk, size + index, LONG, seq, at)?;
        }
        bulk.commit()?;
    }
    for (_, sql) in &indexes {
        db.execute_batch(sql)?;
    }
    db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
}

/// Neighbours in time are not neighbours on disk.
fn instant(index: usize, size: usize) -> i64 {
    let scattered = (index as u64 * 7_919) % size as u64;
    NEWEST - scattered as i64 * APART
}

fn insert_conversation(db: &Connection, index: usize, size: usize) -> rusqlite::Result<()> {
    let (id, contact, channel) =
        (conversation(index), format!("contact-{index:08}"), office::channel(0));
    let (at, is_long) = (instant(index, size), index == LONG);
    let last_seq = if is_long { size + 1 } else { 1 };
    // Of a hundred: 10 closed, 5 snoozed, 5 archived, 10 unread, 1 pinned, 1 starred, 10 somebody's.
    let kind = if is_long { 99 } else { index * 31 % 100 };
    let is_open = !(0..10).contains(&kind);
    let snooze = (10..15).contains(&kind).then_some(i64::MAX);
    let (is_archived, unread) = ((15..20).contains(&kind), u32::from((20..30).contains(&kind)));
    let (pinned, last) = (kind == 30, message(index));
    let (starred, assignee) = (kind == 31, (32..42).contains(&kind).then(|| office::user(0)));
    db.prepare_cached(
        "INSERT INTO contacts (id, account, name, phone, details) VALUES (?1, ?2, ?3, ?4, '{}')",
    )?
    .execute(params![contact, office::ACCOUNT, "Somebody", format!("+1303{index:07}")])?;
    db.prepare_cached(
        "INSERT INTO conversationprospects (id, account, contact, channel, version, image, is_open, \
         starred, created_at, updated_at, last_seq, last_at, public_at, public_message, at, \
         at_manual, manual_at, last_kind, last_medium, assignee, team_unread, unread) \
         VALUES (?1, ?2, ?3, ?4, 1, '[]', ?5, ?9, ?6, ?6, ?7, ?6, ?6, ?8, ?6, ?6, ?6, 'INCOMING', \
         'SMS', ?10, ?11, ?11)",
    )?
    .execute(params![
        id,
        office::ACCOUNT,
        contact,
        channel,
        is_open,
        at,
        last_seq as i64,
        last,
        starred,
        assignee,
        unread,
    ])?;
    for place in 0..2 {
        db.prepare_cached(
            "INSERT INTO participants (conversation, user, place, is_admin, show_on_top, snooze, \
             is_archived, read, unread, removed, channel, at, last_message, is_open) \
             VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6, 0, ?7, 0, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            id,
            office::user(place),
            place as i64,
            pinned,
            snooze,
            is_archived,
            unread,
            channel,
            at,
            last,
            is_open
        ])?;
    }
    Ok(())
}

fn insert_message(
    db: &Connection,
    index: usize,
    within: usize,
    seq: usize,
    at: i64,
) -> rusqlite::Result<()> {
    let (id, there, uuid) = (message(index), conversation(within), format!("uuid-{index:08}"));
    let contact = format!("contact-{within:08}");
    let there_only = json!([there]).to_string();
    db.prepare_cached(
        "INSERT INTO communications (id, account, uuid, kind, author_contact, contact, text, \
         attachments, mentions, created_at, dated, addressed, conversations, fixed, emitted) \
         VALUES (?1, ?2, ?3, 'INCOMING', ?4, ?4, ?5, '[]', '[]', ?6, 0, '[]', ?7, 1, 1)",
    )?
    .execute(params![id, office::ACCOUNT, uuid, contact, text(index), at, there_only])?;
    db.prepare_cached(
        "INSERT INTO placements (conversation, seq, message, created_at, position, uuid) \
         VALUES (?1, ?2, ?3, ?4, 0, ?5)",
    )?
    .execute(params![there, seq as i64, id, at, uuid])?;
    Ok(())
}
