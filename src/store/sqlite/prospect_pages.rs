//! Contacts in the orders of teams' lists. Each list is driven by the index that narrows it most;
//! what else is asked for is looked at row by row, never at more rows than [`LOOKED_AT`].
use std::sync::Arc;

use actors::domain::{ContactId, ContactStatusId, ProspectContext, TagId};
use actors::ports::{ProspectOrder, ProspectPage, ProspectQuery, ProspectRow};
use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, OptionalExtension, Result, Row, ToSql, params, params_from_iter};

use super::columns::{parsed, signed};
use super::people_rows;
use super::prospect_rows::context;

/// Contacts looked at in one question: some ten milliseconds.
const LOOKED_AT: usize = 2_000;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, c.account, c.name, c.email, c.phone, c.image, c.details, \
             p.contact, p.account, p.notes, p.valuation, p.tags, p.status, p.assignee, p.done, \
             p.version FROM contacts c ",
            $rest
        )
    };
}

pub const ALL: &str = select!(
    "INDEXED BY contacts_by_account LEFT JOIN prospects p ON p.contact = c.id \
     WHERE c.account = ?1 AND c.id > ?2 ORDER BY c.id LIMIT ?3"
);

pub const ONE: &str = select!("LEFT JOIN prospects p ON p.contact = c.id WHERE c.id = ?1");

pub const BY_VALUATION: &str = "\
    SELECT contact FROM prospects INDEXED BY prospects_by_valuation \
    WHERE account = ?1 AND valuation IS NOT NULL AND (valuation, contact) < (?2, ?3) \
    ORDER BY valuation DESC, contact DESC LIMIT ?4";

pub const WITH_TAG: &str =
    "SELECT contact FROM prospect_tags WHERE account = ? AND tag = ? AND contact > ?";
pub const WITH_STATUS: &str = "SELECT contact FROM prospects INDEXED BY prospects_by_status \
    WHERE account = ? AND status = ? AND contact > ?";

pub fn page(db: &Connection, query: &ProspectQuery) -> Result<ProspectPage> {
    // One more tells whether any is left.
    let looked_at = if query.filter == Default::default() { query.limit } else { LOOKED_AT };
    let mut found = candidates(db, query, looked_at + 1)?;
    let mut more = found.len() > looked_at;
    found.truncate(looked_at);
    let mut rows = Vec::new();
    let mut last = None;
    let mut left = found.into_iter();
    while rows.len() < query.limit
        && let Some(row) = left.next()
    {
        last = Some(query.order.going_on_after(&row));
        if query.filter.holds(&row.context.tags, row.context.status.as_ref()) {
            rows.push(row);
        }
    }
    more |= left.next().is_some();
    Ok(ProspectPage { rows, next: last.filter(|_| more) })
}

fn candidates(db: &Connection, query: &ProspectQuery, limit: usize) -> Result<Vec<ProspectRow>> {
    let account = query.account.as_str();
    let limit = signed(limit as u64);
    let filter = &query.filter;
    let ids = match &query.order {
        ProspectOrder::Valuation { after } => {
            let (valuation, id) = match after {
                Some((valuation, id)) => (valuation.amount(), id.as_str()),
                None => (f64::INFINITY, ""),
            };
            db.prepare_cached(BY_VALUATION)?
                .query_map(params![account, valuation, id, limit], id_of)?
                .collect::<Result<Vec<_>>>()?
        }
        ProspectOrder::Id { after } => {
            let after = after.as_ref().map_or("", ContactId::as_str);
            if !filter.tags.is_empty() {
                let tags = filter.tags.iter().map(TagId::as_str);
                merged(db, WITH_TAG, account, tags, after, limit)?
            } else if !filter.statuses.is_empty() {
                let statuses = filter.statuses.iter().map(ContactStatusId::as_str);
                merged(db, WITH_STATUS, account, statuses, after, limit)?
            } else {
                let all = db
                    .prepare_cached(ALL)?
                    .query_map(params![account, after, limit], row)?
                    .collect();
                return all;
            }
        }
    };
    let mut one = db.prepare_cached(ONE)?;
    let rows = ids.iter().map(|id| one.query_row([id.as_str()], row).optional());
    // A contact's context may be there before the contact is.
    rows.filter_map(Result::transpose).collect()
}

/// The contacts of several lists, each once, in the order of ids. SQLite merges the lists and stops
/// at the limit.
fn merged<'a>(
    db: &Connection,
    list: &str,
    account: &'a str,
    labels: impl Iterator<Item = &'a str>,
    after: &'a str,
    limit: i64,
) -> Result<Vec<ContactId>> {
    let mut values: Vec<ToSqlOutput<'a>> = Vec::new();
    let mut lists = Vec::new();
    for label in labels {
        values.extend([account, label, after].map(ToSqlOutput::from));
        lists.push(list);
    }
    values.push(limit.into());
    let sql = format!("{} ORDER BY contact LIMIT ?", lists.join(" UNION "));
    let values = params_from_iter(values.iter().map(|value| value as &dyn ToSql));
    db.prepare_cached(&sql)?.query_map(values, id_of)?.collect()
}

fn id_of(row: &Row) -> Result<ContactId> {
    parsed(row, 0, ContactId::parse)
}

fn row(row: &Row) -> Result<ProspectRow> {
    let contact = people_rows::contact(row)?;
    let kept: Option<String> = row.get(7)?;
    let context = match kept {
        Some(_) => context(row, 7)?,
        None => ProspectContext::empty(contact.account.clone(), contact.id.clone()),
    };
    Ok(ProspectRow { contact: Arc::new(contact), context })
}
