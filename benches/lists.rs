//! What a page costs over the socket when there are ten thousand conversations and messages, and
//! when there are a million: it has to be the same. The database is filled past the engine, in
//! bulk, with the rows that the engine would have written.
//!
//! `cargo bench --bench lists [-- CONVERSATIONS...]`
mod support;

use std::time::Instant;

use rusqlite::Connection;
use serde_json::{Value, json};
use support::figures::{Figures, millis};
use support::filled::{LONG, conversation, fill, message};
use support::node::Node;
use support::socket::{Cut, Socket};
use support::{office, on_one_thread, token};

const SIZES: [usize; 2] = [10_000, 1_000_000];
/// Pages of each kind.
const PAGES: usize = 200;

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
        // The schema is the program's own.
        node.kill();
        let begun = Instant::now();
        fill(&mut Connection::open(node.database()).expect("the store"), size).expect("it fits");
        eprintln!("  filled {size} in {:?}", begun.elapsed());
        let ready = node.start();
        eprintln!("  ready after {} ms, RSS {} KiB", millis(ready), node.resident_kib());
        on_one_thread(turn_pages(&node, size));
        eprintln!("  RSS afterwards {} KiB", node.resident_kib());
    }
}

async fn turn_pages(node: &Node, size: usize) {
    let token = token::of(&office::user(0));
    let (mut socket, _) =
        Socket::join(node.address, &token, &Cut::default()).await.expect("a session");
    let channel = office::channel(0);
    for filter in ["", "OPEN", "CLOSE", "SNOOZE", "UNREAD", "PRIORITY", "ARCHIVED"] {
        let mut ask = json!({ "channel_id": channel });
        if !filter.is_empty() {
            ask["filter"] = filter.into();
        }
        let name = if filter.is_empty() { "all" } else { filter };
        let first = again(&mut socket, "prospect_list_conversation", &ask).await;
        show(&format!("conversations, {name}, first"), size, first);
        let further =
            walk(&mut socket, "prospect_list_conversation", ask.clone(), "conversation").await;
        show(&format!("conversations, {name}, page by page"), size, further);
        ask["sort"] = "OLDEST".into();
        let oldest = walk(&mut socket, "prospect_list_conversation", ask, "conversation").await;
        show(&format!("conversations, {name}, oldest"), size, oldest);
    }
    let long = json!({ "conversation_id": conversation(LONG) });
    let first = again(&mut socket, "prospect_list_message", &long).await;
    show("messages of a long one, first", size, first);
    let further = walk(&mut socket, "prospect_list_message", long, "messages").await;
    show("messages of a long one, page by page", size, further);
    let mut around = Figures::default();
    for page in 0..PAGES {
        let anchor = size + (page * 7_919 + 1) % size;
        let ask = json!({
            "conversation_id": conversation(LONG), "message_id": message(anchor),
        });
        around.add(page_of(&mut socket, "prospect_list_message_by_id", &ask).await.1);
    }
    show("messages of a long one, around any", size, around);
    let mut others = Figures::default();
    for page in 0..PAGES {
        let ask = json!({ "conversation_id": conversation((page * 7_919 + 1) % size) });
        others.add(page_of(&mut socket, "prospect_list_message", &ask).await.1);
    }
    show("messages of any conversation", size, others);
}

fn show(name: &str, size: usize, mut figures: Figures) {
    assert!(figures.len() > 0, "{name} has no page");
    println!("| {name:<38} | {size:>13} | {} |", figures.cells());
}

/// The same page over and over.
async fn again(socket: &mut Socket, event: &str, ask: &Value) -> Figures {
    let mut figures = Figures::default();
    for _ in 0..PAGES {
        figures.add(page_of(socket, event, ask).await.1);
    }
    figures
}

/// From page to page. No row may come twice.
async fn walk(socket: &mut Socket, event: &str, mut ask: Value, rows: &str) -> Figures {
    let (mut figures, mut seen) = (Figures::default(), std::collections::HashSet::new());
    for _ in 0..PAGES {
        let (page, took) = page_of(socket, event, &ask).await;
        figures.add(took);
        for row in page[rows].as_array().expect("rows") {
            assert!(seen.insert(row["_id"].to_string()), "a row came twice");
        }
        match page["paging"]["next"].as_str() {
            Some(next) => ask["next"] = next.into(),
            None => break,
        }
    }
    figures
}

async fn page_of(socket: &mut Socket, event: &str, ask: &Value) -> (Value, std::time::Duration) {
    let begun = Instant::now();
    let answer = socket.ask(event, ask).await.expect("an ack");
    let took = begun.elapsed();
    assert_ne!(answer["success"], false, "{answer}");
    (answer, took)
}
