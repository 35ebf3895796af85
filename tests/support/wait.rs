//! The one place where a test waits for something that nobody announces.
use std::thread;
use std::time::{Duration, Instant};

/// Longest that any single thing may take before its test fails. Generous: a busy machine is not
/// a fault of the program.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Asks again and again until there is an answer.
///
/// # Panics
///
/// After [`PATIENCE`], naming `what` did not come.
pub fn until<T>(what: &str, ask: impl FnMut() -> Option<T>) -> T {
    within(PATIENCE, what, ask)
}

/// The same for what may have to outlast faults.
///
/// # Panics
///
/// After four times [`PATIENCE`].
pub fn for_long<T>(what: &str, ask: impl FnMut() -> Option<T>) -> T {
    within(PATIENCE * 4, what, ask)
}

fn within<T>(patience: Duration, what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < patience, "waited {patience:?} in vain for {what}");
        // Between two questions, not instead of one: no test depends on how long this is.
        thread::sleep(Duration::from_millis(10));
    }
}
