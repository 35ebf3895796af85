//! Medians, quartiles, and the files that one run leaves.
use std::fmt::Write as _;
use std::fs;

use serde::Serialize;

use super::contestant::Kind;
use super::crowd::asleep;
use super::growth::Growth;
use super::plot;
use super::shape::thousands;
use super::slice::Slice;
use super::support::curve::{self, Line};
use super::support::figures::Quartiles;

const RESULTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/results");

#[derive(Default, Serialize)]
pub struct Report {
    pub rows: Vec<Row>,
    pub connections: Vec<Connections>,
    pub growth: Vec<Growth>,
}

/// One shape at one pace: each round has a slice of every contestant, in the order of [`Kind::ALL`].
#[derive(Serialize)]
pub struct Row {
    pub shape: String,
    pub pace: &'static str,
    pub rounds: Vec<Vec<Slice>>,
}

/// So many that were opened one after the other, joined, and then said nothing.
#[derive(Serialize)]
pub struct Connections {
    pub contestant: &'static str,
    pub connections: usize,
    pub kib_each: f64,
    pub cpu_micros_each: f64,
    pub per_second: f64,
}

impl Connections {
    pub fn line(&self) -> String {
        let Self { contestant, connections, kib_each, cpu_micros_each, per_second } = self;
        format!(
            "| {contestant} | {connections} | {kib_each:.1} | {cpu_micros_each:.0} | {per_second:.0} |"
        )
    }
}

impl Row {
    pub fn over(&self, kind: Kind, figure: impl Fn(&Slice) -> f64) -> Quartiles {
        let rounds = self.rounds.iter();
        Quartiles::of(rounds.map(|round| figure(&round[kind as usize])).collect())
    }

    /// By deliveries per processor second of the server, round by round.
    pub fn against(&self, kind: Kind, other: Kind) -> Quartiles {
        let ratio = |round: &Vec<Slice>| {
            round[kind as usize].per_cpu_second() / round[other as usize].per_cpu_second()
        };
        Quartiles::of(self.rounds.iter().map(ratio).collect())
    }

    /// The same by what a clock on the wall says.
    fn against_by_time(&self, kind: Kind, other: Kind) -> Quartiles {
        let ratio = |round: &Vec<Slice>| {
            round[kind as usize].per_second() / round[other as usize].per_second()
        };
        Quartiles::of(self.rounds.iter().map(ratio).collect())
    }

    /// The gist, while a run goes on.
    pub fn line(&self) -> String {
        let ours = Kind::Switchboard;
        let [floor, peer] = [Kind::Floor, Kind::Node].map(|kind| self.against(ours, kind).text());
        format!("{} {}: {floor} × floor, {peer} × Node", self.shape, self.pace)
    }

    fn cells(&self, kind: Kind) -> String {
        let cpu = self.over(kind, Slice::per_cpu_second);
        format!(
            "| {} | {} | {} | {:.0} | {:.0} ({:.0}–{:.0}) | {} | {} | {} |",
            self.shape,
            self.pace,
            kind.name(),
            self.over(kind, Slice::per_second).median,
            cpu.median,
            cpu.low,
            cpu.high,
            self.against(kind, Kind::Floor).text(),
            self.against(kind, Kind::Node).text(),
            self.against_by_time(kind, Kind::Node).text(),
        )
    }
}

fn curves(growth: &[Growth]) -> String {
    let lines = Kind::ALL.map(|kind| Line {
        name: kind.name(),
        points: growth
            .iter()
            .filter(|growth| growth.contestant == kind.name())
            .map(|growth| (growth.sessions, growth.micros))
            .collect(),
    });
    curve::over("CPU µs for a delivery, over sessions told at once", &lines)
}

impl Report {
    fn table(&self) -> String {
        let mut text = String::from(
            "# Fan-out, the latest run\n\n\
             Written by `make bench-fan-out`; what it measures stands in `docs/PERFORMANCE.md`.\n\
             Median (quartiles) over the rounds; ratios are taken round by round.\n\n\
             | sessions | pace | server | deliveries/s | per server CPU second | × floor | × Node \
             | × Node by the clock |\n|---|---|---|---|---|---|---|---|\n",
        );
        for row in &self.rows {
            for kind in Kind::ALL {
                let _ = writeln!(text, "{}", row.cells(kind));
            }
        }
        text.push_str(
            "\n| server | connections | KiB each, idle | server CPU µs to connect | connects/s |\n\
             |---|---|---|---|---|\n",
        );
        for connections in &self.connections {
            let _ = writeln!(text, "{}", connections.line());
        }
        text.push_str(
            "\n| sessions told, of 10,000 | server | CPU µs for a delivery, one at a time |\n\
             |---|---|---|\n",
        );
        for Growth { contestant, sessions, micros } in &self.growth {
            let sessions = thousands(*sessions);
            let _ = writeln!(text, "| {sessions} | {contestant} | {} |", micros.text());
        }
        text
    }

    /// Prints the table, and writes it with a plot and with what was measured.
    pub fn publish(&self) {
        let table = self.table();
        println!("{table}");
        if asleep() {
            return;
        }
        fs::create_dir_all(RESULTS).expect("a folder");
        let raw = serde_json::to_string(self).expect("plain figures");
        for (name, text) in [
            ("fan_out.md", &table),
            ("fan_out.svg", &plot::bars(self)),
            ("growth.svg", &curves(&self.growth)),
            ("fan_out.json", &raw),
        ] {
            fs::write(format!("{RESULTS}/{name}"), text).expect("room for it");
        }
    }
}
