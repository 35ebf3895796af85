//! What is asked of the journal's tables, on the writer's connection or the reader's.

use actors::domain::Timestamp;
use rusqlite::{Connection, Row as SqlRow, params};

use super::{Kept, Limits, NotKept, Row, failed};
use crate::ingest::{Envelope, Raw, Source};

pub(super) fn make_sure_of_room(
    db: &Connection,
    limits: Limits,
    doubtful: bool,
) -> Result<(), NotKept> {
    let sum = |only: &str| {
        let sql = "SELECT coalesce(sum(count), 0), coalesce(sum(bytes), 0) FROM totals \
                   WHERE ?1 IN ('', state)";
        let one = |row: &SqlRow<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
        let (count, bytes) = db
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row([only], one))
            .map_err(failed("counting requests"))?;
        Ok::<_, NotKept>((count.unsigned_abs(), bytes.unsigned_abs()))
    };
    let (count, bytes) = sum("")?;
    if count >= limits.rows || bytes >= limits.bytes {
        return Err(NotKept::Full("intake journal"));
    }
    let (count, bytes) = sum("quarantined")?;
    if doubtful && (count >= limits.quarantined_rows || bytes >= limits.quarantined_bytes) {
        return Err(NotKept::Full("quarantine"));
    }
    Ok(())
}

pub(super) fn insert(
    db: &Connection,
    raw: &Raw,
    envelope: &Envelope,
    reason: Option<&str>,
    now: Timestamp,
) -> rusqlite::Result<Kept> {
    let texts = [Some(&raw.target), raw.content_type.as_ref(), raw.signature.as_ref()];
    let size = raw.body.len() + texts.into_iter().flatten().map(String::len).sum::<usize>();
    db.prepare_cached(
        "INSERT INTO intake (state, source, received_at, method, target, public_url, \
         content_type, signature, peer, body, size, reason, provider_id, sender, receiver) \
         VALUES (?1, ?2, ?3, 'POST', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?
    .execute(params![
        if reason.is_some() { "quarantined" } else { "kept" },
        raw.source.as_str(),
        now.0,
        raw.target,
        envelope.public_url,
        raw.content_type,
        raw.signature,
        raw.peer.map(|peer| peer.to_string()),
        &raw.body[..],
        size as i64,
        reason,
        envelope.provider_id,
        envelope.from,
        envelope.to,
    ])?;
    Ok(Kept(db.last_insert_rowid()))
}

pub(super) fn forget(db: &Connection, ids: &[Kept]) -> rusqlite::Result<()> {
    let mut statement = db.prepare_cached("DELETE FROM intake WHERE id = ?1 AND state = 'kept'")?;
    ids.iter().try_for_each(|id| statement.execute([id.0]).map(|_| ()))
}

pub(super) fn read_row(row: &SqlRow<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        id: Kept(row.get(0)?),
        source: Source::parse(&row.get::<_, String>(1)?),
        received_at: Timestamp(row.get(2)?),
        from: row.get(3)?,
        to: row.get(4)?,
        body: row.get::<_, Vec<u8>>(5)?.into(),
        content_type: row.get(6)?,
        provider_id: row.get(7)?,
    })
}
