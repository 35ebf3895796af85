use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use actors::domain::ChannelKind;

use crate::provider::email;
use crate::settings::Limits;

/// Waits and limits of the worker.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How often the outbox is looked at.
    pub tick: Duration,
    /// Waits between attempts: twice as long each time, from the first to the longest, give or
    /// take a quarter, so that many do not come back at once.
    pub first_wait: Duration,
    pub longest_wait: Duration,
    /// How long a provider may take to list what it was handed.
    pub settle: Duration,
    /// Times a message is handed over before it is given up.
    pub most_attempts: u32,
    /// Since it was written. As long as Twilio itself lets a message wait.
    pub most_age: Duration,
    pub rates: Rates,
}

/// Messages per second and sender.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    pub sms: u32,
    pub mail: u32,
}

impl Pace {
    pub fn new(rates: Rates) -> Self {
        Self {
            tick: Duration::from_millis(200),
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(300),
            settle: Duration::from_secs(3),
            // More than there can be in that time: what a provider does not take all day, because
            // it is broken or we are locked out, is no loss of the customer's before.
            most_attempts: 200,
            most_age: Duration::from_secs(10 * 60 * 60),
            rates,
        }
    }

    /// The wait after so many attempts.
    pub fn wait(&self, attempts: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1).min(16));
        let wait = self.first_wait.saturating_mul(doubled).min(self.longest_wait);
        // Chance enough to part messages: a fresh hasher's keys are random.
        let chance = RandomState::new().hash_one(attempts) % 1_000;
        wait.mul_f64(0.75 + chance as f64 / 2_000.0)
    }
}

impl Rates {
    /// Between two messages of one sender.
    pub fn every(&self, kind: &ChannelKind) -> Duration {
        let per_second = if *kind == email() { self.mail } else { self.sms };
        Duration::from_secs(1) / per_second.max(1)
    }
}

impl From<&Limits> for Rates {
    fn from(limits: &Limits) -> Self {
        Self { sms: limits.sms_per_second, mail: limits.mail_per_second }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_do_not_run_out_before_the_time_does() {
        let pace = Pace::new(Rates { sms: 1, mail: 10 });

        let waits: Duration = (1..=pace.most_attempts).map(|attempts| pace.wait(attempts)).sum();

        assert!(waits > pace.most_age, "{waits:?}");
    }

    #[test]
    fn waits_double_up_to_the_longest_and_differ() {
        let pace = Pace::new(Rates { sms: 1, mail: 10 });
        let within = |attempts: u32, seconds: f64| {
            let wait = pace.wait(attempts).as_secs_f64();
            assert!((seconds * 0.75..=seconds * 1.25).contains(&wait), "{attempts}: {wait}");
        };

        within(0, 1.0);
        within(1, 1.0);
        within(2, 2.0);
        within(5, 16.0);
        within(30, 300.0);
        within(u32::MAX, 300.0);
    }
}
