use tokio::time::Instant;

/// How fast one connection may send: `burst` at once, `per_second` in the long run.
pub(super) struct Bucket {
    tokens: f64,
    per_second: f64,
    burst: f64,
    filled: Instant,
    refused: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    Fine,
    /// One too many.
    Refused,
    /// It has not stopped after a whole burst of refusals.
    Abuse,
}

impl Bucket {
    pub fn new(per_second: u32, burst: u32, now: Instant) -> Self {
        let burst = f64::from(burst.max(1));
        Self { tokens: burst, per_second: f64::from(per_second), burst, filled: now, refused: 0 }
    }

    pub fn take(&mut self, now: Instant) -> Pace {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.tokens = (self.tokens + passed * self.per_second).min(self.burst);
        self.filled = now;
        if self.tokens >= self.burst / 2.0 {
            self.refused = 0;
        }
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Pace::Fine;
        }
        self.refused += 1;
        if f64::from(self.refused) > self.burst { Pace::Abuse } else { Pace::Refused }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_burst_is_let_through_then_refused_then_called_abuse() {
        let start = Instant::now();
        let mut bucket = Bucket::new(10, 3, start);

        let paces: Vec<_> = (0..8).map(|_| bucket.take(start)).collect();
        assert_eq!(paces[..3], [Pace::Fine; 3]);
        assert_eq!(paces[3..6], [Pace::Refused; 3]);
        assert_eq!(paces[6..], [Pace::Abuse; 2]);
    }

    #[test]
    fn who_waits_may_go_on_and_who_waits_long_is_forgiven() {
        let start = Instant::now();
        let mut bucket = Bucket::new(10, 4, start);
        for _ in 0..8 {
            bucket.take(start);
        }

        let soon = start + Duration::from_millis(100);
        assert_eq!([bucket.take(soon), bucket.take(soon)], [Pace::Fine, Pace::Abuse]);

        let later = start + Duration::from_millis(401);
        let paces: Vec<_> = (0..4).map(|_| bucket.take(later)).collect();
        assert_eq!(paces, [Pace::Fine, Pace::Fine, Pace::Fine, Pace::Refused]);
    }
}
