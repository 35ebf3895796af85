//! When to try again, and when not to any more.

use std::time::Duration;

use actors::domain::{Progress, Timestamp};

use crate::settings::Webhooks;

/// A receiver may ask for no longer pause than this.
const LONGEST_ASKED: Duration = Duration::from_secs(36_000);

#[derive(Clone, Debug)]
pub struct Pace {
    /// Pauses after the first failed attempt, the second, …. After the last one the event is parked.
    pub retry_after: Vec<Duration>,
    /// A subscription that fails for so long is switched off.
    pub disable_after: Duration,
}

impl From<&Webhooks> for Pace {
    fn from(settings: &Webhooks) -> Self {
        Self { retry_after: settings.retry_after.clone(), disable_after: settings.disable_after }
    }
}

impl Pace {
    /// How long to wait after so many failed attempts (1 or more); `None`: enough of it. Up to a
    /// tenth is added, spread by `seed`, so that those who failed together do not return together.
    pub fn pause(&self, attempts: u32, asked: Option<Duration>, seed: u64) -> Option<Duration> {
        let planned = *self.retry_after.get(attempts.checked_sub(1)? as usize)?;
        let spread = planned.mul_f64((seed % 1_000) as f64 / 10_000.0);
        Some((planned + spread).max(asked.unwrap_or_default().min(LONGEST_ASKED)))
    }

    pub fn is_hopeless(&self, progress: &Progress, now: Timestamp) -> bool {
        let since = progress.failing_since.unwrap_or(now);
        now.0.saturating_sub(since.0) >= millis(self.disable_after)
    }
}

pub fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use actors::domain::Position;

    use super::*;

    fn pace() -> Pace {
        let retry_after = [5, 300].map(Duration::from_secs).to_vec();
        Pace { retry_after, disable_after: Duration::from_secs(60) }
    }

    #[test]
    fn pauses_grow_as_planned_and_end() {
        assert_eq!(pace().pause(1, None, 0), Some(Duration::from_secs(5)));
        assert_eq!(pace().pause(2, None, 999), Some(Duration::from_millis(329_970)));
        assert_eq!(pace().pause(3, None, 0), None);
        assert_eq!(pace().pause(0, None, 0), None);
    }

    #[test]
    fn a_receiver_may_ask_for_a_longer_pause_but_not_for_any() {
        let asked = |seconds| pace().pause(1, Some(Duration::from_secs(seconds)), 0);

        assert_eq!(asked(1), Some(Duration::from_secs(5)));
        assert_eq!(asked(60), Some(Duration::from_secs(60)));
        assert_eq!(asked(u64::MAX), Some(LONGEST_ASKED));
    }

    #[test]
    fn it_is_hopeless_after_failing_all_the_time() {
        let failing = |failing_since| Progress {
            failing_since,
            ..Progress::beginning(Position(0), Timestamp(0))
        };

        assert!(!pace().is_hopeless(&failing(None), Timestamp(99_999)));
        assert!(!pace().is_hopeless(&failing(Some(Timestamp(1_000))), Timestamp(60_999)));
        assert!(pace().is_hopeless(&failing(Some(Timestamp(1_000))), Timestamp(61_000)));
    }
}
