//! How many rows a search has. Few are counted each time; many are counted once in a while.

use std::time::Duration;

use actors::domain::{AccountId, TeamFilter};
use actors::engine::{Engine, Team};
use actors::ports::Unavailable;
use moka::sync::Cache;

/// Up to here a count is made anew each time.
const FEW: u64 = 10_000;
/// How long a larger one stands.
const STANDS: Duration = Duration::from_secs(60);
/// Counts remembered.
const MOST: u64 = 1_000;

pub struct Totals(Cache<(AccountId, TeamFilter), u64>);

impl Default for Totals {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(MOST).time_to_live(STANDS).build())
    }
}

impl Totals {
    /// # Errors
    ///
    /// [`Unavailable`]: unknown.
    pub async fn of(
        &self,
        engine: &Engine,
        team: &Team,
        filter: &TeamFilter,
    ) -> Result<u64, Unavailable> {
        let name = (team.account.clone(), filter.clone());
        if let Some(known) = self.0.get(&name) {
            return Ok(known);
        }
        let counted = engine.count_for_team(team, filter, FEW).await?;
        if counted < FEW {
            return Ok(counted);
        }
        let whole = engine.count_for_team(team, filter, u64::MAX).await?;
        self.0.insert(name, whole);
        Ok(whole)
    }
}
