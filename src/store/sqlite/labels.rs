use actors::domain::{AccountId, ContactStatus, ContactStatusId, Tag, TagId};
use actors::ports::{Labels, PutError, Unavailable};
use rusqlite::{Connection, OptionalExtension, Params, Result, Row, params};

use super::Sqlite;
use super::columns::parsed;

pub const TAG: &str = "SELECT id, account, name, color FROM tags WHERE id = ?1";
pub const TAGS: &str = "SELECT id, account, name, color FROM tags WHERE account = ?1 ORDER BY name";
pub const TAG_TAKEN: &str = "SELECT id FROM tags WHERE account = ?1 AND name = ?2 AND id <> ?3";
const PUT_TAG: &str = "\
    INSERT INTO tags (id, account, name, color) VALUES (?1, ?2, ?3, ?4) \
    ON CONFLICT (id) DO UPDATE SET name = ?3, color = ?4 WHERE account = ?2";

pub const STATUS: &str = "SELECT id, account, name, color, place FROM statuses WHERE id = ?1";
pub const STATUSES: &str = "\
    SELECT id, account, name, color, place FROM statuses WHERE account = ?1 ORDER BY place, name";
pub const STATUS_TAKEN: &str =
    "SELECT id FROM statuses WHERE account = ?1 AND name = ?2 AND id <> ?3";
const PUT_STATUS: &str = "\
    INSERT INTO statuses (id, account, name, color, place) VALUES (?1, ?2, ?3, ?4, ?5) \
    ON CONFLICT (id) DO UPDATE SET name = ?3, color = ?4, place = ?5 WHERE account = ?2";

#[async_trait::async_trait]
impl Labels for Sqlite {
    async fn tag(&self, id: &TagId) -> Result<Option<Tag>, Unavailable> {
        let id = id.clone();
        let read =
            move |db: &Connection| db.prepare_cached(TAG)?.query_row([id.as_str()], tag).optional();
        self.readers.run("tag", read).await
    }

    async fn contact_status(
        &self,
        id: &ContactStatusId,
    ) -> Result<Option<ContactStatus>, Unavailable> {
        let id = id.clone();
        let read = move |db: &Connection| {
            db.prepare_cached(STATUS)?.query_row([id.as_str()], status).optional()
        };
        self.readers.run("contact_status", read).await
    }

    async fn tags(&self, account: &AccountId) -> Result<Vec<Tag>, Unavailable> {
        let account = account.clone();
        let read = move |db: &Connection| {
            db.prepare_cached(TAGS)?.query_map([account.as_str()], tag)?.collect()
        };
        self.readers.run("tags", read).await
    }

    async fn contact_statuses(
        &self,
        account: &AccountId,
    ) -> Result<Vec<ContactStatus>, Unavailable> {
        let account = account.clone();
        let read = move |db: &Connection| {
            db.prepare_cached(STATUSES)?.query_map([account.as_str()], status)?.collect()
        };
        self.readers.run("contact_statuses", read).await
    }

    async fn put_tag(&self, tag: &Tag) -> Result<(), PutError> {
        let Tag { id, account, name, color } = tag.clone();
        let work = move |db: &Connection| {
            let names = [account.as_str(), &name, id.as_str()];
            let row = params![id.as_str(), account.as_str(), name, color];
            put(db, (TAG_TAKEN, names), (PUT_TAG, row))
        };
        self.writer.run("putting", work).await
    }

    async fn put_contact_status(&self, status: &ContactStatus) -> Result<(), PutError> {
        let ContactStatus { id, account, name, color, order } = status.clone();
        let work = move |db: &Connection| {
            let names = [account.as_str(), &name, id.as_str()];
            let row = params![id.as_str(), account.as_str(), name, color, order];
            put(db, (STATUS_TAKEN, names), (PUT_STATUS, row))
        };
        self.writer.run("putting", work).await
    }
}

fn put(
    db: &Connection,
    (taken, names): (&str, [&str; 3]),
    (upsert, row): (&str, impl Params),
) -> Result<(), PutError> {
    let failed = |error| Unavailable::new("putting", error);
    if db.prepare_cached(taken).and_then(|mut taken| taken.exists(names)).map_err(failed)? {
        return Err(PutError::Taken);
    }
    let rows = db.prepare_cached(upsert).and_then(|mut put| put.execute(row)).map_err(failed)?;
    if rows == 0 { Err(PutError::OtherAccount) } else { Ok(()) }
}

pub(super) fn tag(row: &Row) -> Result<Tag> {
    Ok(Tag {
        id: parsed(row, 0, TagId::parse)?,
        account: parsed(row, 1, AccountId::parse)?,
        name: row.get(2)?,
        color: row.get(3)?,
    })
}

pub(super) fn status(row: &Row) -> Result<ContactStatus> {
    Ok(ContactStatus {
        id: parsed(row, 0, ContactStatusId::parse)?,
        account: parsed(row, 1, AccountId::parse)?,
        name: row.get(2)?,
        color: row.get(3)?,
        order: row.get(4)?,
    })
}
