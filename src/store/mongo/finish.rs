//! What follows a commit: other documents, written from what the commit kept. Whoever finds it
//! unfinished carries it out, at the same time as others or long after it was done; nothing here
//! changes anything the second time.
use actors::domain::{Conversation, Status};
use actors::ports::Unavailable;
use bson::oid::ObjectId;
use bson::{Bson, Document, doc};

use super::ask::{DUPLICATE, Failure, ask, find_all};
use super::bulk::Update;
use super::collections::{COMMUNICATIONS, CONVERSATIONS, INBOX, LOG, OUTBOX, PLACEMENTS};
use super::fields::{field, list, optional_integer};
use super::message_document::{OURS, dotted};
use super::pending::Pending;
use super::{Mongo, ids, inbox_row, outbox, placement};

/// Times the positions of one commit are taken anew. Each time somebody gave them away because
/// this took seconds.
const RETAKES: usize = 8;

impl Mongo {
    /// Writes out what follows the commit that made `next`. What is written last is what people
    /// are told, so that whatever they look up then is there. `None`: somebody else goes on with it.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: it stays pending.
    pub(super) async fn finish(
        &self,
        next: &Conversation,
        mut pending: Pending,
    ) -> Result<Option<Pending>, Unavailable> {
        for _ in 0..RETAKES {
            self.write_messages(next, &pending).await?;
            self.reached(super::Step::MessagesWritten).await?;
            if let Some(renumbering) = &pending.renumbering {
                self.renumber(&next.id, renumbering).await?;
            }
            tokio::try_join!(
                self.write_placements(&pending),
                self.write_outbox(&pending),
                self.write_statuses(&pending),
                self.write_inbox(next),
            )?;
            self.reached(super::Step::PlacesWritten).await?;
            let Some(lost) = self.write_log(&pending).await? else {
                self.reached(super::Step::LogWritten).await?;
                return Ok(Some(pending));
            };
            match self.retake(next, &pending, lost).await? {
                Some(moved) => pending = moved,
                None => return Ok(None),
            }
        }
        Err(Unavailable::new("committing", "positions were given away again and again"))
    }

    /// Marks a commit as written out.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: somebody will find it and carry it out again.
    pub(super) async fn clear(&self, conversation: &Bson, id: ObjectId) -> Result<(), Unavailable> {
        let pending = doc! { "_id": conversation, "pending.id": id };
        let done = doc! { "$unset": { "pending": "" } };
        let conversations = self.collection(CONVERSATIONS);
        ask("committing", conversations.update_one(pending, done)).await.map(drop)
    }

    async fn write_messages(
        &self,
        next: &Conversation,
        pending: &Pending,
    ) -> Result<(), Unavailable> {
        let here = Bson::Array(vec![ids::id(next.id.as_str())]);
        let fresh = pending.messages.iter().map(|message| insert(message, &here)).collect();
        let known = self.update_all("committing", COMMUNICATIONS, fresh).await?;
        if known == 0 {
            return Ok(());
        }
        // Some were put before, or were written by whoever began with this.
        let fix = pending.messages.iter().map(fix).collect();
        self.update_all("committing", COMMUNICATIONS, fix).await?;
        let emit = pending.messages.iter().map(|message| emit(message, &here)).collect();
        self.update_all("committing", COMMUNICATIONS, emit).await.map(drop)
    }

    async fn write_placements(&self, pending: &Pending) -> Result<(), Unavailable> {
        let all = pending.placements.iter().cloned().map(placement::writing).collect();
        self.update_all("committing", PLACEMENTS, all).await.map(drop)
    }

    async fn write_outbox(&self, pending: &Pending) -> Result<(), Unavailable> {
        let all = pending.outbox.iter().cloned().map(outbox::entering).collect();
        self.update_all("committing", OUTBOX, all).await.map(drop)
    }

    async fn write_statuses(&self, pending: &Pending) -> Result<(), Unavailable> {
        let all =
            pending.statuses.iter().filter_map(|status| move_on(status, self.now())).collect();
        self.update_all("committing", COMMUNICATIONS, all).await.map(drop)
    }

    async fn write_inbox(&self, next: &Conversation) -> Result<(), Unavailable> {
        self.update_all("committing", INBOX, inbox_row::writing(next)).await.map(drop)
    }

    /// One entry after the other. `Some`: from this one on, the positions are another's or void.
    async fn write_log(&self, pending: &Pending) -> Result<Option<usize>, Unavailable> {
        let mut written = 0;
        while written < pending.log.len() {
            let rest = &pending.log[written..];
            written += self.append(rest).await?;
            let Some(entry) = pending.log.get(written) else { break };
            if !self.is_written(entry).await? {
                return Ok(Some(written));
            }
            written += 1;
        }
        Ok(None)
    }

