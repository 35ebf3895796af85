use actors::domain::{
    AccountId, Announcement, Author, Change, ContactId, Conversation, ConversationId, Key, Message,
    Placed, Position, ProviderMessageId, Seq, Status, StatusChange, Timestamp, To,
};
use actors::ports::{CommitError, Committed, Conversations, Unavailable};
use rusqlite::{Connection, OptionalExtension, Result, params};

use super::columns::{parsed, signed, texts_column};
use super::message_row::{PLACE, Standing, one_placed, select_placed};
use super::readers::in_one_picture;
use super::steps::Steps;
use super::{Sqlite, conversation_row, history, log, message_row, outbox};

pub const FIND: &str = "\
    SELECT id FROM conversationprospects \
    WHERE account = ?1 AND contact = ?2 AND channel = ?3 AND deleted = 0";

/// Left to itself, SQLite walks over everything of the account, which lies in the order that is asked for.
pub const OF_CONTACT: &str = "\
    SELECT id FROM conversationprospects INDEXED BY conversations_by_key \
    WHERE account = ?1 AND contact = ?2 AND deleted = 0 ORDER BY created_at, id";

#[async_trait::async_trait]
impl Conversations for Sqlite {
    async fn load(&self, id: &ConversationId) -> Result<Option<Conversation>, Unavailable> {
        let id = id.clone();
        let read = move |db: &Connection| {
            // Two questions.
            in_one_picture(db, |db| conversation_row::load(db, &id))
        };
        self.readers.run("load", read).await
    }

    async fn find(&self, key: &Key) -> Result<Option<ConversationId>, Unavailable> {
        let Key { account, contact, channel } = key.clone();
        let read = move |db: &Connection| {
            let key = [account.as_str(), contact.as_str(), channel.as_str()];
            db.prepare_cached(FIND)?
                .query_row(key, |row| parsed(row, 0, ConversationId::parse))
                .optional()
        };
        self.readers.run("find", read).await
    }

    async fn of_contact(
        &self,
        account: &AccountId,
        contact: &ContactId,
    ) -> Result<Vec<ConversationId>, Unavailable> {
        let (account, contact) = (account.clone(), contact.clone());
        let read = move |db: &Connection| {
            db.prepare_cached(OF_CONTACT)?
                .query_map([account.as_str(), contact.as_str()], |row| {
                    parsed(row, 0, ConversationId::parse)
                })?
                .collect()
        };
        self.readers.run("of_contact", read).await
    }

    async fn commit(&self, change: &Change) -> Result<Committed, CommitError> {
        let (change, now) = (change.clone(), self.clock.now());
        let watermark = std::sync::Arc::clone(&self.watermark);
        let work = move |db: &Connection, _| commit(db, &change, now);
        let after = move |committed: &Committed| watermark.committed(&committed.positions);
        self.writer.run_then("committing", work, after).await
    }

    async fn commit_all(&self, changes: &[Change]) -> Vec<Result<Committed, CommitError>> {
        let (changes, now) = (changes.to_vec(), self.clock.now());
        let watermark = std::sync::Arc::clone(&self.watermark);
        let work = move |db: &Connection, steps| commit_all(db, &changes, now, steps);
        let after = move |outcomes: &Outcomes| {
            for committed in outcomes.iter().flatten() {
                watermark.committed(&committed.positions);
            }
        };
        let outcomes = self.writer.run_then("committing", work, after).await;
        outcomes.unwrap_or_else(|error| vec![Err(error)])
    }
}

type Outcomes = Vec<Result<Committed, CommitError>>;

/// Up to and with the first that does not fit; that one is undone, those before it stay.
fn commit_all(
    db: &Connection,
    changes: &[Change],
    now: Timestamp,
    steps: Steps,
) -> Result<Outcomes, CommitError> {
    let mut outcomes = Vec::with_capacity(changes.len());
    for change in changes {
        let Some(outcome) = steps.take(db, || commit(db, change, now)).map_err(failed)? else {
            return Err(Unavailable::new("committing", "to be done again").into());
        };
        let is_kept = outcome.is_ok();
        outcomes.push(outcome);
        if !is_kept {
            break;
        }
    }
    Ok(outcomes)
}

fn failed(error: rusqlite::Error) -> CommitError {
    CommitError::Unavailable(Unavailable::new("committing", error))
}

/// Returning an error undoes what was written before it.
fn commit(db: &Connection, change: &Change, now: Timestamp) -> Result<Committed, CommitError> {
    let next = &change.next;
    if !conversation_row::write(db, next).map_err(failed)? {
        return Err(repeated_or_stale(db, change));
    }
    conversation_row::write_participants(db, next).map_err(failed)?;
    let positions = announce(db, change, now).map_err(failed)?;
    if let Some((seq, message)) = &change.message {
        let position = position_of_message(change, &positions);
        if !place(db, &next.id, *seq, position, message).map_err(failed)? {
            return Err(repeated_or_stale(db, change));
        }
        write_communication(db, &next.id, message)?;
        if change.to_contact {
            outbox::enter(db, &next.id, message, now).map_err(failed)?;
        }
    }
    if let Some(status) = &change.status
        && !move_status(db, status).map_err(failed)?
    {
        return Err(CommitError::StatusMoved);
    }
    Ok(Committed { positions, previous: Position(0) })
}

