//! What the log says of one account, and from where on it says anything since an instant: for who
//! is told by webhook.
use actors::domain::{AccountId, Position, Timestamp};
use actors::ports::{Log, LogPage, Unavailable};
use bson::{Document, doc};

use super::ask::find_all;
use super::collections::LOG;
use super::fields::{date, signed, timestamp};
use super::gaps::place;
use super::log::entry;
use super::{Mongo, ids};

const READING: &str = "reading the log";

/// How far the clocks of those who commit may stand apart, in milliseconds: so much of the log is
/// looked through entry by entry, since in it one that was committed later may say an earlier
/// instant.
const SKEW: i64 = 60_000;

impl Mongo {
    /// As [`actors::ports::Subscriptions::log_of`].
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown.
    pub(super) async fn page_of_account(
        &self,
        account: &AccountId,
        after: Position,
        up_to: Position,
        limit: usize,
    ) -> Result<LogPage, Unavailable> {
        // Beyond it something may come in between.
        let up_to = up_to.min(self.tail().await?);
        let range = doc! { "position": { "$gt": signed(after.0), "$lte": signed(up_to.0) } };
        let page =
            find_all(READING, &self.collection(LOG), range, doc! { "position": 1 }, limit).await?;
        let ours = ids::id(account.as_str());
        let mut entries = Vec::new();
        for document in page.iter().filter(|document| document.get("account") == Some(&ours)) {
            entries.push((entry(document)?, timestamp(document, "at")?));
        }
        let last = page.last().map_or(Ok(signed(after.0)), place)?;
        let last = Position(last.unsigned_abs());
        let reached = if page.len() < limit { last.max(up_to) } else { last };
        // Asked last: what was forgotten while the page was read is missing in it.
        Ok(LogPage { entries, reached, forgotten: after < self.floor().await? })
    }

    /// As [`actors::ports::Subscriptions::position_before`].
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown.
    pub(super) async fn place_before(
        &self,
        when: Timestamp,
    ) -> Result<Option<Position>, Unavailable> {
        let (floor, tail) = (self.floor().await?, self.tail().await?);
        let oldest = self.first_entry(doc! { "position": { "$gt": signed(floor.0) } }).await?;
        let oldest = oldest.map(|oldest| timestamp(&oldest, "at")).transpose()?;
        if floor != Position(0) && oldest.is_none_or(|oldest| oldest > when) {
            return Ok(None);
        }
        let from = self.surely_before(when, signed(floor.0), signed(tail.0)).await?;
        let since = doc! { "$gte": date(when) };
        let range = doc! { "$gt": from, "$lte": signed(tail.0) };
        let first = self.first_entry(doc! { "position": range, "at": since }).await?;
        Ok(Some(match first {
            Some(first) => Position((place(&first)? - 1).unsigned_abs()),
            None => tail,
        }))
    }

    /// A position, `low` or later, up to which everything was committed before an instant. Halves
    /// what is in question, since the log is as good as in the order of time.
    async fn surely_before(
        &self,
        when: Timestamp,
        mut low: i64,
        mut high: i64,
    ) -> Result<i64, Unavailable> {
        let surely = Timestamp(when.0.saturating_sub(SKEW));
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            let range = doc! { "position": { "$gte": middle, "$lte": high } };
            match self.first_entry(range).await? {
                Some(entry) if timestamp(&entry, "at")? < surely => low = place(&entry)?,
                _ => high = middle,
            }
        }
        Ok(low)
    }

    /// The first in the log that is an entry and fits.
    async fn first_entry(&self, mut filter: Document) -> Result<Option<Document>, Unavailable> {
        let log = self.collection(LOG);
        filter.insert("void", doc! { "$ne": true });
        let first = find_all(READING, &log, filter, doc! { "position": 1 }, 1).await?;
        Ok(first.into_iter().next())
    }
}
