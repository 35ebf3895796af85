//! How many calls a team may make in a minute, an hour and a day.

use std::collections::HashMap;

use actors::domain::{AccountId, Timestamp};
use parking_lot::Mutex;

/// Most teams counted apart, some hundred bytes each. Those beyond share one allowance, which they
/// never see used up by those who came before.
const MOST_TEAMS: usize = 10_000;

const SECONDS: [i64; 3] = [60, 3_600, 86_400];

/// Counts calls by team, in windows that begin with each minute, hour and day (UTC) on the clock.
pub struct Allowance {
    limits: [u32; 3],
    most: usize,
    /// `None`: whoever came beyond the bound.
    teams: Mutex<HashMap<Option<AccountId>, [Window; 3]>>,
}

/// Calls since a window began.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    number: i64,
    calls: u32,
}

/// How a team stands after a call, in the window that leaves it the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub limit: u32,
    pub remaining: u32,
    /// When the window ends, in seconds since 1970.
    pub reset: i64,
    /// The call is refused, and so is every other for so many seconds (at least one).
    pub retry_after: Option<u64>,
}

impl Allowance {
    pub fn new(per_minute: u32, per_hour: u32, per_day: u32) -> Self {
        Self::bounded([per_minute, per_hour, per_day], MOST_TEAMS)
    }

    fn bounded(limits: [u32; 3], most: usize) -> Self {
        Self { limits, most, teams: Mutex::default() }
    }

    /// Takes one call from every window, or from none.
    pub fn take(&self, team: &AccountId, now: Timestamp) -> Standing {
        let seconds = now.0.div_euclid(1_000);
        let mut teams = self.teams.lock();
        let mut team = Some(team.clone());
        if !teams.contains_key(&team) && teams.len() >= self.most {
            let day = seconds.div_euclid(SECONDS[2]);
            teams.retain(|_, windows| windows[2].number == day);
            if teams.len() >= self.most {
                team = None;
            }
        }
        let windows = teams.entry(team).or_default();
        for (window, length) in windows.iter_mut().zip(SECONDS) {
            let number = seconds.div_euclid(length);
            if window.number != number {
                *window = Window { number, calls: 0 };
            }
        }
        let full = windows.iter().zip(self.limits).any(|(window, limit)| window.calls >= limit);
        if !full {
            windows.iter_mut().for_each(|window| window.calls += 1);
        }
        self.tightest(windows, seconds, full)
    }

    fn tightest(&self, windows: &[Window; 3], seconds: i64, refused: bool) -> Standing {
        let standings = (0..3).map(|at| {
            let (window, limit) = (windows[at], self.limits[at]);
            let reset = (window.number + 1) * SECONDS[at];
            let remaining = limit.saturating_sub(window.calls);
            let wait = u64::try_from(reset - seconds).unwrap_or(1).max(1);
            Standing { limit, remaining, reset, retry_after: refused.then_some(wait) }
        });
        // Of several that are used up, it is the last to end that counts.
        let least = standings.min_by_key(|standing| (standing.remaining, -standing.reset));
        least.unwrap_or_else(|| unreachable!("there are three windows"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn team(name: &str) -> AccountId {
        AccountId::parse(name).unwrap()
    }

    /// So many seconds after a day began.
    fn at(seconds: i64) -> Timestamp {
        Timestamp((20_000 * 86_400 + seconds) * 1_000)
    }

    #[test]
    fn each_team_has_its_calls_in_a_minute_and_then_waits_for_the_next() {
        let allowance = Allowance::new(2, 100, 1_000);
        let take = |name: &str, seconds| allowance.take(&team(name), at(seconds));

        let (one, two, three) = (take("a", 10), take("a", 10), take("a", 15));

        assert_eq!((one.limit, one.remaining, one.retry_after), (2, 1, None));
        assert_eq!((two.remaining, two.retry_after), (0, None));
        assert_eq!((three.remaining, three.retry_after), (0, Some(45)));
        assert_eq!(three.reset, 20_000 * 86_400 + 60);
        assert_eq!(take("b", 15).retry_after, None, "another team");
        assert_eq!(take("a", 60).retry_after, None, "another minute");
    }

    #[test]
    fn all_windows_hold_at_once_and_a_refused_call_takes_from_none() {
        let allowance = Allowance::new(2, 3, 4);
        let take = |seconds| allowance.take(&team("a"), at(seconds)).retry_after;

        assert_eq!([take(0), take(0), take(0), take(1)], [None, None, Some(60), Some(59)]);
        assert_eq!([take(60), take(61)], [None, Some(3_600 - 61)], "the hour is used up");
        let hour = allowance.take(&team("a"), at(62));
        assert_eq!((hour.limit, hour.reset), (3, 20_000 * 86_400 + 3_600));
        assert_eq!([take(3_600), take(3_601)], [None, Some(86_400 - 3_601)], "and the day");
        assert_eq!(take(86_400), None);
    }

    #[test]
    fn beyond_the_bound_strangers_share_one_allowance_and_those_of_yesterday_make_room() {
        let allowance = Allowance::bounded([1, 9, 9], 2);
        let take =
            |name: &str, seconds| allowance.take(&team(name), at(seconds)).retry_after.is_none();

        assert!(take("a", 0) && take("b", 0));
        assert!(take("c", 0) && !take("d", 0) && !take("a", 0));
        assert!(allowance.teams.lock().len() <= 3);
        assert!(take("e", 86_400) && take("f", 86_400) && take("g", 86_400));
        assert!(allowance.teams.lock().len() <= 3);
    }
}
