use std::rc::Rc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::contestant::Contestant;
use super::crowd::Crowd;
use super::shape::{Pace, Shape};
use super::support::process::cpu;

/// How long nothing more may come after the last frame that was expected.
const AFTERMATH: Duration = Duration::from_millis(3);

/// What one contestant did while it was its turn.
#[derive(Clone, Copy, Deserialize, Serialize)]
pub struct Slice {
    pub deliveries: u64,
    pub seconds: f64,
    pub server_cpu_seconds: f64,
}

impl Slice {
    pub fn per_second(&self) -> f64 {
        self.deliveries as f64 / self.seconds
    }

    pub fn per_cpu_second(&self) -> f64 {
        self.deliveries as f64 / self.server_cpu_seconds
    }
}

/// Emits, waits until everybody has it, and again, for about this long. Every frame is accounted
/// for: none lost, none too many, none to somebody else.
pub fn run(
    contestant: &Contestant,
    crowd: &mut Crowd,
    shape: Shape,
    pace: Pace,
    emits: &[Rc<[u8]>],
    about: Duration,
) -> Slice {
    let mut expected = vec![0_u32; emits.len()];
    crowd.call_in(pace.in_flight());
    let (used, begun) = (cpu(contestant.pid()), Instant::now());
    let (mut sent, mut at) = (0, 0);
    while begun.elapsed() < about {
        for caller in 0..pace.in_flight() {
            crowd.ask(caller, Rc::clone(&emits[at]));
            expected[at] += 1;
            at = (at + 1) % emits.len();
            sent += 1;
        }
        crowd.await_all((sent * shape.sessions) as u64, sent);
    }
    let (seconds, used) = (begun.elapsed(), cpu(contestant.pid()) - used);

    crowd.listen(AFTERMATH);
    crowd.hang_up();
    for (person, seen) in crowd.look().enumerate() {
        let expected = expected.get(person / shape.sessions).copied().unwrap_or(0);
        assert_eq!(seen, expected, "{}, {}: frames of one", contestant.kind.name(), shape.name());
    }
    Slice {
        deliveries: (sent * shape.sessions) as u64,
        seconds: seconds.as_secs_f64(),
        server_cpu_seconds: used.as_secs_f64(),
    }
}
