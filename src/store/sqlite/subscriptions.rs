use actors::domain::{
    AccountId, Disabled, EventKind, Form, Parked, Position, Progress, SigningSecret, Subscription,
    SubscriptionId, Timestamp,
};
use actors::ports::{
    LogPage, MOST_PARKED, MOST_SUBSCRIPTIONS, Settled, Standing, SubscribeError, Subscriptions,
    Unavailable,
};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

use super::columns::{
    number, parsed, parsed_option, position, signed, texts, texts_column, timestamp, word,
};
use super::readers::in_one_picture;
use super::{Sqlite, log};

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, account, url, events, secret, active, revision, reached, attempts, due_at, \
             failing_since, last_failure, disabled_at, disabled_reason, form FROM subscriptions ",
            $rest
        )
    };
}

pub const ONE: &str = select!("WHERE id = ?1");
pub const OF_ACCOUNT: &str = select!("WHERE account = ?1 ORDER BY id LIMIT ?2");
pub const IN_FORCE: &str = select!("WHERE active = 1 AND disabled_at IS NULL ORDER BY id LIMIT ?1");
const ANY: &str = "SELECT 1 FROM subscriptions LIMIT 1";
const COUNT: &str = "SELECT count(*) FROM subscriptions WHERE account = ?1";

const PUT: &str = "\
    INSERT INTO subscriptions \
        (id, account, url, events, secret, active, revision, reached, attempts, due_at, form) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, 0, ?8, ?9) \
    ON CONFLICT (id) DO UPDATE SET url = excluded.url, events = excluded.events, \
        secret = excluded.secret, active = excluded.active, form = excluded.form, \
        revision = revision + 1, \
        attempts = 0, due_at = excluded.due_at, failing_since = NULL, last_failure = NULL, \
        disabled_at = NULL, disabled_reason = NULL";

const DROP: &str = "DELETE FROM subscriptions WHERE id = ?1";
const DROP_PARKED: &str = "DELETE FROM parked_events WHERE subscription = ?1";

const SETTLE: &str = "\
    UPDATE subscriptions SET reached = ?3, attempts = ?4, due_at = ?5, failing_since = ?6, \
        last_failure = ?7, disabled_at = ?8, disabled_reason = ?9 \
    WHERE id = ?1 AND revision = ?2";

const REWIND: &str = "\
    UPDATE subscriptions SET revision = revision + 1, reached = ?2, attempts = 0, due_at = ?3, \
        failing_since = NULL, last_failure = NULL \
    WHERE id = ?1";

const PARK: &str = "\
    INSERT INTO parked_events (subscription, position, kind, at, attempts, reason) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

const UNPARK_OLDEST: &str = "\
    DELETE FROM parked_events WHERE age IN \
        (SELECT age FROM parked_events WHERE subscription = ?1 ORDER BY age DESC LIMIT -1 OFFSET ?2)";

pub const PARKED: &str = "\
    SELECT position, kind, at, attempts, reason FROM parked_events \
    WHERE subscription = ?1 ORDER BY age DESC LIMIT ?2";

/// With a last column: whether it is of the account.
pub const LOG_OF: &str = "\
    SELECT l.position, l.conversation, l.is_new, l.to_user, l.message, l.is_status, l.at, \
        coalesce(c.account = ?4, 0) \
    FROM log l LEFT JOIN conversationprospects c ON c.id = l.conversation \
    WHERE l.position > ?1 AND l.position <= ?2 ORDER BY l.position LIMIT ?3";

/// Looks at the whole log at worst, which only a rare question of an operator does.
const FIRST_SINCE: &str = "\
    SELECT position FROM log WHERE at >= ?1 ORDER BY position LIMIT 1";
const OLDEST_AT: &str = "SELECT at FROM log ORDER BY position LIMIT 1";

fn failed(error: rusqlite::Error) -> Unavailable {
    Unavailable::new("keeping a subscription", error)
}

#[async_trait::async_trait]
impl Subscriptions for Sqlite {
    async fn subscription(&self, id: &SubscriptionId) -> Result<Option<Standing>, Unavailable> {
        let id = id.clone();
        let read = move |db: &Connection| one(db, &id);
        self.readers.run("subscription", read).await
    }

