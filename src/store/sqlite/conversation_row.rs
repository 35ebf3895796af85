//! Conversations and their participants between the domain and their rows.
use actors::domain::{
    AccountId, ChannelId, ContactId, ContactLabels, ContactStatusId, Conversation, ConversationId,
    Key, Kind, LastOutgoing, Participant, TagId, TeamState, Timestamp, UserId,
};
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

use super::columns::{
    activity, number, parsed, parsed_option, seq, signed, snooze, snooze_column, texts,
    texts_column, timestamp, user_id, word,
};

pub const SELECT: &str = "\
    SELECT id, account, contact, channel, version, title, image, is_open, starred, created_at, \
        updated_at, last_seq, last_at, public_at, public_message, deleted, assignee, team_read, \
        team_unread, team_unread_set, is_request, last_kind, last_medium, manual_at, outgoing_at, \
        outgoing_automated, tags, status \
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
        deleted: row.get(15)?,
        team: team(row)?,
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
        removed: row.get::<_, i64>(9)? == REMOVED,
    })
}

fn team(row: &Row) -> Result<TeamState> {
    let outgoing: Option<i64> = row.get(24)?;
    let automated: Option<bool> = row.get(25)?;
    let timestamp = |at: Option<i64>| at.map(Timestamp);
    Ok(TeamState {
        assignee: parsed_option(row, 16, UserId::parse)?,
        labels: ContactLabels {
            tags: texts(row, 26, TagId::parse)?,
            status: parsed_option(row, 27, ContactStatusId::parse)?,
        },
        read: seq(row, 17)?,
        unread: row.get(18)?,
        unread_set: row.get(19)?,
        is_request: row.get(20)?,
        last_kind: parsed_option(row, 21, word(Kind::parse))?,
        last_medium: row.get(22)?,
        manual_at: timestamp(row.get(23)?),
        last_outgoing: timestamp(outgoing)
            .zip(automated)
            .map(|(at, automated)| LastOutgoing { at, automated }),
    })
}

/// A version 1 is inserted, unless its id or key is taken.
pub const BEGIN: &str = "\
    INSERT INTO conversationprospects (id, account, contact, channel, version, title, image, \
        is_open, starred, created_at, updated_at, last_seq, last_at, public_at, public_message, \
        deleted, assignee, team_read, team_unread, team_unread_set, is_request, last_kind, \
        last_medium, manual_at, outgoing_at, outgoing_automated, at, at_manual, unread, tags, status) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, \
        ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31) \
    ON CONFLICT DO NOTHING";

/// Every other follows the one before it.
pub const FOLLOW: &str = "\
    UPDATE conversationprospects SET version = ?5, title = ?6, image = ?7, is_open = ?8, \
        starred = ?9, created_at = ?10, updated_at = ?11, last_seq = ?12, last_at = ?13, \
        public_at = ?14, public_message = ?15, deleted = ?16, assignee = ?17, team_read = ?18, \
        team_unread = ?19, team_unread_set = ?20, is_request = ?21, last_kind = ?22, \
        last_medium = ?23, manual_at = ?24, outgoing_at = ?25, outgoing_automated = ?26, \
        at = ?27, at_manual = ?28, unread = ?29, tags = ?30, status = ?31 \
    WHERE id = ?1 AND version = ?5 - 1 AND account = ?2 AND contact = ?3 AND channel = ?4";

/// Writes a conversation over the version before it; `false` if that is not what is stored.
pub fn write(db: &Connection, next: &Conversation) -> Result<bool> {
    let sql = if next.version == 1 { BEGIN } else { FOLLOW };
    let (last, team) = (next.last_public.as_ref(), &next.team);
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
        next.deleted,
        team.assignee.as_ref().map(UserId::as_str),
        signed(team.read.0),
        team.unread,
        team.unread_set,
        team.is_request,
        team.last_kind.map(Kind::as_str),
        team.last_medium,
        team.manual_at.map(|at| at.0),
        team.last_outgoing.map(|outgoing| outgoing.at.0),
        team.last_outgoing.map(|outgoing| outgoing.automated),
        next.team_at().0,
        next.manual_at().0,
        team.unread(),
        texts_column(team.labels.tags.iter().map(TagId::as_str)),
        team.labels.status.as_ref().map(ContactStatusId::as_str),
    ])?;
    if rows == 1 {
        write_tags(db, next)?;
    }
    Ok(rows == 1)
}

pub const FORGET_TAGS: &str = "DELETE FROM conversation_tags WHERE conversation = ?1";
const WRITE_TAG: &str = "\
    INSERT INTO conversation_tags (conversation, tag, of_account, listed_at, begun_at) \
    VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";

/// Nearly always there is none, and there was none.
fn write_tags(db: &Connection, next: &Conversation) -> Result<()> {
    db.prepare_cached(FORGET_TAGS)?.execute([next.id.as_str()])?;
    if next.deleted || next.team.labels.tags.is_empty() {
        return Ok(());
    }
    let mut write = db.prepare_cached(WRITE_TAG)?;
    for tag in &next.team.labels.tags {
        write.execute(params![
            next.id.as_str(),
            tag.as_str(),
            next.key.account.as_str(),
            next.team_at().0,
            next.created_at.0,
        ])?;
    }
    Ok(())
}

/// What takes a participant out of every list, and why.
const REMOVED: i64 = 1;
const DELETED: i64 = 2;

fn removed_column(conversation: &Conversation, participant: &Participant) -> i64 {
    match participant.removed {
        true => REMOVED,
        false if conversation.deleted => DELETED,
        false => 0,
    }
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
            removed_column(next, participant),
            next.key.channel.as_str(),
            row.at.0,
            row.last_message.as_ref().map(|message| message.as_str()),
            row.is_open,
        ])?;
    }
    Ok(())
}
