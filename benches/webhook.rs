//! How many inbound messages are taken in and shown, and how long one takes: from the webhook to
//! its answer, and to the frame in a user's hand. Every message has to be answered 200, stored, and
//! shown exactly once, or the measurement fails.
//!
//! `cargo bench --bench webhook [-- MESSAGES]`
mod support;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use support::figures::{Figures, per_second};
use support::http::Connection;
use support::node::Node;
use support::socket::{Cut, Socket};
use support::{office, on_one_thread, sms, token};
use tokio::sync::Notify;
use tokio::task::spawn_local;
use tokio::time::{Instant as Due, sleep_until, timeout};

const MESSAGES: usize = 20_000;
/// Connections that webhooks come in on.
const CONNECTIONS: usize = 64;
/// Each has one member, and every member one socket.
const CHANNELS: usize = 20;
/// Longest that any one run may take.
const LIMIT: Duration = Duration::from_secs(120);
/// How long a run at a fixed pace goes on.
const PACED: Duration = Duration::from_secs(10);

fn main() {
    // Cargo says `--bench` itself.
    let messages = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(MESSAGES);
    println!("{CONNECTIONS} connections, {CHANNELS} watching sockets, sync on\n");
    println!(
        "| load                          | answered/s |  shown/s | answer p50 | p99 ms | longest \
         | frame p50 | p99 ms | longest | server CPU µs/message |\n\
         |---|---|---|---|---|---|---|---|---|---|"
    );
    measure("every message a new contact", messages, |index| index, &[]);
    let rate = measure("1,000 conversations", messages, |index| index % 1_000, &[]);
    measure("one conversation", messages / 4, |_| 0, &[]);
    let shares = [("a quarter of that", 4), ("half of that", 2)];
    let paces: Vec<_> = shares.map(|(name, share)| (name, rate / share)).into();
    measure("1,000 conversations, again", messages, |index| index % 1_000, &paces);
}

/// As fast as it goes, and then at each of these paces; gives messages per second of the first.
fn measure(
    name: &str,
    messages: usize,
    sender: fn(usize) -> usize,
    paces: &[(&str, usize)],
) -> usize {
    let node = Node::started();
    office::open(&node, CHANNELS, 1);
    on_one_thread(async {
        let hall = Hall::open(&node).await;
        let first = hall.run(&node, name, messages, sender, None).await;
        for (name, pace) in paces {
            let count = pace * PACED.as_secs() as usize;
            hall.run(&node, name, count, sender, Some(*pace)).await;
        }
        first
    })
}

/// Everybody who watches, and what they saw in this run.
struct Hall {
    seen: Rc<RefCell<Seen>>,
    all_seen: Rc<Notify>,
    /// Messages of earlier runs, so that none is mistaken for a repeat.
    before: Cell<usize>,
}

#[derive(Default)]
struct Seen {
    first: usize,
    sent: Vec<Option<Instant>>,
    shown: Vec<bool>,
    missing: usize,
    took: Figures,
}

impl Hall {
    async fn open(node: &Node) -> Self {
        let (seen, all_seen) = (Rc::new(RefCell::new(Seen::default())), Rc::new(Notify::new()));
        for index in 0..CHANNELS {
            let token = token::of(&office::user(index));
            let joined = Socket::join(node.address, &token, &Cut::default()).await;
            let (mut socket, _) = joined.expect("a session");
            let (seen, all_seen) = (Rc::clone(&seen), Rc::clone(&all_seen));
            spawn_local(async move {
                while let Ok(packet) = socket.next().await {
                    if packet.starts_with("42/v1/conversation,[\"prospect_message\"") {
                        let index = sms::index(&packet).expect("one of ours");
                        if seen.borrow_mut().shown(index) {
                            all_seen.notify_one();
                        }
                    }
                }
                // Not noticed when the run is over; before, the count is not reached.
            });
        }
        Self { seen, all_seen, before: Cell::new(0) }
    }

