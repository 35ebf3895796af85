use actors::domain::{MessageId, Timestamp};
use actors::ports::{Hops, KeptHop, Unavailable};
use rusqlite::{Connection, Result, Row, params};

use super::Sqlite;
use super::columns::{json, message_id, signed, timestamp};

const KEEP: &str = "INSERT INTO hops (message, at, hop, details) VALUES (?1, ?2, ?3, ?4)";

pub const OF_MESSAGE: &str = "\
    SELECT message, at, hop, details FROM hops WHERE message = ?1 ORDER BY age LIMIT ?2";

/// Rows forgotten in one go, so that the writer is never kept from commits for long.
const FORGET_AT_ONCE: i64 = 2_000;

const FORGET: &str = "\
    DELETE FROM hops WHERE age IN (SELECT age FROM hops ORDER BY age LIMIT ?2) AND at < ?1";

const DURING: &str = "keeping hops";

fn failed(error: rusqlite::Error) -> Unavailable {
    Unavailable::new(DURING, error)
}

#[async_trait::async_trait]
impl Hops for Sqlite {
    async fn keep_hops(&self, hops: &[KeptHop]) -> Result<(), Unavailable> {
        let hops = hops.to_vec();
        let work = move |db: &Connection| keep(db, &hops).map_err(failed);
        self.writer.run(DURING, work).await
    }

    async fn hops_of(
        &self,
        message: &MessageId,
        limit: usize,
    ) -> Result<Vec<KeptHop>, Unavailable> {
        let (message, limit) = (message.clone(), signed(limit as u64));
        let read = move |db: &Connection| {
            let of = params![message.as_str(), limit];
            db.prepare_cached(OF_MESSAGE)?.query_map(of, hop)?.collect()
        };
        self.readers.run("hops_of", read).await
    }

    async fn forget_hops(&self, when: Timestamp) -> Result<(), Unavailable> {
        loop {
            let work = move |db: &Connection| {
                let forget = |sql| db.prepare_cached(sql)?.execute([when.0, FORGET_AT_ONCE]);
                forget(FORGET).map_err(failed)
            };
            if self.writer.run(DURING, work).await? < FORGET_AT_ONCE as usize {
                return Ok(());
            }
        }
    }
}

fn keep(db: &Connection, hops: &[KeptHop]) -> Result<()> {
    let mut keep = db.prepare_cached(KEEP)?;
    for hop in hops {
        let details = hop.details.as_str();
        keep.execute(params![hop.message.as_str(), hop.at.0, hop.hop, details])?;
    }
    Ok(())
}

fn hop(row: &Row) -> Result<KeptHop> {
    Ok(KeptHop {
        message: message_id(row, 0)?,
        at: timestamp(row, 1)?,
        hop: row.get(2)?,
        details: json(row, 3)?,
    })
}
