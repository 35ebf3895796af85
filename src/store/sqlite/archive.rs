//! What was lived elsewhere comes in here. The rules are the domain's; this loads and writes.
use std::sync::Arc;

use actors::domain::{
    ArchivedConversation, ArchivedMessage, Author, Conversation, ConversationId, Message, Past,
    Position, Seq, Timestamp, Wish, Wishes,
};
use actors::ports::{Archive, ArchiveError, Kept, Unavailable};
use rusqlite::{Connection, OptionalExtension, Result, params};

use super::columns::{number, seq, signed, user_id};
use super::message_row::{all_placed, one_placed, select_placed};
use super::{
    Sqlite, communications, conversation_row, conversations, history, message_row, prospect_rows,
};

#[async_trait::async_trait]
impl Archive for Sqlite {
    async fn admit_conversation(
        &self,
        archived: &ArchivedConversation,
    ) -> Result<(), ArchiveError> {
        let archived = archived.clone();
        let read = move |db: &Connection| refused_conversation(db, &archived);
        self.readers.run("admit_conversation", read).await?.map_or(Ok(()), Err)
    }

    async fn keep_conversation(
        &self,
        archived: &ArchivedConversation,
    ) -> Result<Kept, ArchiveError> {
        let (archived, now) = (archived.clone(), self.clock.now());
        let work = move |db: &Connection| {
            if let Some(refused) = refused_conversation(db, &archived).map_err(failed)? {
                return Err(refused);
            }
            keep_conversation(db, &archived, now).map_err(failed)
        };
        self.writer.run("archiving", work).await
    }

    async fn admit_message(&self, message: &ArchivedMessage) -> Result<(), ArchiveError> {
        let message = message.clone();
        let read = move |db: &Connection| {
            for conversation in &message.stands_in {
                if let Some(refused) = refused_message(db, conversation, &message)? {
                    return Ok(Some(refused));
                }
            }
            Ok(None)
        };
        self.readers.run("admit_message", read).await?.map_or(Ok(()), Err)
    }

    async fn keep_messages(
        &self,
        conversation: &ConversationId,
        messages: &[ArchivedMessage],
    ) -> Result<(), ArchiveError> {
        let (conversation, messages) = (conversation.clone(), messages.to_vec());
        let work = move |db: &Connection| keep_messages(db, &conversation, &messages);
        self.writer.run("archiving", work).await
    }
}

fn failed(error: rusqlite::Error) -> ArchiveError {
    Unavailable::new("archiving", error).into()
}

pub const VERSION: &str = "SELECT version FROM archived WHERE conversation = ?1";
pub const WISHES: &str = "SELECT user, unread, read FROM archived_unread WHERE conversation = ?1";
/// Nothing that happened here has position 0.
pub const PAST: &str =
    select_placed!("WHERE p.conversation = ?1 AND p.position = 0 ORDER BY p.seq");
pub const OF_CONTACT: &str =
    "SELECT id FROM conversationprospects WHERE id = ?1 AND account = ?2 AND contact = ?3";
pub const FIXED: &str = "SELECT fixed FROM communications WHERE id = ?1";

fn refused_conversation(
    db: &Connection,
    archived: &ArchivedConversation,
) -> Result<Option<ArchiveError>> {
    let key = &archived.key;
    if let Some(there) = conversation_row::load(db, &archived.id)? {
        return Ok((there.key != *key).then_some(ArchiveError::Elsewhere));
    }
    let key = [key.account.as_str(), key.contact.as_str(), key.channel.as_str()];
    let taken = db.prepare_cached(conversations::FIND)?.exists(key)?;
    Ok(taken.then_some(ArchiveError::KeyTaken))
}

/// Whether nothing but imports has changed this conversation.
fn only_archived(db: &Connection, there: &Conversation) -> Result<bool> {
    let version = db
        .prepare_cached(VERSION)?
        .query_row([there.id.as_str()], |row| number(row, 0))
        .optional()?;
    Ok(version == Some(there.version))
}

fn keep_conversation(
    db: &Connection,
    archived: &ArchivedConversation,
    now: Timestamp,
) -> Result<Kept> {
    let there = conversation_row::load(db, &archived.id)?;
    if let Some(there) = &there
        && !only_archived(db, there)?
    {
        return Ok(Kept::LivedOn);
    }
    let mut there =
        there.unwrap_or_else(|| Conversation::absent(archived.id.clone(), archived.key.clone()));
    if let Some(known) = prospect_rows::one(db, &archived.key.contact)?
        && !there.exists()
    {
        there.team.labels = known.context.labels();
    }
    let next = there.as_archived(archived, now);
    let wishes = archived.users.iter().filter_map(|own| {
        let read = next.participant(&own.user)?.read;
        Some((own.user.clone(), Wish { unread: own.unread, read }))
    });
    let before = past(db, &there.id)?;
    let past = Past::with(before, []);
    let (next, wishes) = next.with_past(&past, &wishes.collect());
    if next != there || wishes != self::wishes(db, &there.id)? {
        write(db, next, &wishes, true)?;
    }
    Ok(Kept::Stored)
}