    async fn subscriptions_of(&self, account: &AccountId) -> Result<Vec<Standing>, Unavailable> {
        let account = account.clone();
        let read = move |db: &Connection| {
            let limit = signed(MOST_SUBSCRIPTIONS as u64);
            db.prepare_cached(OF_ACCOUNT)?
                .query_map(params![account.as_str(), limit], standing)?
                .collect()
        };
        self.readers.run("subscriptions_of", read).await
    }

    async fn subscriptions_in_force(&self, limit: usize) -> Result<Vec<Standing>, Unavailable> {
        let limit = signed(limit as u64);
        let read = move |db: &Connection| {
            db.prepare_cached(IN_FORCE)?.query_map([limit], standing)?.collect()
        };
        self.readers.run("subscriptions_in_force", read).await
    }

    async fn any_subscription(&self) -> Result<bool, Unavailable> {
        self.readers.run("any_subscription", |db| db.prepare_cached(ANY)?.exists([])).await
    }

    async fn put_subscription(
        &self,
        subscription: &Subscription,
        beginning: &Progress,
    ) -> Result<(), SubscribeError> {
        let (subscription, beginning) = (subscription.clone(), beginning.clone());
        let work = move |db: &Connection| put(db, &subscription, &beginning);
        self.writer.run("keeping a subscription", work).await
    }

    async fn drop_subscription(&self, id: &SubscriptionId) -> Result<bool, Unavailable> {
        let id = id.clone();
        let work = move |db: &Connection| {
            db.prepare_cached(DROP_PARKED).and_then(|mut sql| sql.execute([id.as_str()]))?;
            Ok(db.prepare_cached(DROP)?.execute([id.as_str()])? > 0)
        };
        self.writer.run("keeping a subscription", move |db| work(db).map_err(failed)).await
    }

    async fn settle(
        &self,
        id: &SubscriptionId,
        revision: u64,
        settled: &Settled,
    ) -> Result<bool, Unavailable> {
        let (id, settled) = (id.clone(), settled.clone());
        let work = move |db: &Connection| settle(db, &id, revision, &settled).map_err(failed);
        self.writer.run("keeping a subscription", work).await
    }

    async fn rewind(&self, id: &SubscriptionId, beginning: &Progress) -> Result<bool, Unavailable> {
        let (id, reached, due) = (id.clone(), signed(beginning.reached.0), beginning.due_at.0);
        let work = move |db: &Connection| {
            Ok(db.prepare_cached(REWIND)?.execute(params![id.as_str(), reached, due])? > 0)
        };
        self.writer.run("keeping a subscription", move |db| work(db).map_err(failed)).await
    }

    async fn parked(&self, id: &SubscriptionId, limit: usize) -> Result<Vec<Parked>, Unavailable> {
        let (id, limit) = (id.clone(), signed(limit as u64));
        let read = move |db: &Connection| {
            db.prepare_cached(PARKED)?.query_map(params![id.as_str(), limit], parked_row)?.collect()
        };
        self.readers.run("parked", read).await
    }

    async fn log_of(
        &self,
        account: &AccountId,
        after: Position,
        up_to: Position,
        limit: usize,
    ) -> Result<LogPage, Unavailable> {
        let account = account.clone();
        let read =
            move |db: &Connection| in_one_picture(db, |db| page(db, &account, after, up_to, limit));
        self.readers.run("log_of", read).await
    }

    async fn position_before(&self, when: Timestamp) -> Result<Option<Position>, Unavailable> {
        let read = move |db: &Connection| in_one_picture(db, |db| before(db, when));
        self.readers.run("position_before", read).await
    }
}

fn one(db: &Connection, id: &SubscriptionId) -> Result<Option<Standing>> {
    db.prepare_cached(ONE)?.query_row([id.as_str()], standing).optional()
}

fn put(
    db: &Connection,
    subscription: &Subscription,
    beginning: &Progress,
) -> std::result::Result<(), SubscribeError> {
    let known = one(db, &subscription.id).map_err(failed)?;
    match known {
        Some(known) if known.subscription.account != subscription.account => {
            return Err(SubscribeError::OtherAccount);
        }
        Some(_) => {}
        None => {
            let count = |db: &Connection| {
                let account = [subscription.account.as_str()];
                db.prepare_cached(COUNT)?.query_row(account, |row| number(row, 0))
            };
            if count(db).map_err(failed)? >= MOST_SUBSCRIPTIONS as u64 {
                return Err(SubscribeError::TooMany);
            }
        }
    }
    let row = params![
        subscription.id.as_str(),
        subscription.account.as_str(),
        subscription.url,
        texts_column(subscription.events.iter().map(|kind| kind.as_str())),
        subscription.secret.expose(),
        subscription.active,
        signed(beginning.reached.0),
        beginning.due_at.0,
        subscription.form.as_str(),
    ];
    db.prepare_cached(PUT).and_then(|mut put| put.execute(row)).map_err(failed)?;
    Ok(())
}