const ANNOUNCE: &str = "\
    INSERT INTO log (conversation, is_new, to_user, message, at, is_status) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

fn announce(db: &Connection, change: &Change, now: Timestamp) -> Result<Vec<Position>> {
    let mut write = db.prepare_cached(ANNOUNCE)?;
    let message = change.message.as_ref().map(|(_, message)| message.id.as_str());
    let status = change.status.as_ref().map(|status| status.message.id.as_str());
    let mut positions = Vec::with_capacity(change.announcements.len());
    for announcement in &change.announcements {
        let (is_new, to_user, message) = match announcement {
            Announcement::Conversation { is_new, to: To::Participants } => {
                (Some(*is_new), None, None)
            }
            Announcement::Conversation { is_new, to: To::User(user) } => {
                (Some(*is_new), Some(user.as_str()), None)
            }
            Announcement::Conversation { is_new, to: To::Team } => {
                (Some(*is_new), Some(log::TO_TEAM), None)
            }
            Announcement::Message => (None, None, message),
            Announcement::Status => (None, None, status),
        };
        let is_status = *announcement == Announcement::Status;
        let row = params![change.next.id.as_str(), is_new, to_user, message, now.0, is_status];
        let position = write.insert(row)?;
        positions.push(Position(u64::try_from(position).unwrap_or_default()));
    }
    Ok(positions)
}

/// Again the same is no move, so that a commit whose answer was lost can be repeated.
const MOVE_STATUS: &str = "\
    UPDATE communications SET status = ?2, error_code = ?3 \
    WHERE id = ?1 AND (status IS ?4 OR status = ?2)";

fn move_status(db: &Connection, change: &StatusChange) -> Result<bool> {
    let StatusChange { message, from } = change;
    let rows = db.prepare_cached(MOVE_STATUS)?.execute(params![
        message.id.as_str(),
        message.status.map(Status::as_str),
        message.error_code,
        from.map(Status::as_str),
    ])?;
    Ok(rows == 1)
}

fn position_of_message(change: &Change, positions: &[Position]) -> Position {
    let announced = change.announcements.iter().zip(positions);
    let message = announced.rev().find(|(announcement, _)| **announcement == Announcement::Message);
    message.map(|(_, position)| *position).or(positions.last().copied()).unwrap_or_default()
}

/// Any of its names may be taken: by this very message, delivered or sent again.
const PLACE_MESSAGE: &str = "\
    INSERT INTO placements (conversation, seq, message, created_at, position, author_user, uuid, \
        provider_id) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING";

pub(super) fn place(
    db: &Connection,
    conversation: &ConversationId,
    seq: Seq,
    position: Position,
    message: &Message,
) -> Result<bool> {
    let author = match &message.author {
        Author::User(user) => Some(user.as_str()),
        Author::Contact(_) | Author::System => None,
    };
    let rows = db.prepare_cached(PLACE_MESSAGE)?.execute(params![
        conversation.as_str(),
        signed(seq.0),
        message.id.as_str(),
        message.created_at.0,
        signed(position.0),
        author,
        message.uuid.as_str(),
        message.provider_id.as_ref().map(ProviderMessageId::as_str),
    ])?;
    Ok(rows == 1)
}

fn write_communication(
    db: &Connection,
    conversation: &ConversationId,
    message: &Message,
) -> Result<(), CommitError> {
    let here = texts_column(std::iter::once(conversation.as_str()));
    let standing = Standing {
        channel: None,
        from_number: None,
        to_number: None,
        dated: false,
        addressed: "[]",
        conversations: &here,
        fixed: true,
        emitted: true,
        put_at: None,
    };
    if message_row::write(db, PLACE, message, &standing).map_err(failed)? {
        return Ok(());
    }
    // It stands in another conversation already, and keeps its content; unless it is not even of
    // this account, whose people must never see it.
    let known = message_row::kept(db, &message.id).map_err(failed)?;
    match known {
        Some(known) if known.communication.message.account == message.account => Ok(()),
        _ => Err(Unavailable::new("committing", "message id belongs to another account").into()),
    }
}

pub const BY_PROVIDER: &str = select_placed!("WHERE p.conversation = ?1 AND p.provider_id = ?2");

/// Why a change does not fit.
fn repeated_or_stale(db: &Connection, change: &Change) -> CommitError {
    let Some((_, message)) = &change.message else { return CommitError::Stale };
    match standing(db, &change.next.id, message) {
        Ok(Some(placed)) => CommitError::Repeated(Box::new(placed)),
        Ok(None) => CommitError::Stale,
        Err(error) => failed(error),
    }
}

/// The message that has this one's id, or its author's UUID, or its provider's id.
fn standing(
    db: &Connection,
    conversation: &ConversationId,
    message: &Message,
) -> Result<Option<Placed>> {
    let (id, here) = (message.id.as_str(), conversation.as_str());
    if let Some(placed) = one_placed(db, history::MESSAGE, [here, id])? {
        return Ok(Some(placed));
    }
    if let Author::User(author) = &message.author {
        let name = [here, author.as_str(), message.uuid.as_str()];
        if let Some(placed) = one_placed(db, history::BY_UUID, name)? {
            return Ok(Some(placed));
        }
    }
    match &message.provider_id {
        Some(provider_id) => one_placed(db, BY_PROVIDER, [here, provider_id.as_str()]),
        None => Ok(None),
    }
}