/// Writes the next version of a conversation; `archived` if imports alone made it what it is.
fn write(db: &Connection, mut next: Conversation, wishes: &Wishes, archived: bool) -> Result<()> {
    next.version += 1;
    if !conversation_row::write(db, &next)? {
        // Loaded in this very transaction, so nobody can have been faster.
        return Err(rusqlite::Error::StatementChangedRows(0));
    }
    conversation_row::write_participants(db, &next)?;
    let conversation = next.id.as_str();
    if archived {
        let sql = "INSERT INTO archived (conversation, version) VALUES (?1, ?2) \
                   ON CONFLICT (conversation) DO UPDATE SET version = ?2";
        db.prepare_cached(sql)?.execute(params![conversation, signed(next.version)])?;
    }
    let sql = "DELETE FROM archived_unread WHERE conversation = ?1";
    db.prepare_cached(sql)?.execute([conversation])?;
    let sql = "INSERT INTO archived_unread (conversation, user, unread, read) \
               VALUES (?1, ?2, ?3, ?4)";
    let mut keep = db.prepare_cached(sql)?;
    for (user, wish) in wishes {
        keep.execute(params![conversation, user.as_str(), wish.unread, signed(wish.read.0)])?;
    }
    Ok(())
}

fn wishes(db: &Connection, conversation: &ConversationId) -> Result<Wishes> {
    db.prepare_cached(WISHES)?
        .query_map([conversation.as_str()], |row| {
            Ok((user_id(row, 0)?, Wish { unread: row.get(1)?, read: seq(row, 2)? }))
        })?
        .collect()
}

fn past(db: &Connection, conversation: &ConversationId) -> Result<Vec<Arc<Message>>> {
    let placed = all_placed(db, PAST, [conversation.as_str()])?;
    Ok(placed.into_iter().map(|placed| placed.message).collect())
}

fn refused_message(
    db: &Connection,
    conversation: &ConversationId,
    archived: &ArchivedMessage,
) -> Result<Option<ArchiveError>> {
    let message = &archived.communication.message;
    let id = message.id.as_str();
    let names = [conversation.as_str(), message.account.as_str(), message.contact.as_str()];
    if !db.prepare_cached(OF_CONTACT)?.exists(names)? {
        return Ok(Some(ArchiveError::NotFound));
    }
    if let Some(known) = message_row::kept(db, &message.id)? {
        if known.communication.message.account != message.account {
            return Ok(Some(ArchiveError::Elsewhere));
        }
        let fixed: bool = db.prepare_cached(FIXED)?.query_row([id], |row| row.get(0))?;
        if fixed && !known.is_put_again(&archived.communication) {
            return Ok(Some(ArchiveError::Differs));
        }
    }
    if let Author::User(author) = &message.author {
        let name = [conversation.as_str(), author.as_str(), message.uuid.as_str()];
        let there = one_placed(db, history::BY_UUID, name)?;
        if there.is_some_and(|there| there.message.id != message.id) {
            return Ok(Some(ArchiveError::UuidTaken));
        }
    }
    Ok(None)
}

fn keep_messages(
    db: &Connection,
    conversation: &ConversationId,
    messages: &[ArchivedMessage],
) -> Result<(), ArchiveError> {
    let there = conversation_row::load(db, conversation).map_err(failed)?;
    let there = there.ok_or(ArchiveError::NotFound)?;
    let mut further = Vec::new();
    for archived in messages {
        if let Some(refused) = refused_message(db, conversation, archived).map_err(failed)? {
            return Err(refused);
        }
        let message = &archived.communication.message;
        let name = [conversation.as_str(), message.id.as_str()];
        communications::archive(db, archived).map_err(failed)?;
        if one_placed(db, history::MESSAGE, name).map_err(failed)?.is_none() {
            further.push(message.clone());
        }
    }
    if further.is_empty() {
        return Ok(());
    }
    let before = past(db, conversation).map_err(failed)?;
    let past = Past::with(before, further);
    let wishes = wishes(db, conversation).map_err(failed)?;
    let archived = only_archived(db, &there).map_err(failed)?;
    let (next, wishes) = there.with_past(&past, &wishes);
    renumber(db, conversation, &past)?;
    write(db, next, &wishes, archived).map_err(failed)
}

const ASIDE: &str = "UPDATE placements SET seq = -seq WHERE conversation = ?1 AND seq > ?2";
const BACK: &str = "UPDATE placements SET seq = ?3 WHERE conversation = ?1 AND seq = -?2";
const BEHIND: &str = "UPDATE placements SET seq = ?2 - seq WHERE conversation = ?1 AND seq < 0";

/// Puts the messages of the past where they belong, and what happened here behind them.
fn renumber(
    db: &Connection,
    conversation: &ConversationId,
    past: &Past,
) -> Result<(), ArchiveError> {
    let Past { before, after } = past;
    let stay = before.iter().zip(after).take_while(|(a, b)| a.id == b.id).count();
    // Numbers are unique, so that those who move step aside, to below zero.
    let execute = |sql, params: &[&dyn rusqlite::ToSql]| {
        db.prepare_cached(sql).and_then(|mut update| update.execute(params)).map_err(failed)
    };
    let here = conversation.as_str();
    execute(ASIDE, params![here, signed(stay as u64)])?;
    let mut moved = before.iter().enumerate().skip(stay).peekable();
    for (at, message) in after.iter().enumerate().skip(stay) {
        let to = at as u64 + 1;
        // Both are in order, so that the next of those before is the next to come back.
        if let Some((from, _)) = moved.next_if(|(_, known)| known.id == message.id) {
            execute(BACK, params![here, signed(from as u64 + 1), signed(to)])?;
        } else if !conversations::place(db, conversation, Seq(to), Position(0), message)
            .map_err(failed)?
        {
            return Err(ArchiveError::UuidTaken);
        }
    }
    execute(BEHIND, params![here, signed((after.len() - before.len()) as u64)])?;
    Ok(())
}
