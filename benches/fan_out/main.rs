//! Fan-out beside the peers, in one run: what a delivery costs Switchboard, Node's `socket.io`,
//! `socketioxide`, and a floor program that does one `write(2)` per delivery and nothing else.
//!
//! All hold their connections at the same time and are measured in turns of a fraction of a second,
//! so that whatever else the machine does meets all of them. Servers run on one core, the load
//! generator on the other. A frame that is lost, repeated or shown to somebody else ends the run.
//!
//! `make bench-fan-out`, or `cargo bench --bench fan_out [-- ROUNDS]` with the peers built and 10,100
//! file descriptors allowed.
mod caller;
mod contestant;
mod crowd;
mod entrant;
mod plot;
mod report;
mod scan;
mod shape;
mod slice;
#[path = "../support/mod.rs"]
mod support;

use std::time::Duration;

use contestant::{Contestant, Kind};
use crowd::Crowd;
use entrant::Entrant;
use report::{Idle, Report, Row};
use shape::{Pace, Shape};
use support::process::{pin_here, resident_kib};

const ROUNDS: usize = 9;
/// How long a turn is, about; one message of the largest shape takes a tenth of it.
const TURN: Duration = Duration::from_millis(400);
const IDLE_CONNECTIONS: usize = 10_000;

fn main() {
    pin_here(1);
    if let Some(kind) = entrant::asked_for() {
        std::panic::set_hook(Box::new(move |what| eprintln!("{}: {what}", kind.name())));
        return entrant::run(kind);
    }
    let rounds = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(ROUNDS);
    let mut report = Report { idle: Kind::ALL.map(idle).into(), rows: Vec::new() };
    let mut hall = Kind::ALL.map(Entrant::start);
    for shape in Shape::ALL {
        for pace in Pace::ALL {
            let row = measure(&mut hall, shape, pace, rounds);
            eprintln!("{}", row.line());
            report.rows.push(row);
        }
    }
    report.publish();
}

fn measure(hall: &mut [Entrant], shape: Shape, pace: Pace, rounds: usize) -> Row {
    let mut rows = Vec::new();
    // The first round warms up.
    for round in 0..=rounds {
        let mut slices = vec![None; hall.len()];
        for turn in 0..hall.len() {
            // Nobody always follows the same one.
            let at = (turn + round) % hall.len();
            slices[at] = Some(hall[at].turn(shape, pace, TURN));
        }
        if round > 0 {
            rows.push(slices.into_iter().flatten().collect());
        }
    }
    Row { shape: shape.name(), pace: pace.name(), rounds: rows }
}

/// What a connection that has joined and says nothing takes of memory.
fn idle(kind: Kind) -> Idle {
    let contestant = Contestant::start(kind, IDLE_CONNECTIONS);
    let mut crowd = Crowd::new(contestant.address);
    let before = resident_kib(contestant.pid());
    for person in 0..IDLE_CONNECTIONS {
        crowd.join(&contestant.auth(person, &Shape::rooms(person)));
    }
    for _ in 0..20 {
        crowd.listen(Duration::from_millis(100));
    }
    let after = resident_kib(contestant.pid());
    let kib_per_connection = (after - before) as f64 / IDLE_CONNECTIONS as f64;
    eprintln!("{}: {kib_per_connection:.2} KiB per idle connection", kind.name());
    Idle { contestant: kind.name(), connections: IDLE_CONNECTIONS, kib_per_connection }
}
