//! What a page costs over the socket when there are ten thousand conversations and messages, and
//! when there are a million: it has to be the same. The database is filled past the engine, in
//! bulk, with the rows that the engine would have written.
//!
//! `cargo bench --bench lists [-- CONVERSATIONS...]`
mod support;

use std::time::Instant;

use rusqlite::{Connection, params};
use serde_json::{Value, json};
use support::figures::{Figures, millis};
use support::node::Node;
use support::socket::{Cut, Socket};
use support::{office, on_one_thread, token};

const SIZES: [usize; 2] = [10_000, 1_000_000];
/// Pages of each kind.
const PAGES: usize = 200;
/// Rows of one transaction.
const BULK: usize = 100_000;
/// Instants lie this far apart, in milliseconds, up to the newest.
const APART: i64 = 1_000;
const NEWEST: i64 = 1_750_000_000_000;
/// The conversation that holds as many messages as there are conversations.
const LONG: usize = 0;

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

fn conversation(index: usize) -> String {
    format!("conversation-{index:08}")
}

fn message(index: usize) -> String {
    format!("message-{index:08}")
}

/// So many conversations of two people with one message each, the first with as many more.
fn fill(db: &mut Connection, size: usize) -> rusqlite::Result<()> {
    db.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000")?;
    // Built afterwards they are the same, and sooner.
    let indexes: Vec<(String, String)> = db
        .prepare("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (name, _) in &indexes {
        db.execute_batch(&format!("DROP INDEX {name}"))?;
    }
    for from in (0..size).step_by(BULK) {
        let bulk = db.transaction()?;
        for index in from..(from + BULK).min(size) {
            insert_conversation(&bulk, index, size)?;
            insert_message(&bulk, index, index, 1, instant(index, size))?;
            // The first one of `LONG` is above.
            let (seq, at) = (index + 2, NEWEST - (size - index) as i64 * APART);
            insert_message(&bulk, size + index, LONG, seq, at)?;
        }
        bulk.commit()?;
    }
    for (_, sql) in &indexes {
        db.execute_batch(sql)?;
    }
    db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
}

/// Neighbours in time are not neighbours on disk.
fn instant(index: usize, size: usize) -> i64 {
    let scattered = (index as u64 * 7_919) % size as u64;
    NEWEST - scattered as i64 * APART
}

fn insert_conversation(db: &Connection, index: usize, size: usize) -> rusqlite::Result<()> {
    let (id, contact, channel) =
        (conversation(index), format!("contact-{index:08}"), office::channel(0));
    let (at, is_long) = (instant(index, size), index == LONG);
    let last_seq = if is_long { size + 1 } else { 1 };
    // Of a hundred: 10 closed, 5 snoozed, 5 archived, 10 unread, 1 pinned.
    let kind = if is_long { 99 } else { index * 31 % 100 };
    let is_open = !(0..10).contains(&kind);
    let snooze = (10..15).contains(&kind).then_some(i64::MAX);
    let (is_archived, unread) = ((15..20).contains(&kind), u32::from((20..30).contains(&kind)));
    let (pinned, last) = (kind == 30, message(index));
    db.prepare_cached(
        "INSERT INTO contacts (id, account, name, phone, details) VALUES (?1, ?2, ?3, ?4, '{}')",
    )?
    .execute(params![contact, office::ACCOUNT, "Somebody", format!("+1303{index:07}")])?;
    db.prepare_cached(
        "INSERT INTO conversationprospects (id, account, contact, channel, version, image, is_open, \
         starred, created_at, updated_at, last_seq, last_at, public_at, public_message, at, \
         at_manual) VALUES (?1, ?2, ?3, ?4, 1, '[]', ?5, 0, ?6, ?6, ?7, ?6, ?6, ?8, ?6, ?6)",
    )?
    .execute(params![id, office::ACCOUNT, contact, channel, is_open, at, last_seq as i64, last])?;
    for place in 0..2 {
        db.prepare_cached(
            "INSERT INTO participants (conversation, user, place, is_admin, show_on_top, snooze, \
             is_archived, read, unread, removed, channel, at, last_message, is_open) \
             VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6, 0, ?7, 0, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            id,
            office::user(place),
            place as i64,
            pinned,
            snooze,
            is_archived,
            unread,
            channel,
            at,
            last,
            is_open
        ])?;
    }
    Ok(())
}

fn insert_message(
    db: &Connection,
    index: usize,
    within: usize,
    seq: usize,
    at: i64,
) -> rusqlite::Result<()> {
    let (id, there, uuid) = (message(index), conversation(within), format!("uuid-{index:08}"));
    let contact = format!("contact-{within:08}");
    let there_only = json!([there]).to_string();
    db.prepare_cached(
        "INSERT INTO communications (id, account, uuid, kind, author_contact, contact, text, \
         attachments, mentions, created_at, dated, addressed, conversations, fixed, emitted) \
         VALUES (?1, ?2, ?3, 'INCOMING', ?4, ?4, ?5, '[]', '[]', ?6, 0, '[]', ?7, 1, 1)",
    )?
    .execute(params![
        id,
        office::ACCOUNT,
        uuid,
        contact,
        support::sms::text(index),
        at,
        there_only
    ])?;
    db.prepare_cached(
        "INSERT INTO placements (conversation, seq, message, created_at, position, uuid) \
         VALUES (?1, ?2, ?3, ?4, 0, ?5)",
    )?
    .execute(params![there, seq as i64, id, at, uuid])?;
    Ok(())
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
