use actors::domain::{
    ConversationId, MessageId, Position, PushDecision, PushReason, PushState, Timestamp, UserId,
};
use actors::ports::{DuePush, Log, PushLog, Unavailable};
use bson::oid::ObjectId;
use bson::{Bson, Document, doc};
use mongodb::options::ReturnDocument;

use super::ask::{ask, find_all};
use super::bulk::Update;
use super::collections::{COUNTERS, PUSHES};
use super::fields::{
    Senseless, date, id, list, number, optional_timestamp, parsed_text, position, signed,
    timestamp, word,
};
use super::forget::forget_before;
use super::indexes::{Index, Only, index, partial, unique};
use super::{Mongo, ids};

/// What is not due any more has no `due_at`.
pub const INDEXES: &[Index] = &[
    unique(PUSHES, &[("message", 1), ("user", 1)]),
    // Nearly always empty.
    partial(PUSHES, &[("due_at", 1), ("_id", 1)], Only::Has("due_at")),
    index(PUSHES, &[("decided_at", 1)]),
];

/// The document that says up to where all was decided.
const CURSOR: &str = "pushes";
/// Most users of one message.
const MOST_USERS: usize = 10_000;

const DURING: &str = "keeping pushes";

#[async_trait::async_trait]
impl PushLog for Mongo {
    async fn keep_push_decisions(
        &self,
        decisions: &[PushDecision],
        due: Timestamp,
        up_to: Option<Position>,
    ) -> Result<(), Unavailable> {
        let first = |decision: &PushDecision| Update {
            filter: by_name(&decision.message, &decision.user),
            change: doc! { "$setOnInsert": document(decision, due) },
            upsert: true,
        };
        self.update_all(DURING, PUSHES, decisions.iter().map(first).collect()).await?;
        if let Some(position) = up_to {
            // Never back: what was decided stays decided.
            let advance = doc! { "$max": { "value": signed(position.0) } };
            let cursor = self.collection(COUNTERS);
            let advance = cursor.update_one(doc! { "_id": CURSOR }, advance).upsert(true);
            ask(DURING, advance).await?;
        }
        Ok(())
    }

    async fn push_decided_up_to(&self) -> Result<Position, Unavailable> {
        let cursor = self.collection(COUNTERS);
        let name = doc! { "_id": CURSOR };
        let there = ask("reading", cursor.find_one(name.clone())).await?;
        if let Some(there) = there {
            return Ok(position(&there, "value")?);
        }
        let tail = self.tail().await?;
        let begin = doc! { "$setOnInsert": { "value": signed(tail.0) } };
        let begin = cursor
            .find_one_and_update(name, begin)
            .upsert(true)
            .return_document(ReturnDocument::After);
        let there = ask(DURING, begin).await?;
        Ok(there.map_or(Ok(tail), |there| position(&there, "value"))?)
    }

    async fn pushes_due(&self, now: Timestamp, limit: usize) -> Result<Vec<DuePush>, Unavailable> {
        let filter = doc! { "due_at": { "$lte": date(now), "$exists": true } };
        let order = doc! { "due_at": 1, "_id": 1 };
        let all = find_all("reading", &self.collection(PUSHES), filter, order, limit).await?;
        Ok(all.iter().map(due_push).collect::<Result<_, _>>()?)
    }

    async fn pushing(
        &self,
        pushes: &[(MessageId, UserId)],
        now: Timestamp,
    ) -> Result<(), Unavailable> {
        let call = |(message, user): &(MessageId, UserId)| Update {
            filter: by_name(message, user),
            change: doc! { "$set": { "called_at": date(now) }, "$inc": { "attempts": 1 } },
            upsert: false,
        };
        self.update_all(DURING, PUSHES, pushes.iter().map(call).collect()).await.map(drop)
    }

    async fn put_push_off(
        &self,
        push: &(MessageId, UserId),
        until: Timestamp,
        reached: &[String],
    ) -> Result<(), Unavailable> {
        let put_off = doc! {
            "$set": { "due_at": date(until), "reached": reached },
            "$unset": { "called_at": "" },
        };
        self.change_push(push, put_off).await
    }

    async fn settle_push(
        &self,
        push: &(MessageId, UserId),
        reason: PushReason,
        now: Timestamp,
    ) -> Result<(), Unavailable> {
        let settle = doc! {
            "$set": { "reason": reason.as_str(), "at": date(now) },
            "$unset": { "due_at": "" },
        };
        self.change_push(push, settle).await
    }

    async fn pushes_of(&self, message: &MessageId) -> Result<Vec<PushDecision>, Unavailable> {
        let of = doc! { "message": ids::id(message.as_str()) };
        let (pushes, order) = (self.collection(PUSHES), doc! { "user": 1 });
        let all = find_all("reading", &pushes, of, order, MOST_USERS).await?;
        Ok(all.iter().map(decision).collect::<Result<_, _>>()?)
    }

    async fn forget_pushes(&self, when: Timestamp) -> Result<(), Unavailable> {
        let is_over = doc! { "due_at": { "$exists": false } };
        forget_before(DURING, &self.collection(PUSHES), ("decided_at", when), is_over).await
    }
}

impl Mongo {
    /// Changes one that is still due.
    async fn change_push(
        &self,
        (message, user): &(MessageId, UserId),
        change: Document,
    ) -> Result<(), Unavailable> {
        let mut due = by_name(message, user);
        due.insert("due_at", doc! { "$exists": true });
        ask(DURING, self.collection(PUSHES).update_one(due, change)).await.map(drop)
    }
}

fn by_name(message: &MessageId, user: &UserId) -> Document {
    doc! { "message": ids::id(message.as_str()), "user": ids::id(user.as_str()) }
}

/// All but the name it is found by.
fn document(decision: &PushDecision, due: Timestamp) -> Document {
    let mut document = doc! {
        // Rises as they are decided.
        "_id": ObjectId::new(),
        "conversation": ids::id(decision.conversation.as_str()),
        "reason": decision.reason.as_str(),
        "at": date(decision.at),
        "decided_at": date(decision.at),
        "attempts": 0,
        "reached": Bson::Array(Vec::new()),
    };
    if decision.reason.state() == PushState::Due {
        document.insert("due_at", date(due));
    }
    document
}

fn due_push(document: &Document) -> Result<DuePush, Senseless> {
    let reached = list(document, "reached")?.iter();
    Ok(DuePush {
        message: id(document, "message", MessageId::parse)?,
        user: id(document, "user", UserId::parse)?,
        conversation: id(document, "conversation", ConversationId::parse)?,
        decided_at: timestamp(document, "decided_at")?,
        attempts: u32::try_from(number(document, "attempts")?).map_err(|_| Senseless)?,
        called_at: optional_timestamp(document, "called_at")?,
        reached: reached
            .map(|one| one.as_str().map(str::to_owned).ok_or(Senseless))
            .collect::<Result<_, _>>()?,
    })
}

fn decision(document: &Document) -> Result<PushDecision, Senseless> {
    Ok(PushDecision {
        message: id(document, "message", MessageId::parse)?,
        user: id(document, "user", UserId::parse)?,
        conversation: id(document, "conversation", ConversationId::parse)?,
        reason: parsed_text(document, "reason", word(PushReason::parse))?.ok_or(Senseless)?,
        at: timestamp(document, "at")?,
    })
}
