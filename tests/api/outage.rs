//! The database goes away under load and comes back: what providers send is kept and answered,
//! sockets stay, and everything is there afterwards, once and in order.
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::mongodb::Database;
use crate::support::people::{CHANNEL, office};
use crate::support::twilio::Sms;
use crate::support::{Client, Request, TestNode, Way, wait};

/// Contacts that write, each one message after the other.
const SENDERS: usize = 4;
/// How long each takes for a message. All together less than what a slow machine's database takes.
const BETWEEN: Duration = Duration::from_millis(400);
/// How long each piece takes on a slow way; a commit needs some dozen.
const SLOW: Duration = Duration::from_millis(150);
/// How long each fault lasts. `OUTAGE_SECONDS` says otherwise: minutes, for whoever has them.
const SECONDS: u64 = 12;

/// What it is called, whether the store is gone meanwhile, and how it is brought about.
type Fault = (&'static str, bool, fn(&Way));

#[test]
fn a_database_that_goes_and_comes_back_costs_no_message_and_no_socket() {
    let Some(database) = Database::fresh() else { return };
    let way = Way::to(database.server_address());
    let url = database.url_by(way.address);
    let node = TestNode::with(&[("store.url", &url)]);
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");
    let (sent, over) = (AtomicU32::new(0), AtomicBool::new(false));

    let texts = thread::scope(|scope| {
        let writers: Vec<_> = (0..SENDERS)
            .map(|sender| {
                let (node, sent, over) = (&node, &sent, &over);
                scope.spawn(move || write_on(node, sender, sent, over))
            })
            .collect();
        beyond(&sent, 12);
        let (cut, held, slow) = (Way::cut, Way::hold, |way: &Way| way.slow_down(SLOW));
        let faults: [Fault; 3] =
            [("gone", true, cut), ("silent", true, held), ("slow", false, slow)];
        for (name, is_named, fault) in faults {
            fail(&node, &way, &ana, (name, is_named, fault), &sent);
        }
        over.store(true, Ordering::SeqCst);
        writers.into_iter().map(|writer| writer.join().expect("answered 200")).collect::<Vec<_>>()
    });

    let mended = Instant::now();
    let shown = shown_to(&ana, &texts);
    eprintln!(
        "outage: {} messages answered 200, all shown {:.1} s after the last fault",
        texts.iter().map(Vec::len).sum::<usize>(),
        mended.elapsed().as_secs_f64(),
    );
    assert_eq!(listed(&ana), texts, "each sender's messages, once and in their order");
    assert_eq!(shown, texts, "and so they were shown");
}

/// Writes until it is over; the texts in order. Each has to be answered 200, whatever the database
/// does.
fn write_on(node: &TestNode, sender: usize, sent: &AtomicU32, over: &AtomicBool) -> Vec<String> {
    let mut texts = Vec::new();
    while !over.load(Ordering::SeqCst) {
        let number = sent.fetch_add(1, Ordering::SeqCst);
        let text = format!("{sender} says {}", texts.len());
        Sms::new(number, &format!("+1202555010{sender}"), &text).deliver(node);
        texts.push(text);
        thread::sleep(BETWEEN);
    }
    texts
}

/// Lets the way to the database be so for a while, under load, and then good again.
fn fail(
    node: &TestNode,
    way: &Way,
    ana: &Client,
    (name, is_named, fault): (&str, bool, fn(&Way)),
    sent: &AtomicU32,
) {
    let lasts = std::env::var("OUTAGE_SECONDS").ok().and_then(|text| text.parse().ok());
    let lasts = Duration::from_secs(lasts.unwrap_or(SECONDS));
    let start = Instant::now();
    fault(way);

    if is_named {
        let cut = wait::until("the store to be named as cut", || {
            let answer = Request::get("/ready").send(node.address).expect("an answer");
            (answer.status == 503).then(|| answer.json())
        });
        assert_eq!(cut["checks"]["store"], "cut", "{cut}");
        assert_eq!(cut["checks"]["intake"], "ok", "{cut}");
        let known = start.elapsed();
        // Nobody waits for ever: a person is told to try again.
        let ask = ana.send("prospect_list_conversation", json!({ "channel_id": CHANNEL }));
        let answer = ana.answer(ask);
        assert_eq!(answer["errno"], 503, "{answer}");
        eprintln!("outage: {name}, said by /ready after {:.1} s", known.as_secs_f64());
    }
    let at_least = sent.load(Ordering::SeqCst) + 8;
    // What the fault is like, not what the test waits for.
    thread::sleep(lasts.saturating_sub(start.elapsed()));
    beyond(sent, at_least);
    way.mend();

    let mended = Instant::now();
    wait::until("the store to be ready again", || {
        let answer = Request::get("/ready").send(node.address).expect("an answer");
        (answer.status == 200).then_some(())
    });
    eprintln!("outage: ready {:.1} s after it was {name}", mended.elapsed().as_secs_f64());
    assert!(!ana.was_disconnected(), "her socket stayed");
}

fn beyond(sent: &AtomicU32, number: u32) {
    wait::until("more webhooks to be answered", || {
        (sent.load(Ordering::SeqCst) > number).then_some(())
    });
}

/// What the socket was told, sender by sender, until the last message of each.
fn shown_to(ana: &Client, texts: &[Vec<String>]) -> Vec<Vec<String>> {
    let mut missing: HashSet<&str> =
        texts.iter().filter_map(|all| all.last().map(String::as_str)).collect();
    let mut shown: Vec<Vec<String>> = vec![Vec::new(); SENDERS];
    let mut ids = HashSet::new();
    while !missing.is_empty() {
        let message = ana.event("prospect_message");
        let text = message["data"].as_str().expect("a text");
        missing.remove(text);
        // An event may come twice, under its id.
        if ids.insert(message["_id"].clone()) {
            let sender: usize = text[..1].parse().expect("a sender");
            shown[sender].push(text.to_owned());
        }
    }
    shown
}

/// What the lists hold, oldest first.
fn listed(ana: &Client) -> Vec<Vec<String>> {
    let list =
        ana.ask("prospect_list_conversation", json!({ "channel_id": CHANNEL, "limit": 100 }));
    let conversations = list["conversation"].as_array().expect("a list");
    assert_eq!(conversations.len(), SENDERS, "one for each sender");
    let mut all = HashMap::new();
    for conversation in conversations {
        let (mut texts, mut next) = (Vec::new(), Value::Null);
        loop {
            let mut ask = json!({
                "conversation_id": conversation["_id"], "limit": 100, "sort": "ASC",
            });
            if !next.is_null() {
                ask["next"] = next;
            }
            let page = ana.ask("prospect_list_message", ask);
            let messages = page["messages"].as_array().expect("a page");
            texts.extend(messages.iter().map(|m| m["data"].as_str().expect("a text").to_owned()));
            next = page["paging"]["next"].clone();
            if next.is_null() {
                break;
            }
        }
        all.insert(texts[0][..1].to_owned(), texts);
    }
    (0..SENDERS).map(|sender| all.remove(&sender.to_string()).expect("a conversation")).collect()
}
