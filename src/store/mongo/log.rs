use actors::domain::{
    Announcement, ConversationId, Entry, MessageId, Position, Timestamp, To, UserId,
};
use actors::ports::{Log, Unavailable};
use bson::{Document, doc};

use super::ask::{ask, find_all, find_one};
use super::collections::{COUNTERS, LOG};
use super::fields::{field, flag, id, number, optional_id, position, signed, timestamp};
use super::gaps::place;
use super::positions::COUNTER;
use super::{Mongo, fields};

/// Documents of the log read at a time.
const PAGE: usize = 1_000;
/// Where the log is read from its end to find what is settled, this far back at most. Positions that
/// were taken so long ago are in use or void.
const LOOK_BACK: i64 = 5_000;

#[async_trait::async_trait]
impl Log for Mongo {
    async fn tail(&self) -> Result<Position, Unavailable> {
        self.settle_doubtful().await?;
        let known = *self.settled.lock();
        let newest = self.newest(known).await?;
        if newest <= known {
            return Ok(domain(known));
        }
        let mut after = known.max(newest - LOOK_BACK);
        // Where the log begins nothing is missing before it.
        after = after.max(signed(self.floor().await?.0));
        loop {
            let page = self.page_after(after, PAGE).await?;
            let reached = contiguous(after, &page)?;
            let Some(next) = page.get(usize::try_from(reached - after).unwrap_or_default()) else {
                after = reached;
                if page.len() < PAGE {
                    break;
                }
                continue;
            };
            after = reached;
            if !self.settle_if_old(reached, place(next)?).await? {
                break;
            }
        }
        Ok(domain(self.settled_up_to(after)))
    }

    async fn floor(&self) -> Result<Position, Unavailable> {
        let counter = self.collection(COUNTERS);
        let counter = find_one("reading the log", &counter, doc! { "_id": COUNTER }).await?;
        Ok(counter.map_or(Ok(Position(0)), |counter| position(&counter, "floor"))?)
    }

    async fn forget_before(&self, when: Timestamp) -> Result<(), Unavailable> {
        loop {
            let floor = signed(self.floor().await?.0);
            let page = self.page_after(floor, PAGE).await?;
            let old = older(floor, &page, when)?;
            if old == floor {
                return Ok(());
            }
            // First say so: whoever reads meanwhile must not take a part for the whole.
            let raise = doc! { "$max": { "floor": old } };
            let counters = self.collection(COUNTERS);
            ask("forgetting", counters.update_one(doc! { "_id": COUNTER }, raise)).await?;
            let old = doc! { "position": { "$lte": old } };
            ask("forgetting", self.collection(LOG).delete_many(old)).await?;
            if page.len() < PAGE {
                return Ok(());
            }
        }
    }

    async fn entries_after(
        &self,
        position: Position,
        limit: usize,
    ) -> Result<Vec<Entry>, Unavailable> {
        let (mut after, mut entries) = (signed(position.0), Vec::new());
        let from_settled = after <= *self.settled.lock();
        while entries.len() < limit {
            // Void ones come between.
            let wanted = (limit - entries.len()).min(PAGE);
            let page = self.page_after(after, wanted).await?;
            let Some(first) = page.first() else { break };
            if place(first)? != after + 1 {
                // Perhaps what is missing was forgotten.
                after = after.max(signed(self.floor().await?.0));
            }
            let reached = contiguous(after, &page)?;
            for document in &page {
                let at = place(document)?;
                if at > after && at <= reached && !flag(document, "void")? {
                    entries.push(entry(document)?);
                }
            }
            let gap = page.iter().map(place).find(|at| at.as_ref().is_ok_and(|at| *at > reached));
            after = reached;
            if let Some(next) = gap
                && !self.settle_if_old(reached, next?).await?
            {
                break;
            }
        }
        if from_settled {
            self.settled_up_to(after);
        }
        Ok(entries)
    }
}

impl Mongo {
    /// Remembers that nothing comes in up to here, and says up to where that is known.
    fn settled_up_to(&self, position: i64) -> i64 {
        let mut settled = self.settled.lock();
        *settled = position.max(*settled);
        *settled
    }

    /// The newest position that something stands at, or that was forgotten.
    async fn newest(&self, known: i64) -> Result<i64, Unavailable> {
        let ((filter, sort), log) = (newest_from(known), self.collection(LOG));
        let newest = find_all("reading the log", &log, filter, sort, 1).await?;
        match newest.first() {
            Some(newest) => Ok(place(newest)?),
            None => Ok(known.max(signed(self.floor().await?.0))),
        }
    }

    async fn page_after(&self, after: i64, limit: usize) -> Result<Vec<Document>, Unavailable> {
        let ((filter, sort), log) = (page_after(after), self.collection(LOG));
        find_all("reading the log", &log, filter, sort, limit).await
    }
}

/// By the position, which is the id, too: not every server reads a range of ids from their index.
pub fn page_after(position: i64) -> (Document, Document) {
    (doc! { "position": { "$gt": position } }, doc! { "position": 1 })
}

pub fn newest_from(position: i64) -> (Document, Document) {
    (doc! { "position": { "$gte": position } }, doc! { "position": -1 })
}

/// Up to where something stands at each position after `after`.
fn contiguous(after: i64, page: &[Document]) -> Result<i64, fields::Senseless> {
    let mut reached = after;
    for document in page {
        let at = place(document)?;
        if at > reached + 1 {
            break;
        }
        reached = reached.max(at);
    }
    Ok(reached)
}

/// Up to where everything is older, without a gap: what is left has none, even where a clock stepped
/// back.
fn older(floor: i64, page: &[Document], when: Timestamp) -> Result<i64, fields::Senseless> {
    let mut old = floor;
    for document in page {
        let at = place(document)?;
        if at != old + 1 || timestamp(document, "at")? >= when {
            break;
        }
        old = at;
    }
    Ok(old)
}

fn domain(position: i64) -> Position {
    Position(u64::try_from(position).unwrap_or_default())
}

/// An entry that is not void.
///
/// # Errors
///
/// [`fields::Senseless`]: it makes no sense.
pub(super) fn entry(document: &Document) -> Result<Entry, fields::Senseless> {
    let is_new = field(document, "is_new").map(|_| flag(document, "is_new")).transpose()?;
    let message = optional_id(document, "message", MessageId::parse)?;
    let status_of = optional_id(document, "status_of", MessageId::parse)?;
    let announcement = match (is_new, &status_of) {
        (Some(is_new), _) => {
            let user = optional_id(document, "to_user", UserId::parse)?;
            let all = if flag(document, "to_team")? { To::Team } else { To::Participants };
            Announcement::Conversation { is_new, to: user.map_or(all, To::User) }
        }
        (None, Some(_)) => Announcement::Status,
        (None, None) => Announcement::Message,
    };
    Ok(Entry {
        position: Position(number(document, "_id")?),
        previous: position(document, "previous")?,
        conversation: id(document, "conversation", ConversationId::parse)?,
        announcement,
        message: message.or(status_of),
    })
}
