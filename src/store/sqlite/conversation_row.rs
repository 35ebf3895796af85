//! Conversations and their participants between the domain and their rows.
use actors::domain::{
    AccountId, ChannelId, ContactId, Conversation, ConversationId, Key, Participant,
};
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

use super::columns::{
    activity, number, parsed, seq, signed, snooze, snooze_column, texts, texts_column, timestamp,
    user_id,
};

pub const SELECT: &str = "\
    SELECT id, account, contact, channel, version, title, image, is_open, starred, created_at, \
        updated_at, last_seq, last_at, public_at, public_message \
    FROM conversationprospects WHERE id = ?1";

pub const SELECT_PARTICIPANTS: &str = "\
    SELECT user, is_admin, show_on_top, snooze, is_archived, read, unread, note_at, note_message, \
        removed, place \
    FROM participants WHERE conversation = ?1";

pub fn load(db: &Connection, id: &ConversationId) -> Result<Option<Conversation>> {
    let found = db.prepare_cached(SELECT)?.query_row([id.as_str()], conversation).optional()?;
    let Some(mut conversation) = found else { return Ok(None) };
    let mut rows = db
        .prepare_cached(SELECT_PARTICIPANTS)?
        .query_map([id.as_str()], |row| Ok((number(row, 10)?, participant(row)?)))?
        .collect::<Result<Vec<_>>>()?;
    rows.sort_by_key(|(place, _)| *place);
    conversation.participants = rows.into_iter().map(|(_, participant)| participant).collect();
    Ok(Some(conversation))
}

fn conversation(row: &Row) -> Result<Conversation> {
    Ok(Conversation {
        id: parsed(row, 0, ConversationId::parse)?,
        key: Key {
            account: parsed(row, 1, AccountId::parse)?,
            contact: parsed(row, 2, ContactId::parse)?,
            channel: parsed(row, 3, ChannelId::parse)?,
        },
        version: number(row, 4)?,
        title: row.get(5)?,
        image: texts(row, 6, |text| Ok::<_, rusqlite::Error>(text.to_owned()))?,
        is_open: row.get(7)?,
        starred: row.get(8)?,
        created_at: timestamp(row, 9)?,
        updated_at: timestamp(row, 10)?,
        last_seq: seq(row, 11)?,
        last_at: timestamp(row, 12)?,
        last_public: activity(row, 13, 14)?,
        participants: Vec::new(),
    })
}

fn participant(row: &Row) -> Result<Participant> {
    Ok(Participant {
        user: user_id(row, 0)?,
        is_admin: row.get(1)?,
        show_on_top: row.get(2)?,
        snooze: snooze(row, 3)?,
        is_archived: row.get(4)?,
        read: seq(row, 5)?,
        unread: row.get(6)?,
        last_note: activity(row, 7, 8)?,
        removed: row.get(9)?,
    })
}

/// A version 1 is inserted, unless its id or key is taken.
pub const BEGIN: &str = "\
    INSERT INTO conversationprospects (id, account, contact, channel, version, title, image, \
        is_open, starred, created_at, updated_at, last_seq, last_at, public_at, public_message) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) \
    ON CONFLICT DO NOTHING";

/// Every other follows the one before it.
pub const FOLLOW: &str = "\
    UPDATE conversationprospects SET version = ?5, title = ?6, image = ?7, is_open = ?8, \
        starred = ?9, created_at = ?10, updated_at = ?11, last_seq = ?12, last_at = ?13, \
        public_at = ?14, public_message = ?15 \
    WHERE id = ?1 AND version = ?5 - 1 AND account = ?2 AND contact = ?3 AND channel = ?4";

/// Writes a conversation over the version before it; `false` if that is not what is stored.
pub fn write(db: &Connection, next: &Conversation) -> Result<bool> {
    let sql = if next.version == 1 { BEGIN } else { FOLLOW };
    let last = next.last_public.as_ref();
    let rows = db.prepare_cached(sql)?.execute(params![
        next.id.as_str(),
        next.key.account.as_str(),
        next.key.contact.as_str(),
        next.key.channel.as_str(),
        signed(next.version),
        next.title,
        texts_column(next.image.iter().map(String::as_str)),
        next.is_open,
        next.starred,
        next.created_at.0,
        next.updated_at.0,
        signed(next.last_seq.0),
        next.last_at.0,
        last.map(|activity| activity.at.0),
        last.map(|activity| activity.message.as_str()),
    ])?;
    Ok(rows == 1)
}

/// A row that says already what is to be written is not touched, and neither are its indexes.
pub const WRITE_PARTICIPANT: &str = "\
    INSERT INTO participants (conversation, user, place, is_admin, show_on_top, snooze, \
        is_archived, read, unread, note_at, note_message, removed, channel, at, last_message, \
        is_open) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) \
    ON CONFLICT (conversation, user) DO UPDATE SET place = ?3, is_admin = ?4, show_on_top = ?5, \
        snooze = ?6, is_archived = ?7, read = ?8, unread = ?9, note_at = ?10, note_message = ?11, \
        removed = ?12, channel = ?13, at = ?14, last_message = ?15, is_open = ?16 \
    WHERE (place, is_admin, show_on_top, snooze, is_archived, read, unread, note_at, \
        note_message, removed, channel, at, last_message, is_open) \
        IS NOT (?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";

pub fn write_participants(db: &Connection, next: &Conversation) -> Result<()> {
    let mut write = db.prepare_cached(WRITE_PARTICIPANT)?;
    for (place, participant) in (0_i64..).zip(&next.participants) {
        let row = next.inbox_row(participant);
        let note = participant.last_note.as_ref();
        write.execute(params![
            next.id.as_str(),
            participant.user.as_str(),
            place,
            participant.is_admin,
            row.show_on_top,
            snooze_column(row.snooze),
            row.is_archived,
            signed(participant.read.0),
            row.unread,
            note.map(|activity| activity.at.0),
            note.map(|activity| activity.message.as_str()),
            participant.removed,
            next.key.channel.as_str(),
            row.at.0,
            row.last_message.as_ref().map(|message| message.as_str()),
            row.is_open,
        ])?;
    }
    Ok(())
}
