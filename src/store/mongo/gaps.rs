//! Gaps in the log: positions that somebody took and that nothing stands at yet. Nobody reads past
//! one, since what belongs there may still come. If it does not come within seconds, whoever reads
//! finds out what became of it.
use std::collections::HashSet;

use actors::ports::Unavailable;
use bson::{Document, doc};
use parking_lot::Mutex;
use tokio::time::Instant;

use super::Mongo;
use super::ask::find_all;
use super::collections::{CONVERSATIONS, LOG};
use super::fields::{flag, optional_integer};

/// Positions settled at a time.
const AT_ONCE: usize = 1_000;

/// Since when gaps were seen up to a position. Those before it are as old, since positions are
/// taken in their order.
#[derive(Default)]
pub struct Gaps(Mutex<Option<Seen>>);

#[derive(Clone, Copy)]
struct Seen {
    since: Instant,
    up_to: i64,
}

impl Gaps {
    /// Whether a gap was seen this long ago; from now on it is seen, if it was not. `newest` is a
    /// position beyond it that somebody wrote to.
    fn is_old(&self, gap: i64, newest: i64, patience: std::time::Duration) -> bool {
        let mut seen = self.0.lock();
        let known = seen.filter(|seen| gap <= seen.up_to);
        let known = known.unwrap_or_else(|| Seen { since: Instant::now(), up_to: newest });
        *seen = Some(known);
        known.since.elapsed() >= patience
    }
}

impl Mongo {
    /// Nothing stands between two positions. If that is so for too long, it is settled: whether
    /// reading on is worth it now.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: the gap stays.
    pub(super) async fn settle_if_old(&self, after: i64, next: i64) -> Result<bool, Unavailable> {
        if !self.gaps.is_old(after + 1, next, self.patience) {
            return Ok(false);
        }
        let missing: Vec<i64> = (after + 1..next).take(AT_ONCE).collect();
        let void = self.settle(&missing).await?;
        tracing::info!(void = void.len(), missing = missing.len(), "settled a gap in the log");
        Ok(true)
    }

    /// Makes sure that something stands at each of these positions: what a commit has pending
    /// there, or nothing for ever. Those that are void now.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: some may be settled; settling them again is safe.
    pub(super) async fn settle(&self, positions: &[i64]) -> Result<Vec<i64>, Unavailable> {
        let (there, _) = self.look(positions).await?;
        let missing = without(positions, &there);
        if !missing.is_empty() {
            let pending = doc! { "pending.positions": { "$in": missing.clone() } };
            let conversations = self.collection(CONVERSATIONS);
            let found =
                find_all("settling", &conversations, pending, doc! {}, missing.len()).await?;
            for conversation in found.iter().filter_map(|found| found.get("_id")) {
                self.load_finished(conversation).await?;
            }
            // Whoever still had them in mind takes others.
            self.void(&missing).await?;
        }
        let (_, void) = self.look(positions).await?;
        Ok(void)
    }

    /// Which of these positions something stands at, and which of those are void.
    async fn look(&self, positions: &[i64]) -> Result<(Vec<i64>, Vec<i64>), Unavailable> {
        let filter = doc! { "position": { "$in": positions.to_vec() } };
        let log = self.collection(LOG);
        let found = find_all("settling", &log, filter, doc! {}, positions.len()).await?;
        let (mut there, mut void) = (Vec::new(), Vec::new());
        for entry in &found {
            let position = place(entry)?;
            there.push(position);
            if flag(entry, "void")? {
                void.push(position);
            }
        }
        Ok((there, void))
    }
}

/// The position of a document of the log.
pub fn place(entry: &Document) -> Result<i64, super::fields::Senseless> {
    optional_integer(entry, "_id")?.ok_or(super::fields::Senseless)
}

fn without(positions: &[i64], there: &[i64]) -> Vec<i64> {
    let there: HashSet<_> = there.iter().collect();
    positions.iter().filter(|position| !there.contains(position)).copied().collect()
}
