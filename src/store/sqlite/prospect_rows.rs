//! What teams keep about contacts between the domain and its rows, and the statements for it.
use actors::domain::{
    AccountId, ContactId, ContactStatusId, ContextPatch, ProspectContext, TagId, Timestamp, UserId,
    Valuation,
};
use actors::ports::Unspread;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

use super::columns::{number, parsed, parsed_option, signed, texts, texts_column};

pub const CONTEXT: &str = "\
    SELECT contact, account, notes, valuation, tags, status, assignee, done, version, \
        ordered_open, ordered_assignee \
    FROM prospects WHERE contact = ?1";

pub const UNSPREAD: &str = "\
    SELECT contact, account, notes, valuation, tags, status, assignee, done, version, \
        ordered_open, ordered_assignee \
    FROM prospects WHERE unspread_since IS NOT NULL AND unspread_since < ?1 \
    ORDER BY unspread_since, contact LIMIT ?2";

pub const SPREAD: &str = "\
    UPDATE prospects SET unspread_since = NULL, ordered_open = NULL, ordered_assignee = NULL \
    WHERE contact = ?1 AND version = ?2";

const WRITE: &str = "\
    INSERT INTO prospects (contact, account, notes, valuation, tags, status, assignee, done, \
        version, unspread_since, ordered_open, ordered_assignee) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) \
    ON CONFLICT (contact) DO UPDATE SET notes = ?3, valuation = ?4, tags = ?5, status = ?6, \
        assignee = ?7, done = ?8, version = ?9, unspread_since = ?10, ordered_open = ?11, \
        ordered_assignee = ?12";

const PUT_ON: &str = "\
    INSERT INTO prospect_tags (account, tag, contact) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
const TAKE_OFF: &str = "DELETE FROM prospect_tags WHERE account = ?1 AND tag = ?2 AND contact = ?3";

/// The first of nine columns in the order of [`CONTEXT`].
pub fn context(row: &Row, first: usize) -> Result<ProspectContext> {
    Ok(ProspectContext {
        contact: parsed(row, first, ContactId::parse)?,
        account: parsed(row, first + 1, AccountId::parse)?,
        notes: row.get(first + 2)?,
        valuation: valuation(row, first + 3)?,
        tags: texts(row, first + 4, TagId::parse)?,
        status: parsed_option(row, first + 5, ContactStatusId::parse)?,
        assignee: parsed_option(row, first + 6, UserId::parse)?,
        done: row.get(first + 7)?,
        version: number(row, first + 8)?,
    })
}

fn valuation(row: &Row, column: usize) -> Result<Option<Valuation>> {
    let amount: Option<f64> = row.get(column)?;
    let broken =
        |error| rusqlite::Error::FromSqlConversionFailure(column, Type::Real, Box::new(error));
    amount.map(|amount| Valuation::of(amount).map_err(broken)).transpose()
}

pub fn unspread(row: &Row) -> Result<Unspread> {
    let nobody = |text: &str| match text {
        "" => Ok(None),
        user => UserId::parse(user).map(Some),
    };
    Ok(Unspread {
        context: context(row, 0)?,
        is_open: row.get(9)?,
        assignee: parsed_option(row, 10, nobody)?,
    })
}

pub fn one(db: &Connection, contact: &ContactId) -> Result<Option<Unspread>> {
    db.prepare_cached(CONTEXT)?.query_row([contact.as_str()], unspread).optional()
}

/// Carries out a patch where nobody else writes.
pub fn patch(
    db: &Connection,
    account: &AccountId,
    contact: &ContactId,
    patch: &ContextPatch,
    now: Timestamp,
) -> Result<Unspread> {
    let before = one(db, contact)?.unwrap_or_else(|| Unspread {
        context: ProspectContext::empty(account.clone(), contact.clone()),
        is_open: None,
        assignee: None,
    });
    let context = before.context.patched(patch);
    if context.version == before.context.version {
        return Ok(before);
    }
    let after = Unspread {
        is_open: patch.done.map(|done| !done).or(before.is_open),
        assignee: patch.assignee.clone().or(before.assignee),
        context,
    };
    write(db, &after, now)?;
    index_tags(db, &before.context, &after.context)?;
    Ok(after)
}

fn write(db: &Connection, unspread: &Unspread, now: Timestamp) -> Result<()> {
    let Unspread { context, is_open, assignee } = unspread;
    db.prepare_cached(WRITE)?.execute(params![
        context.contact.as_str(),
        context.account.as_str(),
        context.notes,
        context.valuation.map(Valuation::amount),
        texts_column(context.tags.iter().map(TagId::as_str)),
        context.status.as_ref().map(ContactStatusId::as_str),
        context.assignee.as_ref().map(UserId::as_str),
        context.done,
        signed(context.version),
        now.0,
        is_open,
        assignee.as_ref().map(|user| user.as_ref().map_or("", UserId::as_str)),
    ])?;
    Ok(())
}

fn index_tags(db: &Connection, before: &ProspectContext, after: &ProspectContext) -> Result<()> {
    let row = |tag: &TagId| [after.account.to_string(), tag.to_string(), after.contact.to_string()];
    for tag in before.tags.iter().filter(|tag| !after.tags.contains(tag)) {
        db.prepare_cached(TAKE_OFF)?.execute(row(tag))?;
    }
    for tag in after.tags.iter().filter(|tag| !before.tags.contains(tag)) {
        db.prepare_cached(PUT_ON)?.execute(row(tag))?;
    }
    Ok(())
}
