//! What grows with what: the cost of a message over the participants of its conversation, and memory
//! over idle connections and idle conversations. Each is flat, or has a reason in
//! `docs/PERFORMANCE.md`. Curves go to `benches/results`.
//!
//! `cargo bench --bench growth`; 10,100 file descriptors have to be allowed.
mod support;

use std::time::{Duration, Instant};

use support::curve::{self, Line};
use support::figures::Quartiles;
use support::http::Connection;
use support::node::Node;
use support::process::cpu;
use support::socket::{Cut, Socket};
use support::{office, on_one_thread, sms, token};

const PARTICIPANTS: [usize; 4] = [1, 10, 100, 1_000];
/// Messages of one turn, and turns of each size; the first warms up.
const MESSAGES: usize = 256;
const ROUNDS: usize = 5;
const CONNECTIONS: [usize; 4] = [1_000, 2_500, 5_000, 10_000];
const CONVERSATIONS: [usize; 3] = [1_000, 10_000, 50_000];
/// Requests on their way at a time.
const POSTERS: usize = 32;
const PATIENCE: Duration = Duration::from_secs(600);

fn main() {
    participants();
    connections();
    conversations();
}

/// Nobody is connected. All that a message has done for it counts, also what is done behind its back.
fn participants() {
    println!("| participants | server CPU µs for a message, stored with sync |\n|---|---|");
    let (mut points, mut next) = (Vec::new(), 0);
    for members in PARTICIPANTS {
        let node = Node::started();
        office::open(&node, 1, members);
        let mut figures = Vec::new();
        for round in 0..=ROUNDS {
            let before = cpu(node.pid());
            take_in(&node, next..next + MESSAGES, |_| sms::sender(0), 0);
            let used = quiet(&node) - before;
            next += MESSAGES;
            if round > 0 {
                figures.push(used.as_secs_f64() * 1e6 / MESSAGES as f64);
            }
        }
        let micros = Quartiles::of(figures);
        println!("| {members} | {} |", micros.text());
        points.push((members, micros));
    }
    let title = "server CPU µs for a message, over the participants of its conversation";
    curve::keep("participants", title, &[Line { name: "Switchboard", points }]);
}

/// Processor time used, once next to none is used any more.
fn quiet(node: &Node) -> Duration {
    let (begun, mut used) = (Instant::now(), cpu(node.pid()));
    loop {
        assert!(begun.elapsed() < PATIENCE, "it never rests");
        std::thread::sleep(Duration::from_millis(250));
        let now = cpu(node.pid());
        if now - std::mem::replace(&mut used, now) < Duration::from_millis(8) {
            return now;
        }
    }
}

/// Each is of a user of its own, has joined the namespace, and says nothing.
fn connections() {
    let node = Node::started();
    let most = CONNECTIONS.into_iter().max().unwrap_or_default();
    office::open(&node, most.div_ceil(1_000), 1_000);
    println!("\n| idle connections | RSS, KiB | KiB each |\n|---|---|---|");
    let points = on_one_thread(async {
        let (mut sockets, mut points) = (Vec::new(), Vec::new());
        let before = node.resident_kib();
        for count in CONNECTIONS {
            while sockets.len() < count {
                let token = token::of(&office::user(sockets.len()));
                let joined = Socket::join(node.address, &token, &Cut::default()).await;
                sockets.push(joined.expect("a session").0);
            }
            let after = node.resident_kib();
            let each = (after.saturating_sub(before)) as f64 / count as f64;
            println!("| {count} | {after} | {each:.1} |");
            points.push((count, one(each)));
        }
        points
    });
    let title = "memory of an idle connection, KiB, over connections";
    curve::keep("idle_connections", title, &[Line { name: "Switchboard", points }]);
}

/// Each has one message. Asked of nothing for a while, they end, and their memory is used again.
fn conversations() {
    let node = Node::started();
    office::open(&node, 1, 1);
    println!(
        "\n| conversations | awake: RSS, KiB | KiB each | all asleep: RSS, KiB | KiB each |\n|---|---|---|---|---|"
    );
    let (mut awake, mut asleep, mut next) = (Vec::new(), Vec::new(), 0);
    // What is warm from the first on is not theirs.
    take_in(&node, 0..1, sms::sender, 0);
    let before = node.resident_kib();
    for count in CONVERSATIONS {
        // Everybody again, so that as many are awake as there are.
        take_in(&node, next + 1..next + 1 + count, |index| sms::sender(index - next), 0);
        next += count;
        let most = node.resident_kib();
        let begun = Instant::now();
        while node.sum("switchboard_conversations_awake") > 0.0 {
            assert!(begun.elapsed() < PATIENCE, "some never sleep");
            std::thread::sleep(Duration::from_secs(1));
        }
        let least = node.resident_kib();
        let each = [most, least].map(|kib| kib.saturating_sub(before) as f64 / count as f64);
        println!("| {count} | {most} | {:.1} | {least} | {:.1} |", each[0], each[1]);
        awake.push((count, one(each[0])));
        asleep.push((count, one(each[1])));
    }
    let lines = [Line { name: "awake", points: awake }, Line { name: "asleep", points: asleep }];
    curve::keep("idle_conversations", "memory of a conversation, KiB, over conversations", &lines);
}

/// Posts these messages to a channel, and waits until all are stored.
fn take_in(
    node: &Node,
    messages: std::ops::Range<usize>,
    sender: impl Fn(usize) -> String,
    channel: usize,
) {
    let stored = || node.sum("switchboard_intake_total{outcome=\"stored\"}") as usize;
    let wanted = stored() + messages.len();
    let to = office::number(channel);
    let requests: Vec<_> = messages.map(|index| sms::request(index, &sender(index), &to)).collect();
    on_one_thread(async {
        let posters = requests.chunks(requests.len().div_ceil(POSTERS)).map(|own| async move {
            let mut connection = Connection::to(node.address).await.expect("it listens");
            for request in own {
                assert_eq!(connection.ask(request).await.expect("an answer"), 200);
            }
        });
        futures_util::future::join_all(posters).await;
    });
    let begun = Instant::now();
    while stored() < wanted {
        assert!(begun.elapsed() < PATIENCE, "some are not stored");
        // Seldom, since writing the metrics down is work, too.
        std::thread::sleep(Duration::from_millis(250));
    }
}

fn one(figure: f64) -> Quartiles {
    Quartiles { low: figure, median: figure, high: figure }
}
