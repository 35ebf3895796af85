use actors::domain::{AccountId, ConversationId, MessageId, Timestamp, Uuid};
use actors::ports::{Scheduled, ScheduledMessage, Unavailable};
use rusqlite::{Connection, Params, Result, Row, params};

use super::Sqlite;
use super::columns::{jsons, jsons_column, message_id, parsed, signed, timestamp, user_id};

const SCHEDULE: &str = "\
    INSERT INTO scheduled (id, account, conversation, author, uuid, text, attachments, send_at, \
        created_at, claimed) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0) ON CONFLICT DO NOTHING";

macro_rules! select_scheduled {
    ($rest:literal) => {
        concat!(
            "SELECT id, account, conversation, author, uuid, text, attachments, send_at, \
             created_at FROM scheduled ",
            $rest
        )
    };
}

pub const BY_UUID: &str =
    select_scheduled!("WHERE conversation = ?1 AND author = ?2 AND uuid = ?3");

pub const IN_CONVERSATION: &str =
    select_scheduled!("WHERE conversation = ?1 AND claimed = 0 ORDER BY send_at, id LIMIT ?2");

pub const DUE: &str = select_scheduled!("WHERE send_at <= ?1 ORDER BY send_at, id LIMIT ?2");

const CLAIM: &str = "UPDATE scheduled SET claimed = 1 WHERE id = ?1";

const WITHDRAW: &str = "DELETE FROM scheduled WHERE id = ?1 AND conversation = ?2 AND claimed = 0";

const FORGET: &str = "DELETE FROM scheduled WHERE id = ?1";

#[async_trait::async_trait]
impl Scheduled for Sqlite {
    async fn schedule(&self, message: &ScheduledMessage) -> Result<ScheduledMessage, Unavailable> {
        let message = message.clone();
        let work = move |db: &Connection| schedule(db, &message).map_err(failed);
        self.writer.run("scheduling", work).await
    }

    async fn scheduled_in(
        &self,
        conversation: &ConversationId,
        limit: usize,
    ) -> Result<Vec<ScheduledMessage>, Unavailable> {
        let conversation = conversation.clone();
        let read = move |db: &Connection| {
            all(db, IN_CONVERSATION, params![conversation.as_str(), signed(limit as u64)])
        };
        self.readers.run("scheduled_in", read).await
    }

    async fn scheduled_due(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<ScheduledMessage>, Unavailable> {
        let read = move |db: &Connection| all(db, DUE, [now.0, signed(limit as u64)]);
        self.readers.run("scheduled_due", read).await
    }

    async fn claim_scheduled(&self, id: &MessageId) -> Result<bool, Unavailable> {
        let id = id.clone();
        self.change_scheduled(move |db| db.prepare_cached(CLAIM)?.execute([id.as_str()])).await
    }

    async fn withdraw_scheduled(
        &self,
        conversation: &ConversationId,
        id: &MessageId,
    ) -> Result<bool, Unavailable> {
        let (conversation, id) = (conversation.clone(), id.clone());
        let withdraw = move |db: &Connection| {
            db.prepare_cached(WITHDRAW)?.execute([id.as_str(), conversation.as_str()])
        };
        self.change_scheduled(withdraw).await
    }

    async fn forget_scheduled(&self, id: &MessageId) -> Result<(), Unavailable> {
        let id = id.clone();
        let forget = move |db: &Connection| db.prepare_cached(FORGET)?.execute([id.as_str()]);
        self.change_scheduled(forget).await.map(|_| ())
    }
}

impl Sqlite {
    /// Whether a row was changed.
    async fn change_scheduled(
        &self,
        change: impl Fn(&Connection) -> Result<usize> + Send + 'static,
    ) -> Result<bool, Unavailable> {
        let work = move |db: &Connection| change(db).map(|rows| rows > 0).map_err(failed);
        self.writer.run("settling what is scheduled", work).await
    }
}

fn schedule(db: &Connection, message: &ScheduledMessage) -> Result<ScheduledMessage> {
    db.prepare_cached(SCHEDULE)?.execute(params![
        message.id.as_str(),
        message.account.as_str(),
        message.conversation.as_str(),
        message.author.as_str(),
        message.uuid.as_str(),
        message.text,
        jsons_column(&message.attachments),
        message.send_at.0,
        message.created_at.0,
    ])?;
    let name = [message.conversation.as_str(), message.author.as_str(), message.uuid.as_str()];
    db.prepare_cached(BY_UUID)?.query_row(name, row)
}

fn all(db: &Connection, sql: &str, params: impl Params) -> Result<Vec<ScheduledMessage>> {
    db.prepare_cached(sql)?.query_map(params, row)?.collect()
}

fn failed(error: rusqlite::Error) -> Unavailable {
    Unavailable::new("scheduling", error)
}

fn row(row: &Row) -> Result<ScheduledMessage> {
    Ok(ScheduledMessage {
        id: message_id(row, 0)?,
        account: parsed(row, 1, AccountId::parse)?,
        conversation: parsed(row, 2, ConversationId::parse)?,
        author: user_id(row, 3)?,
        uuid: parsed(row, 4, Uuid::parse)?,
        text: row.get(5)?,
        attachments: jsons(row, 6)?,
        send_at: timestamp(row, 7)?,
        created_at: timestamp(row, 8)?,
    })
}
