//! What a page of the team's lists and of a search costs when there are ten thousand
//! conversations, and when there are a million: it has to be the same. Each has a message, and the
//! first as many more as there are conversations. And what memory an export of all contacts takes.
//!
//! `cargo bench --bench team [-- CONVERSATIONS...]`
mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::{Value, json};
use support::figures::Figures;
use support::filled::{fill, rare};
use support::node::Node;
use support::socket::{Cut, Socket};
use support::{http, office, on_one_thread, token};

const SIZES: [usize; 2] = [10_000, 1_000_000];
/// Pages of each kind.
const PAGES: usize = 100;
/// Longest that the index of words may take.
const PATIENCE: Duration = Duration::from_secs(3_600);

fn main() {
    let mut sizes: Vec<usize> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    if sizes.is_empty() {
        sizes.extend(SIZES);
    }
    println!(
        "| page of 20                             | conversations | p50 ms   | p99 ms   | longest  |\n\
         |---|---|---|---|---|"
    );
    for size in sizes {
        let mut node = Node::started();
        office::open(&node, 1, 2);
        node.kill();
        let begun = Instant::now();
        let mut db = Connection::open(node.database()).expect("the store");
        fill(&mut db, size).expect("it fits");
        eprintln!("  filled {size} in {:?}", begun.elapsed());
        node.start();
        let begun = Instant::now();
        let waits = "SELECT EXISTS (SELECT 1 FROM search_waiting)";
        while db.query_row(waits, [], |row| row.get::<_, bool>(0)).expect("a number") {
            assert!(begun.elapsed() < PATIENCE, "the index is not filled");
            std::thread::sleep(Duration::from_millis(200));
        }
        eprintln!("  indexed {} messages in {:?}", 2 * size, begun.elapsed());
        by_highlevel(&node, size);
        by_inbox(&node, size);
        on_one_thread(by_socket(&node, size));
        let before = node.resident_kib();
        let (rows, took, most) = export(&node);
        assert!(rows > size, "a row of each contact, and what they are called");
        eprintln!("  exported {rows} lines in {took:?}; RSS {before} KiB, then at most {most}");
    }
}

fn by_highlevel(node: &Node, size: usize) {
    let token = token::of_the_team();
    let word = rare(7);
    for (name, more) in [
        ("all", ""),
        ("oldest first", "&sort=asc"),
        ("by manual date", "&sortBy=last_manual_message_date"),
        ("unread", "&status=unread"),
        ("starred", "&status=starred"),
        ("of one assignee", "&assignedTo=user-00000"),
        ("unread of one assignee", "&assignedTo=user-00000&status=unread"),
        ("one contact", "&contactId=contact-00000007"),
        ("found by a rare word", &format!("&query={word}")),
        ("found by a common word", "&query=thursday"),
        ("found by name", "&query=somebody"),
        ("found by number", "&query=13030000007"),
    ] {
        let (mut figures, mut after) = (Figures::default(), String::new());
        for _ in 0..PAGES {
            let target =
                format!("/conversations/search?locationId={}{more}{after}", office::ACCOUNT);
            let begun = Instant::now();
            let (status, body) = http::call_as(node.address, &token, &target).expect("an answer");
            figures.add(begun.elapsed());
            assert_eq!(status, 200, "{body}");
            let page: Value = serde_json::from_str(&body).expect("JSON");
            let rows = page["conversations"].as_array().expect("rows");
            let last = rows.last().filter(|_| rows.len() == 20);
            after = last.map_or(String::new(), |row| {
                let sort = &row["sort"];
                let id = sort[1].as_str().expect("an id");
                format!("&startAfterDate={}&startAfterDate={id}", sort[0])
            });
        }
        println!("| HighLevel, {name:<27} | {size:>13} | {} |", figures.cells());
    }
}

fn by_inbox(node: &Node, size: usize) {
    let token = token::of_the_team();
    let word = rare(7);
    for (name, more) in [
        ("all", ""),
        ("by beginning", "&sort=createdAt"),
        ("default view", "&inboxView=default"),
        ("no reply", "&inboxView=no-reply"),
        ("found by a rare word", &format!("&query={word}")),
    ] {
        let (mut figures, mut after) = (Figures::default(), String::new());
        for _ in 0..PAGES {
            let target = format!("/api/v1/threads?limit=20{more}{after}");
            let begun = Instant::now();
            let (status, body) = http::call_as(node.address, &token, &target).expect("an answer");
            figures.add(begun.elapsed());
            assert_eq!(status, 200, "{body}");
            let page: Value = serde_json::from_str(&body).expect("JSON");
            let next = &page["nextCursor"];
            after = next["id"].as_str().map_or(String::new(), |id| {
                let at = next["timestamp"].as_str().expect("an instant");
                format!("&cursorId={id}&cursorTimestamp={at}")
            });
        }
        println!("| Inbox, {name:<31} | {size:>13} | {} |", figures.cells());
    }
}

/// Reads the whole export: its lines, how long it took, and the most memory seen meanwhile, in KiB.
fn export(node: &Node) -> (usize, Duration, u64) {
    let begun = Instant::now();
    let mut stream = TcpStream::connect(node.address).expect("it listens");
    // The older protocol has no chunks.
    let request = format!(
        "GET /api/v1/prospects/export HTTP/1.0\r\nauthorization: Bearer {}\r\n\r\n",
        token::of_the_team()
    );
    stream.write_all(request.as_bytes()).expect("room for it");
    let (mut chunk, mut lines, mut most) = (vec![0; 1024 * 1024], 0, 0);
    loop {
        let count = stream.read(&mut chunk).expect("a whole export");
        if count == 0 {
            return (lines, begun.elapsed(), most);
        }
        lines += chunk[..count].iter().filter(|byte| **byte == b'\n').count();
        most = most.max(node.resident_kib());
    }
}

async fn by_socket(node: &Node, size: usize) {
    let token = token::of(&office::user(0));
    let (mut socket, _) =
        Socket::join(node.address, &token, &Cut::default()).await.expect("a session");
    let (few, many) = (rare(7), "thursday".to_owned());
    for (name, query) in [("a rare word", few), ("a common word", many)] {
        let (mut figures, mut ask) = (Figures::default(), json!({ "query": query }));
        for _ in 0..PAGES {
            let begun = Instant::now();
            let page = socket.ask("prospect_search", &ask).await.expect("an ack");
            figures.add(begun.elapsed());
            assert!(page["messages"].as_array().is_some_and(|rows| !rows.is_empty()), "{page}");
            ask["next"] = page["paging"]["next"].clone();
        }
        let name = format!("prospect_search, {name}");
        println!("| {name:<38} | {size:>13} | {} |", figures.cells());
    }
}
