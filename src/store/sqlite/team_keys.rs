use actors::domain::{AccountId, TeamKey, TeamKeyId, Timestamp};
use actors::ports::{TeamKeys, Unavailable};
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

use super::Sqlite;
use super::columns::{parsed, texts, texts_column, timestamp};

const KEEP: &str = "\
    INSERT INTO team_keys (id, account, name, scopes, hash, created_at, revoked_at) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING";
pub const BY_HASH: &str = "\
    SELECT id, account, name, scopes, hash, created_at, revoked_at FROM team_keys WHERE hash = ?1";
const ALL: &str = "\
    SELECT id, account, name, scopes, hash, created_at, revoked_at FROM team_keys \
    ORDER BY created_at, id";
const REVOKE: &str = "UPDATE team_keys SET revoked_at = coalesce(revoked_at, ?2) WHERE id = ?1";

fn failed(error: rusqlite::Error) -> Unavailable {
    Unavailable::new("keeping a key", error)
}

#[async_trait::async_trait]
impl TeamKeys for Sqlite {
    async fn keep_team_key(&self, key: &TeamKey) -> Result<(), Unavailable> {
        let key = key.clone();
        let work = move |db: &Connection| {
            let row = params![
                key.id.as_str(),
                key.account.as_str(),
                key.name,
                texts_column(key.scopes.iter().map(String::as_str)),
                key.hash,
                key.created_at.0,
                key.revoked_at.map(|at| at.0),
            ];
            db.prepare_cached(KEEP).and_then(|mut keep| keep.execute(row)).map_err(failed)?;
            Ok(())
        };
        self.writer.run("keeping a key", work).await
    }

    async fn team_key(&self, hash: &[u8; 32]) -> Result<Option<TeamKey>, Unavailable> {
        let hash = *hash;
        let read =
            move |db: &Connection| db.prepare_cached(BY_HASH)?.query_row([hash], key).optional();
        self.readers.run("team_key", read).await
    }

    async fn team_keys(&self) -> Result<Vec<TeamKey>, Unavailable> {
        let read = |db: &Connection| db.prepare_cached(ALL)?.query_map([], key)?.collect();
        self.readers.run("team_keys", read).await
    }

    async fn revoke_team_key(&self, id: &TeamKeyId, now: Timestamp) -> Result<bool, Unavailable> {
        let id = id.clone();
        let work = move |db: &Connection| {
            let mut revoke = db.prepare_cached(REVOKE).map_err(failed)?;
            Ok(revoke.execute(params![id.as_str(), now.0]).map_err(failed)? > 0)
        };
        self.writer.run("keeping a key", work).await
    }
}

fn key(row: &Row) -> Result<TeamKey> {
    Ok(TeamKey {
        id: parsed(row, 0, TeamKeyId::parse)?,
        account: parsed(row, 1, AccountId::parse)?,
        name: row.get(2)?,
        scopes: texts(row, 3, |text| Ok::<_, rusqlite::Error>(text.to_owned()))?,
        hash: row.get(4)?,
        created_at: timestamp(row, 5)?,
        revoked_at: row.get::<_, Option<i64>>(6)?.map(Timestamp),
    })
}
