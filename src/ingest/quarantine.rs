//! What could not be trusted or read: kept apart until an operator releases or discards it.

use actors::domain::Timestamp;
use actors::ports::Unavailable;
use rusqlite::{Connection, Row as SqlRow, params};

use super::journal::failed;
use super::{Journal, Kept, count};

/// What an operator sees of a quarantined request. Unverified: anybody may have written it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    pub id: Kept,
    pub source: String,
    pub reason: String,
    pub provider_id: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
    pub received_at: Timestamp,
}

impl Journal {
    /// Up to `limit` quarantined requests older than `before`, newest first.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown.
    pub async fn quarantined(
        &self,
        before: Option<Kept>,
        limit: usize,
    ) -> Result<Vec<Quarantined>, Unavailable> {
        let before = before.map_or(i64::MAX, |id| id.0);
        self.read("reading the quarantine", move |db| {
            db.prepare_cached(
                "SELECT id, source, reason, provider_id, sender, receiver, received_at \
                 FROM intake WHERE state = 'quarantined' AND id < ?1 ORDER BY id DESC LIMIT ?2",
            )?
            .query_map(params![before, limit as i64], read)?
            .collect()
        })
        .await
    }

    /// Hands a quarantined request to the feed, as if it had come in just now and its signature
    /// had been right. If the feed cannot read it, it comes back under another number.
    ///
    /// `false`: there is none of this number (any more).
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: perhaps released. To repeat it is safe: it is delivered once.
    pub async fn release(&self, id: Kept) -> Result<bool, Unavailable> {
        let during = "releasing a request";
        let tell = self.tell();
        let work = move |db: &Connection, _| release(db, id).map_err(failed(during));
        let after = move |released: &bool| {
            if *released {
                count("released");
                tell();
            }
        };
        self.writer.run_then(during, work, after).await
    }

    /// Deletes a quarantined request for good. `false`: there is none of this number (any more).
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: perhaps deleted.
    pub async fn discard(&self, id: Kept) -> Result<bool, Unavailable> {
        let during = "discarding a request";
        let sql = "DELETE FROM intake WHERE id = ?1 AND state = 'quarantined'";
        let work = move |db: &Connection| db.execute(sql, [id.0]).map_err(failed(during));
        Ok(self.writer.run(during, work).await? > 0)
    }

    /// Puts a kept request aside. It was acknowledged, so there is always room for it.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: it is where it was, or quarantined; to repeat it is safe.
    pub async fn quarantine(&self, id: Kept, reason: String) -> Result<(), Unavailable> {
        let during = "quarantining a request";
        let sql = "UPDATE intake SET state = 'quarantined', reason = ?2 \
                   WHERE id = ?1 AND state = 'kept'";
        let work =
            move |db: &Connection| db.execute(sql, params![id.0, reason]).map_err(failed(during));
        self.writer.run(during, work).await.map(|_| ())
    }
}

/// Under a new number, since the feed has passed the old one.
fn release(db: &Connection, id: Kept) -> rusqlite::Result<bool> {
    let copied = db
        .prepare_cached(
            "INSERT INTO intake (state, source, received_at, method, target, public_url, \
             content_type, signature, peer, body, size, provider_id, sender, receiver) \
             SELECT 'kept', source, received_at, method, target, public_url, content_type, \
             signature, peer, body, size, provider_id, sender, receiver \
             FROM intake WHERE id = ?1 AND state = 'quarantined'",
        )?
        .execute([id.0])?;
    if copied > 0 {
        db.prepare_cached("DELETE FROM intake WHERE id = ?1")?.execute([id.0])?;
    }
    Ok(copied > 0)
}

fn read(row: &SqlRow<'_>) -> rusqlite::Result<Quarantined> {
    Ok(Quarantined {
        id: Kept(row.get(0)?),
        source: row.get(1)?,
        reason: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
        provider_id: row.get(3)?,
        from: row.get(4)?,
        to: row.get(5)?,
        received_at: Timestamp(row.get(6)?),
    })
}
