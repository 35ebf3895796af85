//! Fan-out beside the peers, in one run: what a delivery costs Switchboard, Node's `socket.io`,
//! `socketioxide`, and a floor program that does one `write(2)` per delivery and nothing else.
//!
//! All hold their connections at the same time and are measured in turns of a fraction of a second,
//! so that whatever else the machine does meets all of them. Servers run on one core, the load
//! generator on the other. A frame that is lost, repeated or shown to somebody else ends the run.
//! The load generator is awake all the while; with `FAN_OUT_CLIENTS=asleep` it sleeps whenever it
//! waits, and what it takes to wake it is the servers' to pay: that is printed and not written down.
//!
//! `make bench-fan-out`, or `cargo bench --bench fan_out [-- ROUNDS]` with the peers built and 10,100
//! file descriptors allowed.
mod caller;
mod contestant;
mod crowd;
mod entrant;
mod growth;
mod plot;
mod report;
mod scan;
mod shape;
mod slice;
#[path = "../support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use contestant::{Contestant, Kind};
use crowd::Crowd;
use entrant::Entrant;
use report::{Connections, Report, Row};
use shape::{Pace, Shape};
use support::process::{cpu, pin_here, resident_kib};

const ROUNDS: usize = 9;
/// How long a turn is, about; one message of the largest shape takes a tenth of it.
const TURN: Duration = Duration::from_millis(400);
const CONNECTIONS: usize = 10_000;

fn main() {
    pin_here(1);
    if let Some(kind) = entrant::asked_for() {
        std::panic::set_hook(Box::new(move |what| eprintln!("{}: {what}", kind.name())));
        return entrant::run(kind);
    }
    let rounds = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(ROUNDS);
    let mut report = Report::default();
    for kind in Kind::ALL {
        connect(kind, &mut report);
    }
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

/// What it costs to connect, and what a connection that has joined and says nothing takes of memory.
fn connect(kind: Kind, report: &mut Report) {
    let contestant = Contestant::start(kind, CONNECTIONS);
    let mut crowd = Crowd::new(contestant.address);
    let auths: Vec<_> =
        (0..CONNECTIONS).map(|person| contestant.auth(person, &Shape::rooms(person))).collect();
    let (before, used, begun) =
        (resident_kib(contestant.pid()), cpu(contestant.pid()), Instant::now());
    for auth in &auths {
        crowd.join(auth);
    }
    let (seconds, used) = (begun.elapsed(), cpu(contestant.pid()) - used);
    for _ in 0..20 {
        crowd.listen(Duration::from_millis(100));
    }
    let after = resident_kib(contestant.pid());
    let each = CONNECTIONS as f64;
    let connections = Connections {
        contestant: kind.name(),
        connections: CONNECTIONS,
        kib_each: (after - before) as f64 / each,
        cpu_micros_each: used.as_secs_f64() * 1e6 / each,
        per_second: each / seconds.as_secs_f64(),
    };
    eprintln!("{}", connections.line());
    report.connections.push(connections);
    if matches!(kind, Kind::Floor | Kind::Switchboard) {
        report.growth.extend(growth::measure(&contestant, &mut crowd));
    }
}