fn settle(db: &Connection, id: &SubscriptionId, revision: u64, settled: &Settled) -> Result<bool> {
    let Settled { progress, parked, disabled } = settled;
    let row = params![
        id.as_str(),
        signed(revision),
        signed(progress.reached.0),
        progress.attempts,
        progress.due_at.0,
        progress.failing_since.map(|since| since.0),
        progress.last_failure,
        disabled.as_ref().map(|disabled| disabled.at.0),
        disabled.as_ref().map(|disabled| &disabled.reason),
    ];
    if db.prepare_cached(SETTLE)?.execute(row)? == 0 {
        return Ok(false);
    }
    if let Some(parked) = parked {
        db.prepare_cached(PARK)?.execute(params![
            id.as_str(),
            signed(parked.position.0),
            parked.kind.map(EventKind::as_str),
            parked.at.0,
            parked.attempts,
            parked.reason,
        ])?;
        let most = signed(MOST_PARKED as u64);
        db.prepare_cached(UNPARK_OLDEST)?.execute(params![id.as_str(), most])?;
    }
    Ok(true)
}

fn page(
    db: &Connection,
    account: &AccountId,
    after: Position,
    up_to: Position,
    limit: usize,
) -> Result<LogPage> {
    let range = params![signed(after.0), signed(up_to.0), signed(limit as u64), account.as_str()];
    let mut read = 0;
    let mut last = after;
    let mut entries = Vec::new();
    let mut query = db.prepare_cached(LOG_OF)?;
    let mut rows = query.query(range)?;
    while let Some(row) = rows.next()? {
        read += 1;
        last = position(row, 0)?;
        if row.get(7)? {
            entries.push((log::entry(row)?, timestamp(row, 6)?));
        }
    }
    let reached = if read < limit { last.max(up_to) } else { last };
    Ok(LogPage { entries, reached, forgotten: after < log::floor(db)? })
}

fn before(db: &Connection, when: Timestamp) -> Result<Option<Position>> {
    let floor = log::floor(db)?;
    let oldest: Option<i64> =
        db.prepare_cached(OLDEST_AT)?.query_row([], |row| row.get(0)).optional()?;
    let whole = floor == Position(0) || oldest.is_some_and(|oldest| oldest <= when.0);
    if !whole {
        return Ok(None);
    }
    let first =
        db.prepare_cached(FIRST_SINCE)?.query_row([when.0], |row| position(row, 0)).optional()?;
    match first {
        Some(first) => Ok(Some(Position(first.0.saturating_sub(1)))),
        None => log::tail(db).map(Some),
    }
}

fn standing(row: &Row) -> Result<Standing> {
    let secret: Vec<u8> = row.get(4)?;
    let secret = SigningSecret::of(&secret).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(4, Type::Blob, Box::new(error))
    })?;
    let disabled_at: Option<i64> = row.get(12)?;
    let reason: Option<String> = row.get(13)?;
    Ok(Standing {
        subscription: Subscription {
            id: parsed(row, 0, SubscriptionId::parse)?,
            account: parsed(row, 1, AccountId::parse)?,
            url: row.get(2)?,
            events: texts(row, 3, |text| word(EventKind::parse)(text))?,
            secret,
            active: row.get(5)?,
            form: parsed(row, 14, word(Form::parse))?,
        },
        revision: number(row, 6)?,
        progress: Progress {
            reached: position(row, 7)?,
            attempts: row.get(8)?,
            due_at: timestamp(row, 9)?,
            failing_since: row.get::<_, Option<i64>>(10)?.map(Timestamp),
            last_failure: row.get(11)?,
        },
        disabled: disabled_at
            .map(|at| Disabled { at: Timestamp(at), reason: reason.unwrap_or_default() }),
    })
}

fn parked_row(row: &Row) -> Result<Parked> {
    Ok(Parked {
        position: position(row, 0)?,
        kind: parsed_option(row, 1, word(EventKind::parse))?,
        at: timestamp(row, 2)?,
        attempts: row.get(3)?,
        reason: row.get(4)?,
    })
}