    /// How many entries were written, up to the first whose position is taken.
    async fn append(&self, entries: &[Document]) -> Result<usize, Unavailable> {
        let command = doc! {
            "insert": LOG,
            "documents": entries.to_vec(),
            "ordered": true,
            "writeConcern": self.durability.concern(),
        };
        let answer = ask("committing", self.database.run_command(command)).await?;
        let failed = |failure| Unavailable::new("committing", failure);
        if answer.contains_key("writeConcernError") {
            return Err(failed(Failure::NotAcknowledged));
        }
        let Some(error) = list(&answer, "writeErrors")?.first() else { return Ok(entries.len()) };
        let number =
            |key| error.as_document().and_then(|e| optional_integer(e, key).ok().flatten());
        match (number("code"), number("index").and_then(|index| usize::try_from(index).ok())) {
            (Some(code), Some(index)) if code == i64::from(DUPLICATE) => Ok(index),
            (Some(code), _) => {
                Err(failed(Failure::Refused(i32::try_from(code).unwrap_or_default())))
            }
            (None, _) => Err(failed(Failure::Senseless)),
        }
    }

    /// Whether what stands at its position is this very entry.
    async fn is_written(&self, entry: &Document) -> Result<bool, Unavailable> {
        let filter = doc! { "_id": entry.get("_id") };
        let there = find_all("committing", &self.collection(LOG), filter, doc! {}, 1).await?;
        let same = |key| there.first().map(|there| there.get(key)) == Some(entry.get(key));
        // The version says which commit of a conversation it was.
        Ok(same("conversation") && same("version"))
    }

    /// Takes positions anew for what is not in the log yet. `None`: somebody else did.
    async fn retake(
        &self,
        next: &Conversation,
        pending: &Pending,
        lost: usize,
    ) -> Result<Option<Pending>, Unavailable> {
        let taken = self.positions.take(pending.positions.len() - lost).await?;
        let fresh = [&pending.positions[..lost], &taken.positions].concat();
        let moved = pending.at(&fresh);
        let still = doc! { "_id": ids::id(next.id.as_str()), "pending.id": pending.id };
        let last = moved.positions.last().copied().unwrap_or_default();
        let move_on = doc! { "$set": { "pending": moved.document(), "last_position": last } };
        let conversations = self.collection(CONVERSATIONS);
        let outcome = ask("committing", conversations.update_one(still, move_on)).await?;
        if outcome.matched_count == 0 {
            self.give_back(taken).await;
            return Ok(None);
        }
        // Whoever publishes takes them off the watermark.
        taken.used();
        Ok(Some(moved))
    }
}

/// A message of ours that stands nowhere else.
fn insert(message: &Document, here: &Bson) -> Update {
    let mut document = inner(message, "content");
    let mut ours = inner(message, "beside");
    ours.extend(doc! {
        "fixed": true, "emitted": true, "dated": false, "addressed": [], "put_at": Bson::Null,
    });
    document.insert("account_id", message.get("account_id"));
    document.insert("conversation_id", here.clone());
    document.insert(OURS, ours);
    let filter = doc! { "_id": message.get("_id") };
    Update { filter, change: doc! { "$setOnInsert": document }, upsert: true }
}

/// One that was put, or that another service inserted, is what is shown from now on.
fn fix(message: &Document) -> Update {
    let mut set = inner(message, "content");
    set.extend(dotted(inner(message, "beside")));
    set.insert(format!("{OURS}.fixed"), true);
    set.insert("account_id", message.get("account_id"));
    let account = [message.get("account_id").cloned().unwrap_or(Bson::Null), Bson::Null];
    Update {
        filter: doc! {
            "_id": message.get("_id"),
            // Another service may leave the account out where there is only one.
            "account_id": { "$in": account },
            format!("{OURS}.fixed"): { "$ne": true },
        },
        change: doc! { "$set": set },
        upsert: false,
    }
}

/// It stands in all its conversations if this is the only one it names. Those that others inserted
/// say so in `conversation_id`.
fn emit(message: &Document, here: &Bson) -> Update {
    let (addressed, emitted) = (format!("{OURS}.addressed"), format!("{OURS}.emitted"));
    Update {
        filter: doc! {
            "_id": message.get("_id"),
            "account_id": message.get("account_id"),
            &emitted: { "$ne": true },
            "$or": [
                { &addressed: here },
                { &addressed: Bson::Null, "conversation_id": here },
            ],
        },
        change: doc! { "$set": { &emitted: true } },
        upsert: false,
    }
}

/// A status is joined to what is known: it never goes back, whoever comes late.
fn move_on(status: &Document, now: Bson) -> Option<Update> {
    let to = field(status, "status").and_then(Bson::as_str).and_then(Status::parse)?;
    let before: Vec<Bson> = Status::ALL
        .into_iter()
        .filter(|known| *known != to && known.join(to) == to)
        .map(|known| known.as_str().into())
        .chain([Bson::Null])
        .collect();
    Some(Update {
        filter: doc! { "_id": status.get("message"), "status": { "$in": before } },
        change: doc! { "$set": {
            "status": to.as_str(),
            "error_code": status.get("error_code"),
            "updatedAt": now,
        } },
        upsert: false,
    })
}

fn inner(document: &Document, key: &str) -> Document {
    document.get_document(key).cloned().unwrap_or_default()
}