    async fn run(
        &self,
        node: &Node,
        name: &str,
        messages: usize,
        sender: fn(usize) -> usize,
        pace: Option<usize>,
    ) -> usize {
        let first = self.before.replace(self.before.get() + messages);
        *self.seen.borrow_mut() = Seen {
            first,
            sent: vec![None; messages],
            shown: vec![false; messages],
            missing: messages,
            took: Figures::default(),
        };
        let requests = (first..first + messages).map(|index| {
            let sender = sender(index);
            sms::request(index, &sms::sender(sender), &office::number(sender % CHANNELS))
        });
        let work = Rc::new(Work {
            requests: requests.collect(),
            next: Cell::new(0),
            begun: Instant::now(),
            every: pace.map(|pace| Duration::from_secs(1) / pace as u32),
        });
        let stored = node.sum("switchboard_intake_total{outcome=\"stored\"}");
        let cpu = node.cpu_seconds();
        let posters: Vec<_> = (0..CONNECTIONS)
            .map(|_| spawn_local(post(node.address, Rc::clone(&work), Rc::clone(&self.seen))))
            .collect();
        let mut answers = Figures::default();
        for poster in posters {
            answers.extend(poster.await.expect("a poster that ends"));
        }
        let answered = work.begun.elapsed();
        if timeout(LIMIT, self.all_seen.notified()).await.is_err() {
            let missing = self.seen.borrow().missing;
            panic!("{missing} of {messages} were not shown\n{}", node.log());
        }
        let shown = work.begun.elapsed();
        let cpu = (node.cpu_seconds() - cpu) / messages as f64 * 1e6;

        assert_eq!(answers.len(), messages, "every message was answered 200");
        // The feed counts what it delivered a moment after people were told.
        let stored = || node.sum("switchboard_intake_total{outcome=\"stored\"}") - stored;
        while stored() < messages as f64 {
            assert!(work.begun.elapsed() < LIMIT, "{} of {messages} were stored", stored());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(stored() as usize, messages, "accepted is stored");
        let rate = per_second(messages, shown);
        println!(
            "| {name:<29} | {:>10} | {rate:>8} | {} | {} | {cpu:>6.0} |",
            per_second(messages, answered),
            answers.cells(),
            self.seen.borrow_mut().took.cells(),
        );
        rate
    }
}

impl Seen {
    /// Whether this was the last one.
    fn shown(&mut self, index: usize) -> bool {
        let Some(at) = index.checked_sub(self.first) else { panic!("{index} was shown again") };
        assert!(!std::mem::replace(&mut self.shown[at], true), "{index} was shown twice");
        let sent = self.sent[at].expect("sent before it is shown");
        self.took.add(sent.elapsed());
        self.missing -= 1;
        self.missing == 0
    }
}

/// What is to be posted; the posters share it.
struct Work {
    requests: Vec<Vec<u8>>,
    next: Cell<usize>,
    begun: Instant,
    /// Between two messages. Unset: as fast as it goes.
    every: Option<Duration>,
}

async fn post(to: std::net::SocketAddr, work: Rc<Work>, seen: Rc<RefCell<Seen>>) -> Figures {
    let mut connection = Connection::to(to).await.expect("it listens");
    let mut answers = Figures::default();
    loop {
        let at = work.next.replace(work.next.get() + 1);
        let Some(request) = work.requests.get(at) else { return answers };
        let mut begun = Instant::now();
        if let Some(every) = work.every {
            let due = work.begun + every * at as u32;
            if begun < due {
                sleep_until(Due::from_std(due)).await;
                begun = Instant::now();
            } else {
                // Late, since every connection waited for the server: that counts.
                begun = due;
            }
        }
        seen.borrow_mut().sent[at] = Some(begun);
        let status = connection.ask(request).await.expect("an answer");
        assert_eq!(status, 200);
        answers.add(begun.elapsed());
    }
}
