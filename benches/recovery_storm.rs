//! The server is killed and started again, and everybody comes back at once: how long until the
//! last one has all it missed, and how often the store was read for that. Everybody has to be
//! recovered, and to get every missed event exactly once, or the measurement fails.
//!
//! `cargo bench --bench recovery_storm [-- CLIENTS...]`
mod support;

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use support::figures::{Figures, millis};
use support::http::Connection;
use support::node::Node;
use support::socket::{self, Cut, Socket};
use support::{office, on_one_thread, sms, token};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

const CLIENTS: [usize; 2] = [200, 2_000];
const CHANNELS: usize = 20;
/// Missed by everybody: new contacts write to each channel, and write again.
const CONTACTS: usize = 5;
const MESSAGES_EACH: usize = 4;
const MISSED: usize = CONTACTS * (MESSAGES_EACH + 1);
/// Longest that any one step may take.
const LIMIT: Duration = Duration::from_secs(60);
/// How often somebody who is sent away comes again, and how long they wait before they do.
const MOST_TRIES: usize = 50;
const PAUSE: Duration = Duration::from_millis(500);

fn main() {
    let mut sizes: Vec<usize> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    if sizes.is_empty() {
        sizes.extend(CLIENTS);
    }
    println!("Everybody missed {MISSED} events; {CHANNELS} channels\n");
    println!(
        "| clients | ready ms | all back ms | back p50 | p99 ms | longest | RSS KiB/client | store reads |\n\
         |---|---|---|---|---|---|---|---|"
    );
    for clients in sizes {
        storm(clients / CHANNELS * CHANNELS);
    }
}

/// A client that stays away until it is told to come back.
struct Away {
    token: String,
    cut: Cut,
}

fn storm(clients: usize) {
    let mut node = Node::started();
    office::open(&node, CHANNELS, clients / CHANNELS);
    let idle = node.resident_kib();
    let away = on_one_thread(meet(&node, clients));
    let resident = node.resident_kib().saturating_sub(idle) as f64 / clients as f64;

    node.kill();
    let ready = node.start();
    let (all, mut each, again) = on_one_thread(come_back(&node, away));

    let reads = reads(&node);
    let total: f64 = reads.values().sum();
    println!(
        "| {clients:>7} | {:>8} | {:>11} | {} | {resident:>14.1} | {total:>11} |",
        millis(ready),
        millis(all),
        each.cells()
    );
    eprintln!("  sent away to come again: {again}; store reads of {clients}: {reads:?}");
    let recovered = node.sum("switchboard_recoveries_total{outcome=\"recovered\"}");
    assert_eq!(recovered as usize, clients);
}

/// Everybody connects and hears something, which gives them an offset; then things happen. They
/// keep the early offset, as if they had been cut then.
async fn meet(node: &Node, clients: usize) -> Vec<Away> {
    let mut sockets = Vec::with_capacity(clients);
    for index in 0..clients {
        let token = token::of(&office::user(index));
        let joined = Socket::join(node.address, &token, &Cut::default()).await;
        let (socket, pid) = joined.expect("a session");
        sockets.push((socket, token, pid));
    }
    let mut webhooks = Connection::to(node.address).await.expect("it listens");
    let mut index = 0;
    for channel in 0..CHANNELS {
        write(&mut webhooks, &mut index, 0, channel).await;
    }
    let mut listening = JoinSet::new();
    for (mut socket, token, pid) in sockets {
        listening.spawn_local(async move {
            let mut offset = None;
            // A new conversation and its first message.
            for _ in 0..2 {
                let packet = socket.next().await.expect("an event");
                offset = socket::offset(&packet);
            }
            assert!(offset.is_some(), "events carry an offset");
            (socket, Away { token, cut: Cut { pid: Some(pid), offset } })
        });
    }
    let heard = timeout(LIMIT, listening.join_all()).await.expect("everybody hears in time");
    for _ in 0..MESSAGES_EACH {
        for contact in 1..=CONTACTS {
            for channel in 0..CHANNELS {
                write(&mut webhooks, &mut index, contact, channel).await;
            }
        }
    }
    // All is shown before the kill; what was not would be shown after it, which is another test.
    let mut listening = JoinSet::new();
    for (mut socket, away) in heard {
        listening.spawn_local(async move {
            for _ in 0..MISSED {
                socket.next().await.expect("an event");
            }
            away
        });
    }
    timeout(LIMIT, listening.join_all()).await.expect("everything is shown in time")
}

async fn write(webhooks: &mut Connection, index: &mut usize, contact: usize, channel: usize) {
    let sender = sms::sender(contact * 1_000 + channel);
    let request = sms::request(*index, &sender, &office::number(channel));
    assert_eq!(webhooks.ask(&request).await.expect("an answer"), 200);
    *index += 1;
}

/// All at once. Gives when the last one had everything, how long each took, and how often somebody had
/// to come again.
async fn come_back(node: &Node, away: Vec<Away>) -> (Duration, Figures, usize) {
    let (to, begun) = (node.address, Instant::now());
    let mut coming = JoinSet::new();
    for Away { token, cut } in away {
        coming.spawn_local(async move {
            let mut again = 0;
            let (mut socket, pid) = loop {
                // Where so many queue that there is no more room, who comes is sent away to come again.
                match Socket::join(to, &token, &cut).await {
                    Ok(joined) => break joined,
                    Err(error) => assert!(again < MOST_TRIES, "no session: {error}"),
                }
                again += 1;
                sleep(PAUSE).await;
            };
            assert_eq!(Some(pid), cut.pid, "recovered");
            let (mut messages, mut repeats) = (HashSet::new(), 0);
            while messages.len() < CONTACTS * MESSAGES_EACH {
                let packet = socket.next().await.expect("an event");
                if packet.contains("\"prospect_message\"") {
                    let index = sms::index(&packet).expect("one of ours");
                    // An offset never claims more than was sent, so the one before may repeat.
                    let news = index >= CHANNELS && messages.insert(index);
                    repeats += usize::from(!news);
                }
            }
            let took = begun.elapsed();
            assert!(repeats <= 1, "no more than what the offset was of");
            (socket, took, again)
        });
    }
    let back = timeout(LIMIT, coming.join_all()).await.expect("everybody is back in time");
    let (mut figures, mut again) = (Figures::default(), 0);
    for (_, took, tries) in back {
        figures.add(took);
        again += tries;
    }
    (figures.at(1.0), figures, again)
}

/// Reads of the store since the start, by operation; those of `/ready` aside.
fn reads(node: &Node) -> BTreeMap<String, f64> {
    let counted = node.counted("switchboard_store_read_seconds_count{operation=\"");
    let named = counted
        .into_iter()
        .filter_map(|(rest, count)| Some((rest.split('"').next()?.to_owned(), count)));
    named.filter(|(operation, _)| operation != "tail").collect()
}
