use actors::domain::{AccountId, Position};
use actors::ports::{After, EventNumbers, Numbered, NumberedEvent, Stretch, Unavailable};
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

use super::Sqlite;
use super::columns::{number, position, signed};

pub const NUMBERED: &str = "SELECT last, reached FROM event_feeds WHERE account = ?1";

/// Nothing changes unless it stands where it is believed to stand. The first one inserts.
const GO_ON: &str = "\
    INSERT INTO event_feeds (account, last, reached) SELECT ?1, ?4, ?5 \
    WHERE EXISTS (SELECT 1 FROM event_feeds WHERE account = ?1) OR (?2 = 0 AND ?3 = 0) \
    ON CONFLICT (account) DO UPDATE SET last = ?4, reached = ?5 WHERE last = ?2 AND reached = ?3";

const NUMBER: &str = "INSERT INTO event_numbers (account, number, position) VALUES (?1, ?2, ?3)";

pub const AFTER_NUMBER: &str = "\
    SELECT number, position FROM event_numbers WHERE account = ?1 AND number > ?2 \
    ORDER BY number LIMIT ?3";

pub const AFTER_POSITION: &str = "\
    SELECT number, position FROM event_numbers WHERE account = ?1 AND position > ?2 \
    ORDER BY position LIMIT ?3";

pub const FORGET: &str = "DELETE FROM event_numbers WHERE position <= ?1";

fn failed(error: rusqlite::Error) -> Unavailable {
    Unavailable::new("numbering events", error)
}

#[async_trait::async_trait]
impl EventNumbers for Sqlite {
    async fn numbered(&self, account: &AccountId) -> Result<Numbered, Unavailable> {
        let account = account.clone();
        let read = move |db: &Connection| {
            let numbered =
                |row: &Row| Ok(Numbered { last: number(row, 0)?, reached: position(row, 1)? });
            db.prepare_cached(NUMBERED)?.query_row([account.as_str()], numbered).optional()
        };
        Ok(self.readers.run("numbered", read).await?.unwrap_or_default())
    }

    async fn number_events(
        &self,
        account: &AccountId,
        from: Numbered,
        stretch: &Stretch,
    ) -> Result<bool, Unavailable> {
        let (account, stretch) = (account.clone(), stretch.clone());
        let work = move |db: &Connection| go_on(db, &account, from, &stretch);
        self.writer.run("numbering events", move |db| work(db).map_err(failed)).await
    }

    async fn events_after(
        &self,
        account: &AccountId,
        after: After,
        limit: usize,
    ) -> Result<Vec<NumberedEvent>, Unavailable> {
        let account = account.clone();
        let (sql, after) = match after {
            After::Number(number) => (AFTER_NUMBER, number),
            After::Position(position) => (AFTER_POSITION, position.0),
        };
        let read = move |db: &Connection| {
            let event = |row: &Row| {
                Ok(NumberedEvent { number: number(row, 0)?, position: position(row, 1)? })
            };
            db.prepare_cached(sql)?
                .query_map(params![account.as_str(), signed(after), signed(limit as u64)], event)?
                .collect()
        };
        self.readers.run("events_after", read).await
    }

    async fn forget_numbers(&self, up_to: Position) -> Result<(), Unavailable> {
        let work = move |db: &Connection| db.prepare_cached(FORGET)?.execute([signed(up_to.0)]);
        self.writer.run("forgetting numbers", move |db| work(db).map(drop).map_err(failed)).await
    }
}

fn go_on(db: &Connection, account: &AccountId, from: Numbered, stretch: &Stretch) -> Result<bool> {
    let next = stretch.numbered(from);
    let step = params![
        account.as_str(),
        signed(from.last),
        signed(from.reached.0),
        signed(next.last),
        signed(next.reached.0),
    ];
    if db.prepare_cached(GO_ON)?.execute(step)? == 0 {
        return Ok(false);
    }
    let mut keep = db.prepare_cached(NUMBER)?;
    for (number, position) in (stretch.first(from)..).zip(&stretch.events) {
        keep.execute(params![account.as_str(), signed(number), signed(position.0)])?;
    }
    Ok(true)
}
