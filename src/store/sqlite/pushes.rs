use actors::domain::{
    ConversationId, MessageId, Position, PushDecision, PushReason, PushState, Timestamp, UserId,
};
use actors::ports::{DuePush, PushLog, Unavailable};
use rusqlite::{Connection, Result, Row, params};

use super::Sqlite;
use super::columns::{
    message_id, parsed, position, signed, texts, texts_column, timestamp, user_id, word,
};

const KEEP: &str = "\
    INSERT INTO pushes \
    (message, user, conversation, reason, at, decided_at, due_at, attempts, reached) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, 0, '[]') ON CONFLICT DO NOTHING";

/// Never back: what was decided stays decided.
const ADVANCE: &str = "UPDATE push_cursor SET position = max(position, ?1)";

const CURSOR: &str = "SELECT position FROM push_cursor";

pub const DUE: &str = "\
    SELECT message, user, conversation, decided_at, attempts, called_at, reached FROM pushes \
    WHERE due_at <= ?1 ORDER BY due_at, age LIMIT ?2";

pub const CALLING: &str = "\
    UPDATE pushes SET called_at = ?3, attempts = attempts + 1 WHERE message = ?1 AND user = ?2";

const PUT_OFF: &str = "\
    UPDATE pushes SET called_at = NULL, due_at = ?3, reached = ?4 \
    WHERE message = ?1 AND user = ?2 AND due_at IS NOT NULL";

const SETTLE: &str = "\
    UPDATE pushes SET reason = ?3, at = ?4, due_at = NULL \
    WHERE message = ?1 AND user = ?2 AND due_at IS NOT NULL";

pub const OF_MESSAGE: &str = "\
    SELECT message, user, conversation, reason, at FROM pushes WHERE message = ?1 ORDER BY user";

/// Rows forgotten in one go, so that the writer is never kept from commits for long.
const FORGET_AT_ONCE: i64 = 2_000;

const FORGET: &str = "\
    DELETE FROM pushes WHERE age IN (SELECT age FROM pushes ORDER BY age LIMIT ?2) \
    AND decided_at < ?1 AND due_at IS NULL";

const DURING: &str = "keeping pushes";

fn failed(error: rusqlite::Error) -> Unavailable {
    Unavailable::new(DURING, error)
}

#[async_trait::async_trait]
impl PushLog for Sqlite {
    async fn keep_push_decisions(
        &self,
        decisions: &[PushDecision],
        due: Timestamp,
        up_to: Option<Position>,
    ) -> Result<(), Unavailable> {
        let decisions = decisions.to_vec();
        let work = move |db: &Connection| keep(db, &decisions, due, up_to).map_err(failed);
        self.writer.run(DURING, work).await
    }

    async fn push_decided_up_to(&self) -> Result<Position, Unavailable> {
        let read =
            |db: &Connection| db.prepare_cached(CURSOR)?.query_row([], |row| position(row, 0));
        self.readers.run("push_decided_up_to", read).await
    }

    async fn pushes_due(&self, now: Timestamp, limit: usize) -> Result<Vec<DuePush>, Unavailable> {
        let limit = signed(limit as u64);
        let read = move |db: &Connection| {
            db.prepare_cached(DUE)?.query_map([now.0, limit], due)?.collect()
        };
        self.readers.run("pushes_due", read).await
    }

    async fn pushing(
        &self,
        pushes: &[(MessageId, UserId)],
        now: Timestamp,
    ) -> Result<(), Unavailable> {
        let pushes = pushes.to_vec();
        let work = move |db: &Connection| {
            let mut calling = db.prepare_cached(CALLING).map_err(failed)?;
            for (message, user) in &pushes {
                calling.execute(params![message.as_str(), user.as_str(), now.0]).map_err(failed)?;
            }
            Ok(())
        };
        self.writer.run(DURING, work).await
    }

    async fn put_push_off(
        &self,
        (message, user): &(MessageId, UserId),
        until: Timestamp,
        reached: &[String],
    ) -> Result<(), Unavailable> {
        let (message, user) = (message.clone(), user.clone());
        let reached = texts_column(reached.iter().map(String::as_str));
        let work = move |db: &Connection| {
            let row = params![message.as_str(), user.as_str(), until.0, reached];
            db.prepare_cached(PUT_OFF)
                .and_then(|mut put| put.execute(row))
                .map(|_| ())
                .map_err(failed)
        };
        self.writer.run(DURING, work).await
    }

    async fn settle_push(
        &self,
        (message, user): &(MessageId, UserId),
        reason: PushReason,
        now: Timestamp,
    ) -> Result<(), Unavailable> {
        let (message, user) = (message.clone(), user.clone());
        let work = move |db: &Connection| {
            let row = params![message.as_str(), user.as_str(), reason.as_str(), now.0];
            db.prepare_cached(SETTLE)
                .and_then(|mut settle| settle.execute(row))
                .map(|_| ())
                .map_err(failed)
        };
        self.writer.run(DURING, work).await
    }

    async fn pushes_of(&self, message: &MessageId) -> Result<Vec<PushDecision>, Unavailable> {
        let message = message.clone();
        let read = move |db: &Connection| {
            db.prepare_cached(OF_MESSAGE)?.query_map([message.as_str()], decision)?.collect()
        };
        self.readers.run("pushes_of", read).await
    }

    async fn forget_pushes(&self, when: Timestamp) -> Result<(), Unavailable> {
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

fn keep(
    db: &Connection,
    decisions: &[PushDecision],
    due: Timestamp,
    up_to: Option<Position>,
) -> Result<()> {
    let mut keep = db.prepare_cached(KEEP)?;
    for decision in decisions {
        let due = (decision.reason.state() == PushState::Due).then_some(due.0);
        keep.execute(params![
            decision.message.as_str(),
            decision.user.as_str(),
            decision.conversation.as_str(),
            decision.reason.as_str(),
            decision.at.0,
            due,
        ])?;
    }
    if let Some(position) = up_to {
        db.prepare_cached(ADVANCE)?.execute([signed(position.0)])?;
    }
    Ok(())
}

fn due(row: &Row) -> Result<DuePush> {
    Ok(DuePush {
        message: message_id(row, 0)?,
        user: user_id(row, 1)?,
        conversation: parsed(row, 2, ConversationId::parse)?,
        decided_at: timestamp(row, 3)?,
        attempts: row.get(4)?,
        called_at: row.get::<_, Option<i64>>(5)?.map(Timestamp),
        reached: texts(row, 6, |text| Ok::<_, std::convert::Infallible>(text.to_owned()))?,
    })
}

fn decision(row: &Row) -> Result<PushDecision> {
    Ok(PushDecision {
        message: message_id(row, 0)?,
        user: user_id(row, 1)?,
        conversation: parsed(row, 2, ConversationId::parse)?,
        reason: parsed(row, 3, word(PushReason::parse))?,
        at: timestamp(row, 4)?,
    })
}
