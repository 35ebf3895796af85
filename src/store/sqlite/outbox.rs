use std::sync::Arc;

use actors::domain::{AccountId, ConversationId, Message, MessageId, ProviderMessageId, Timestamp};
use actors::ports::{Due, Outbox, Sent, Unavailable};
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

use super::Sqlite;
use super::columns::{message_id, parsed, parsed_option, signed};
use super::message_row;

const ENTER: &str = "\
    INSERT INTO outbox (message, conversation, account, due_at, attempts) \
    VALUES (?1, ?2, ?3, ?4, 0)";

/// The rowid says who came first. What is behind another one of its conversation waits for it.
pub const DUE: &str = "\
    SELECT o.message, o.conversation, o.account, o.attempts, o.called_at, \
        (SELECT s.provider_id FROM sent s WHERE s.message = o.message LIMIT 1) \
    FROM outbox o WHERE o.due_at <= ?1 AND NOT EXISTS ( \
        SELECT 1 FROM outbox e WHERE e.conversation = o.conversation AND e.rowid < o.rowid) \
    ORDER BY o.due_at, o.rowid LIMIT ?2";

/// Only if it is as it was read.
const CALLING: &str = "\
    UPDATE outbox SET called_at = ?2, attempts = attempts + 1 \
    WHERE message = ?1 AND attempts = ?3 AND called_at IS ?4";

const KEEP_NAME: &str = "\
    INSERT INTO sent (provider_id, message, conversation, account) \
    SELECT ?2, message, conversation, account FROM outbox WHERE message = ?1 \
    ON CONFLICT DO NOTHING";

const LEAVE: &str = "DELETE FROM outbox WHERE message = ?1";

const PUT_OFF: &str = "UPDATE outbox SET due_at = ?2, called_at = NULL WHERE message = ?1";

const IN_DOUBT: &str = "UPDATE outbox SET due_at = ?2 WHERE message = ?1";

pub const BY_PROVIDER_ID: &str =
    "SELECT message, conversation, account FROM sent WHERE provider_id = ?1";

/// A message is on its way to the contact. Part of the commit that shows it.
pub(super) fn enter(
    db: &Connection,
    conversation: &ConversationId,
    message: &Message,
    now: Timestamp,
) -> Result<()> {
    let (id, account) = (message.id.as_str(), message.account.as_str());
    db.prepare_cached(ENTER)?.execute(params![id, conversation.as_str(), account, now.0])?;
    Ok(())
}

#[async_trait::async_trait]
impl Outbox for Sqlite {
    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<Due>, Unavailable> {
        let limit = signed(limit as u64);
        let read = move |db: &Connection| {
            let rows: Vec<_> =
                db.prepare_cached(DUE)?.query_map([now.0, limit], row)?.collect::<Result<_>>()?;
            let mut due = Vec::with_capacity(rows.len());
            for row in rows {
                if let Some(kept) = message_row::kept(db, &row.message)? {
                    due.push(Due {
                        account: row.account,
                        conversation: row.conversation,
                        message: Arc::new(kept.communication.message),
                        attempts: row.attempts,
                        called_at: row.called_at,
                        provider_id: row.provider_id,
                    });
                }
            }
            Ok(due)
        };
        self.readers.run("due", read).await
    }

    async fn calling(&self, due: &Due, now: Timestamp) -> Result<bool, Unavailable> {
        let (message, attempts) = (due.message.id.clone(), due.attempts);
        let called_at = due.called_at.map(|at| at.0);
        let work = move |db: &Connection| {
            let row = params![message.as_str(), now.0, attempts, called_at];
            db.prepare_cached(CALLING).and_then(|mut calling| calling.execute(row)).map_err(failed)
        };
        Ok(self.writer.run("settling the outbox", work).await? > 0)
    }

    async fn taken(
        &self,
        message: &MessageId,
        provider_id: &ProviderMessageId,
    ) -> Result<(), Unavailable> {
        let (message, provider_id) = (message.clone(), provider_id.clone());
        let work = move |db: &Connection| taken(db, &message, &provider_id).map_err(failed);
        self.writer.run("settling the outbox", work).await
    }

    async fn put_off(&self, message: &MessageId, until: Timestamp) -> Result<(), Unavailable> {
        self.change_outbox(message, PUT_OFF, Some(until.0)).await
    }

    async fn in_doubt(&self, message: &MessageId, until: Timestamp) -> Result<(), Unavailable> {
        self.change_outbox(message, IN_DOUBT, Some(until.0)).await
    }

    async fn leave(&self, message: &MessageId) -> Result<(), Unavailable> {
        self.change_outbox(message, LEAVE, None).await
    }

    async fn by_provider_id(
        &self,
        provider_id: &ProviderMessageId,
    ) -> Result<Option<Sent>, Unavailable> {
        let provider_id = provider_id.clone();
        let read = move |db: &Connection| {
            let mut query = db.prepare_cached(BY_PROVIDER_ID)?;
            let sent = query.query_row([provider_id.as_str()], |row| {
                Ok(Sent {
                    message: message_id(row, 0)?,
                    conversation: parsed(row, 1, ConversationId::parse)?,
                    account: parsed(row, 2, AccountId::parse)?,
                })
            });
            sent.optional()
        };
        self.readers.run("by_provider_id", read).await
    }
}

impl Sqlite {
    async fn change_outbox(
        &self,
        message: &MessageId,
        sql: &'static str,
        at: Option<i64>,
    ) -> Result<(), Unavailable> {
        let message = message.clone();
        let work = move |db: &Connection| change(db, &message, sql, at).map_err(failed);
        self.writer.run("settling the outbox", work).await
    }
}

fn change(db: &Connection, message: &MessageId, sql: &str, at: Option<i64>) -> Result<()> {
    let mut change = db.prepare_cached(sql)?;
    match at {
        Some(at) => change.execute(params![message.as_str(), at])?,
        None => change.execute([message.as_str()])?,
    };
    Ok(())
}

fn taken(db: &Connection, message: &MessageId, provider_id: &ProviderMessageId) -> Result<()> {
    let names = [message.as_str(), provider_id.as_str()];
    db.prepare_cached(KEEP_NAME)?.execute(names)?;
    Ok(())
}

fn failed(error: rusqlite::Error) -> Unavailable {
    Unavailable::new("settling the outbox", error)
}

struct DueRow {
    message: MessageId,
    conversation: ConversationId,
    account: AccountId,
    attempts: u32,
    called_at: Option<Timestamp>,
    provider_id: Option<ProviderMessageId>,
}

fn row(row: &Row) -> Result<DueRow> {
    Ok(DueRow {
        message: message_id(row, 0)?,
        conversation: parsed(row, 1, ConversationId::parse)?,
        account: parsed(row, 2, AccountId::parse)?,
        attempts: row.get(3)?,
        called_at: row.get::<_, Option<i64>>(4)?.map(Timestamp),
        provider_id: parsed_option(row, 5, ProviderMessageId::parse)?,
    })
}
