use actors::domain::{ConversationId, MessageId, PushToken};
use actors::ports::{Export, Record, RecordKind, Unavailable};
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

use super::columns::{signed, user_id};
use super::people_rows::{ACCOUNT, CHANNEL, CONTACT, USER, account, channel, contact, user};
use super::readers::in_one_picture;
use super::{Sqlite, conversation_row, labels, message_row};

const PUSH_TOKENS: &str = "\
    SELECT user, token FROM push_tokens WHERE (user, token) > (?1, ?2) \
    ORDER BY user, token LIMIT ?3";

#[async_trait::async_trait]
impl Export for Sqlite {
    async fn records(
        &self,
        of: RecordKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Record>, Unavailable> {
        let (after, limit) = (after.unwrap_or_default().to_owned(), signed(limit as u64));
        let read = move |db: &Connection| in_one_picture(db, |db| records(db, of, &after, limit));
        self.readers.run("records", read).await
    }
}

/// The ids of a page. No id is empty.
fn ids(of: RecordKind) -> &'static str {
    macro_rules! ids {
        ($table:literal) => {
            concat!("SELECT id FROM ", $table, " WHERE id > ?1 ORDER BY id LIMIT ?2")
        };
    }
    match of {
        RecordKind::Account => ids!("accounts"),
        RecordKind::Channel => ids!("channels"),
        RecordKind::User => ids!("users"),
        RecordKind::Contact => ids!("contacts"),
        RecordKind::Tag => ids!("tags"),
        RecordKind::ContactStatus => ids!("statuses"),
        RecordKind::Conversation => ids!("conversationprospects"),
        RecordKind::Communication => {
            "SELECT id FROM communications WHERE id > ?1 AND emitted = 1 ORDER BY id LIMIT ?2"
        }
        RecordKind::PushToken => "",
    }
}

fn records(db: &Connection, of: RecordKind, after: &str, limit: i64) -> Result<Vec<Record>> {
    if of == RecordKind::PushToken {
        let (user, token) = after.split_once('\n').unwrap_or_default();
        let device = |row: &Row| Ok(PushToken { user: user_id(row, 0)?, token: row.get(1)? });
        return db
            .prepare_cached(PUSH_TOKENS)?
            .query_map(params![user, token, limit], |row| device(row).map(Record::PushToken))?
            .collect();
    }
    let mut page = db.prepare_cached(ids(of))?;
    let page = page.query_map(params![after, limit], |row| row.get(0))?;
    let page: Vec<String> = page.collect::<Result<_>>()?;
    let mut records = Vec::with_capacity(page.len());
    for id in page {
        // In one picture, so that it is there.
        records.extend(record(db, of, &id)?);
    }
    Ok(records)
}

fn record(db: &Connection, of: RecordKind, id: &str) -> Result<Option<Record>> {
    fn one<T>(
        db: &Connection,
        sql: &str,
        id: &str,
        read: fn(&Row) -> Result<T>,
        record: fn(T) -> Record,
    ) -> Result<Option<Record>> {
        db.prepare_cached(sql)?.query_row([id], |row| read(row).map(record)).optional()
    }
    match of {
        RecordKind::Account => one(db, ACCOUNT, id, account, Record::Account),
        RecordKind::Channel => one(db, CHANNEL, id, channel, Record::Channel),
        RecordKind::User => one(db, USER, id, user, Record::User),
        RecordKind::Contact => one(db, CONTACT, id, contact, Record::Contact),
        RecordKind::Tag => one(db, labels::TAG, id, labels::tag, Record::Tag),
        RecordKind::ContactStatus => {
            one(db, labels::STATUS, id, labels::status, Record::ContactStatus)
        }
        RecordKind::Conversation => {
            let Ok(id) = ConversationId::parse(id) else { return Ok(None) };
            let conversation = conversation_row::load(db, &id)?;
            Ok(conversation.map(|conversation| Record::Conversation(Box::new(conversation))))
        }
        RecordKind::Communication => {
            let Ok(id) = MessageId::parse(id) else { return Ok(None) };
            let kept = message_row::kept(db, &id)?;
            Ok(kept.map(|kept| Record::Communication(Box::new(kept.communication))))
        }
        RecordKind::PushToken => Ok(None),
    }
}
