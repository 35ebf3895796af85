//! Durations, and what is said of many of them.
use std::time::Duration;

use serde::Serialize;

/// Durations of one kind.
#[derive(Default)]
pub struct Figures(Vec<Duration>);

impl Figures {
    pub fn add(&mut self, took: Duration) {
        self.0.push(took);
    }

    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The value that this share of all (0.5, 0.99) does not exceed.
    pub fn at(&mut self, share: f64) -> Duration {
        self.0.sort_unstable();
        let last = self.0.len().saturating_sub(1);
        self.0.get((share * last as f64).round() as usize).copied().unwrap_or_default()
    }

    /// `p50`, `p99` and the longest, in milliseconds, as cells of a table.
    pub fn cells(&mut self) -> String {
        let [half, most, all] = [0.5, 0.99, 1.0].map(|share| millis(self.at(share)));
        format!("{half:>8} | {most:>8} | {all:>8}")
    }
}

pub fn millis(took: Duration) -> String {
    format!("{:.2}", took.as_secs_f64() * 1e3)
}

pub fn per_second(count: usize, took: Duration) -> usize {
    (count as f64 / took.as_secs_f64()).round() as usize
}

/// Of one figure over all rounds.
#[derive(Clone, Copy, Serialize)]
pub struct Quartiles {
    pub low: f64,
    pub median: f64,
    pub high: f64,
}

impl Quartiles {
    pub fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = share * (values.len() - 1) as f64;
            let (below, above) = (place.floor() as usize, place.ceil() as usize);
            values[below] + (values[above] - values[below]) * place.fract()
        };
        Self { low: at(0.25), median: at(0.5), high: at(0.75) }
    }

    /// The median, and the quartiles around it.
    pub fn text(self) -> String {
        format!("{:.2} ({:.2}–{:.2})", self.median, self.low, self.high)
    }
}
