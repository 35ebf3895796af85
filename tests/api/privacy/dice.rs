//! Chance that can be repeated. A failed test says its seed; `SWITCHBOARD_PRIVACY_SEED` throws the
//! same again, `SWITCHBOARD_PRIVACY_STEPS` makes histories longer.
use std::env;

pub use crate::support::dice::Dice;
use crate::support::token;

/// What a run is to be made from. Says so when the test fails.
pub struct Plan {
    pub seed: u64,
    pub steps: usize,
}

impl Plan {
    /// From the environment; otherwise another one each second, of so many steps.
    pub fn of(steps: usize) -> Self {
        let given = |name| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
        let seed = given("SWITCHBOARD_PRIVACY_SEED").unwrap_or_else(token::now);
        let steps = given("SWITCHBOARD_PRIVACY_STEPS").map_or(steps, |steps| steps as usize);
        Self { seed, steps }
    }

    pub fn dice(&self) -> Dice {
        Dice::of(self.seed)
    }

    /// Dice whose throws do not move those of [`Plan::dice`].
    pub fn other_dice(&self) -> Dice {
        Dice::of(!self.seed)
    }
}

impl Drop for Plan {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self { seed, steps } = self;
            eprintln!("SWITCHBOARD_PRIVACY_SEED={seed} SWITCHBOARD_PRIVACY_STEPS={steps}");
        }
    }
}
