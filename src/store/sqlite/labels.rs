use actors::domain::{AccountId, ContactStatus, ContactStatusId, LabelId, Tag, TagId};
use actors::ports::{Labels, PutError, Unavailable};
use rusqlite::{Connection, OptionalExtension, Params, Result, Row, params};

use super::Sqlite;
use super::columns::{parsed, signed};

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

const DROP_TAG: &str = "DELETE FROM tags WHERE id = ?1 AND account = ?2";
const DROP_STATUS: &str = "DELETE FROM statuses WHERE id = ?1 AND account = ?2";
const RETIRE: &str = "\
    INSERT INTO retired_labels (kind, id, account) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
pub const IS_RETIRED: &str = "SELECT 1 FROM retired_labels WHERE kind = ?1 AND id = ?2";
const RETIRED: &str = "SELECT kind, id, account FROM retired_labels LIMIT ?1";
const FORGET: &str = "DELETE FROM retired_labels WHERE kind = ?1 AND id = ?2";

const OF_TAG: &str = "tag";
const OF_STATUS: &str = "status";

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
            put(db, OF_TAG, (TAG_TAKEN, names), (PUT_TAG, row))
        };
        self.writer.run("putting", work).await
    }

    async fn put_contact_status(&self, status: &ContactStatus) -> Result<(), PutError> {
        let ContactStatus { id, account, name, color, order } = status.clone();
        let work = move |db: &Connection| {
            let names = [account.as_str(), &name, id.as_str()];
            let row = params![id.as_str(), account.as_str(), name, color, order];
            put(db, OF_STATUS, (STATUS_TAKEN, names), (PUT_STATUS, row))
        };
        self.writer.run("putting", work).await
    }

    async fn retire_label(
        &self,
        account: &AccountId,
        label: &LabelId,
    ) -> Result<bool, Unavailable> {
        let (account, label) = (account.clone(), label.clone());
        let work = move |db: &Connection| {
            let (kind, id) = spelled(&label);
            let drop = if kind == OF_TAG { DROP_TAG } else { DROP_STATUS };
            if db.prepare_cached(drop)?.execute([id, account.as_str()])? == 0 {
                return Ok(false);
            }
            db.prepare_cached(RETIRE)?.execute([kind, id, account.as_str()])?;
            Ok(true)
        };
        self.writer.run("retiring a label", move |db| work(db).map_err(failed)).await
    }

    async fn retired_labels(&self, limit: usize) -> Result<Vec<(AccountId, LabelId)>, Unavailable> {
        let limit = signed(limit as u64);
        let read = move |db: &Connection| {
            db.prepare_cached(RETIRED)?.query_map([limit], retired)?.collect()
        };
        self.readers.run("retired_labels", read).await
    }

    async fn forget_label(&self, label: &LabelId) -> Result<(), Unavailable> {
        let label = label.clone();
        let work = move |db: &Connection| {
            let (kind, id) = spelled(&label);
            db.prepare_cached(FORGET)?.execute([kind, id])
        };
        self.writer.run("forgetting a label", move |db| work(db).map(drop).map_err(failed)).await
    }
}

fn failed(error: rusqlite::Error) -> Unavailable {
    Unavailable::new("putting", error)
}

fn spelled(label: &LabelId) -> (&'static str, &str) {
    match label {
        LabelId::Tag(id) => (OF_TAG, id.as_str()),
        LabelId::Status(id) => (OF_STATUS, id.as_str()),
    }
}

fn retired(row: &Row) -> Result<(AccountId, LabelId)> {
    let kind: String = row.get(0)?;
    let label = match kind.as_str() {
        OF_TAG => LabelId::Tag(parsed(row, 1, TagId::parse)?),
        _ => LabelId::Status(parsed(row, 1, ContactStatusId::parse)?),
    };
    Ok((parsed(row, 2, AccountId::parse)?, label))
}

fn put(
    db: &Connection,
    kind: &str,
    (taken, names): (&str, [&str; 3]),
    (upsert, row): (&str, impl Params),
) -> Result<(), PutError> {
    let [_, _, id] = names;
    let is_retired =
        db.prepare_cached(IS_RETIRED).and_then(|mut retired| retired.exists([kind, id]));
    if is_retired.map_err(failed)? {
        return Err(PutError::Taken);
    }
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
