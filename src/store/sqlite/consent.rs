use actors::domain::{AccountId, ChannelId, ContactId, MessageId, Timestamp};
use actors::ports::{Consent, ConsentEntry, ConsentWord, Evidence, Flagged, Unavailable};
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

use super::Sqlite;
use super::columns::{parsed, parsed_option, signed, word};

const RECORD: &str = "\
    INSERT INTO consent (account, contact, channel, says, at, message, code, words, decides) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING";

pub const LATEST: &str = "\
    SELECT says FROM consent WHERE contact = ?1 AND channel = ?2 AND decides = 1 \
    ORDER BY age DESC LIMIT 1";

pub const OF_CONTACT: &str = "\
    SELECT account, contact, channel, says, at, message, code, words FROM consent \
    WHERE account = ?1 AND contact = ?2 ORDER BY age DESC LIMIT ?3";

pub const DOUBTFUL: &str = "\
    SELECT account, contact, channel, says, at, message, code, words, age FROM consent AS doubt \
    WHERE account = ?1 AND says = 'doubtful' AND age < ?2 AND NOT EXISTS ( \
        SELECT 1 FROM consent AS later WHERE later.contact = doubt.contact \
        AND later.channel = doubt.channel AND later.decides = 1 AND later.age > doubt.age) \
    ORDER BY age DESC LIMIT ?3";

#[async_trait::async_trait]
impl Consent for Sqlite {
    async fn record_consent(&self, entry: &ConsentEntry) -> Result<(), Unavailable> {
        let entry = entry.clone();
        let work = move |db: &Connection| {
            record(db, &entry).map_err(|error| Unavailable::new("recording consent", error))
        };
        self.writer.run("recording consent", work).await
    }

    async fn opted_out(
        &self,
        contact: &ContactId,
        channel: &ChannelId,
    ) -> Result<bool, Unavailable> {
        let (contact, channel) = (contact.clone(), channel.clone());
        let read = move |db: &Connection| {
            let mut latest = db.prepare_cached(LATEST)?;
            let says = latest.query_row([contact.as_str(), channel.as_str()], |row| {
                parsed(row, 0, word(ConsentWord::parse))
            });
            Ok(says.optional()? == Some(ConsentWord::OptOut))
        };
        self.readers.run("opted_out", read).await
    }

    async fn consent_of(
        &self,
        account: &AccountId,
        contact: &ContactId,
        limit: usize,
    ) -> Result<Vec<ConsentEntry>, Unavailable> {
        let (account, contact) = (account.clone(), contact.clone());
        let read = move |db: &Connection| {
            let limit = signed(limit as u64);
            db.prepare_cached(OF_CONTACT)?
                .query_map(params![account.as_str(), contact.as_str(), limit], entry)?
                .collect()
        };
        self.readers.run("consent_of", read).await
    }

    async fn doubtful(
        &self,
        account: &AccountId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Flagged>, Unavailable> {
        let account = account.clone();
        let read = move |db: &Connection| {
            let (before, limit) = (before.map_or(i64::MAX, signed), signed(limit as u64));
            db.prepare_cached(DOUBTFUL)?
                .query_map(params![account.as_str(), before, limit], |row| {
                    let place = row.get::<_, i64>(8)?.unsigned_abs();
                    Ok(Flagged { place, entry: entry(row)? })
                })?
                .collect()
        };
        self.readers.run("doubtful", read).await
    }
}

fn record(db: &Connection, entry: &ConsentEntry) -> Result<()> {
    let (message, code, words) = match &entry.evidence {
        Evidence::Message(message) => (Some(message.as_str()), None, None),
        Evidence::Provider { message, code } => (Some(message.as_str()), Some(code), None),
        Evidence::Operator(words) => (None, None, Some(words)),
    };
    db.prepare_cached(RECORD)?.execute(params![
        entry.account.as_str(),
        entry.contact.as_str(),
        entry.channel.as_str(),
        entry.says.as_str(),
        entry.at.0,
        message,
        code,
        words,
        entry.says.decides(),
    ])?;
    Ok(())
}

fn entry(row: &Row) -> Result<ConsentEntry> {
    let message = parsed_option(row, 5, MessageId::parse)?;
    let (code, words): (Option<String>, Option<String>) = (row.get(6)?, row.get(7)?);
    let evidence = match (message, code) {
        (Some(message), Some(code)) => Evidence::Provider { message, code },
        (Some(message), None) => Evidence::Message(message),
        (None, _) => Evidence::Operator(words.unwrap_or_default()),
    };
    Ok(ConsentEntry {
        account: parsed(row, 0, AccountId::parse)?,
        contact: parsed(row, 1, ContactId::parse)?,
        channel: parsed(row, 2, ChannelId::parse)?,
        says: parsed(row, 3, word(ConsentWord::parse))?,
        at: Timestamp(row.get(4)?),
        evidence,
    })
}
