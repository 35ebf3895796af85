//! What a delivery costs as the audience grows, us and the floor.
use std::time::Duration;

use serde::Serialize;

use super::contestant::Contestant;
use super::crowd::Crowd;
use super::shape::{Pace, Shape};
use super::slice;
use super::support::figures::Quartiles;

pub const SESSIONS: [usize; 5] = [1, 10, 100, 1_000, 10_000];
const ROUNDS: usize = 7;
const TURN: Duration = Duration::from_millis(400);

#[derive(Serialize)]
pub struct Growth {
    pub contestant: &'static str,
    pub sessions: usize,
    /// Of the server's processor, for each delivery.
    pub micros: Quartiles,
}

/// One message at a time to so many of those who are connected.
pub fn measure(contestant: &Contestant, crowd: &mut Crowd) -> Vec<Growth> {
    let mut turns = SESSIONS.map(|_| Vec::new());
    // The first round warms up.
    for round in 0..=ROUNDS {
        for (sessions, micros) in SESSIONS.into_iter().zip(&mut turns) {
            let shape = Shape { conversations: 1, sessions };
            let emits = shape.emits(contestant);
            let done = slice::run(contestant, crowd, shape, Pace::Serial, &emits, TURN);
            if round > 0 {
                micros.push(1e6 / done.per_cpu_second());
            }
        }
    }
    let grown = SESSIONS.into_iter().zip(turns);
    let contestant = contestant.kind.name();
    grown
        .map(|(sessions, micros)| Growth { contestant, sessions, micros: Quartiles::of(micros) })
        .collect()
}
