use actors::domain::{ArchivedMessage, Communication, ConversationId, MessageId, Timestamp};
use actors::ports::{Communications, Put, Unavailable};
use rusqlite::{Connection, Result, params};

use super::Sqlite;
use super::columns::{message_id, signed, texts_column};
use super::message_row::{self, ARCHIVE, PUT, Standing};

pub const FORGOTTEN: &str = "\
    SELECT id FROM communications WHERE emitted = 0 AND put_at IS NOT NULL AND put_at < ?1 \
    ORDER BY put_at, id LIMIT ?2";

const FORGET_ANEW: &str = "UPDATE communications SET put_at = ?2 WHERE id = ?1 AND emitted = 0";

const EMITTED: &str = "\
    UPDATE communications SET fixed = 1, emitted = 1, conversations = ?2, \
        channel = coalesce(?3, channel) \
    WHERE id = ?1 AND account = ?4";

#[async_trait::async_trait]
impl Communications for Sqlite {
    async fn put_communication(&self, communication: &Communication) -> Result<Put, Unavailable> {
        let (communication, now) = (communication.clone(), self.clock.now());
        let work = move |db: &Connection| put(db, &communication, now).map_err(failed);
        self.writer.run("putting a communication", work).await
    }

    async fn communication(&self, id: &MessageId) -> Result<Option<Communication>, Unavailable> {
        let id = id.clone();
        let read =
            move |db: &Connection| Ok(message_row::kept(db, &id)?.map(|kept| kept.communication));
        self.readers.run("communication", read).await
    }

    async fn forgotten(
        &self,
        when: Timestamp,
        limit: usize,
    ) -> Result<Vec<MessageId>, Unavailable> {
        let limit = signed(limit as u64);
        let read = move |db: &Connection| {
            db.prepare_cached(FORGOTTEN)?
                .query_map([when.0, limit], |row| message_id(row, 0))?
                .collect()
        };
        self.readers.run("forgotten", read).await
    }

    async fn forget_anew(&self, id: &MessageId, now: Timestamp) -> Result<(), Unavailable> {
        let id = id.clone();
        let work = move |db: &Connection| {
            let later = db.prepare_cached(FORGET_ANEW);
            let later = later.and_then(|mut later| later.execute(params![id.as_str(), now.0]));
            later.map(|_| ()).map_err(failed)
        };
        self.writer.run("putting a communication off", work).await
    }

    async fn emitted(&self, communication: &Communication) -> Result<(), Unavailable> {
        let communication = communication.clone();
        let work = move |db: &Connection| emitted(db, &communication).map_err(failed);
        self.writer.run("recording an emit", work).await
    }
}

fn failed(error: rusqlite::Error) -> Unavailable {
    Unavailable::new("keeping a communication", error)
}

fn put(db: &Connection, communication: &Communication, now: Timestamp) -> Result<Put> {
    let conversations = ids(&communication.conversations);
    let standing = standing(communication, &conversations, Some(now.0));
    if message_row::write(db, PUT, &communication.message, &standing)? {
        return Ok(Put::Stored);
    }
    let known = message_row::kept(db, &communication.message.id)?;
    Ok(if known.is_some_and(|known| known.is_put_again(communication)) {
        Put::Same
    } else {
        Put::Fixed
    })
}

fn emitted(db: &Connection, communication: &Communication) -> Result<()> {
    let conversations = ids(&communication.conversations);
    let message = &communication.message;
    let channel = communication.channel.as_ref().map(|channel| channel.as_str());
    let known = db.prepare_cached(EMITTED)?.execute(params![
        message.id.as_str(),
        conversations,
        channel,
        message.account.as_str(),
    ])?;
    if known == 0 {
        let standing = Standing {
            fixed: true,
            emitted: true,
            ..standing(communication, &conversations, None)
        };
        message_row::write(db, PUT, message, &standing)?;
    }
    Ok(())
}

/// Writes a message of the past as one that stands in all its conversations, unless it is fixed.
pub(super) fn archive(db: &Connection, archived: &ArchivedMessage) -> Result<()> {
    let ArchivedMessage { communication, stands_in } = archived;
    let (addressed, conversations) = (ids(&communication.conversations), ids(stands_in));
    let standing = Standing {
        addressed: &addressed,
        fixed: true,
        emitted: true,
        ..standing(communication, &conversations, None)
    };
    message_row::write(db, ARCHIVE, &communication.message, &standing).map(drop)
}

fn ids(conversations: &[ConversationId]) -> String {
    texts_column(conversations.iter().map(ConversationId::as_str))
}

fn standing<'a>(
    communication: &'a Communication,
    conversations: &'a str,
    put_at: Option<i64>,
) -> Standing<'a> {
    Standing {
        channel: communication.channel.as_ref().map(|channel| channel.as_str()),
        from_number: communication.from_number.as_deref(),
        to_number: communication.to_number.as_deref(),
        dated: communication.dated,
        addressed: conversations,
        conversations,
        fixed: false,
        emitted: false,
        put_at,
    }
}
