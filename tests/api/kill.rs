//! Acknowledged means on disk: the server is killed in the middle of bursts, again and again.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;

use serde_json::{Value, json};

use crate::support::node::on_mongodb;
use crate::support::people::{CHANNEL, office};
use crate::support::twilio::Sms;
use crate::support::{Client, TestNode};

const ROUNDS: u32 = 50;
/// The server that stands in for MongoDB takes some dozen commits a second, and the journal far more.
const ROUNDS_ON_MONGODB: u32 = 10;
/// Contacts that write side by side.
const SENDERS: [&str; 4] = ["+12025550143", "+12025550144", "+12025550145", "+12025550146"];
/// Never reached: every round is killed before.
const MOST_OF_A_ROUND: u32 = 10_000;

#[test]
fn what_was_acknowledged_is_there_exactly_once_after_fifty_kills() {
    let mut node = TestNode::start();
    office(&node, &["ana"]);
    let (next, acknowledged) = (AtomicU32::new(0), Mutex::new(BTreeSet::new()));

    let rounds = if on_mongodb() { ROUNDS_ON_MONGODB } else { ROUNDS };
    for round in 0..rounds {
        // Between 1 and 40 answers, never the same distance: a point that nobody chose.
        let enough = (round * 17) % 40 + 1;
        burst_and_kill(&mut node, enough, &next, &acknowledged);
        node.resume();
    }

    let ana = Client::of(&node, "ana");
    for (number, sender) in SENDERS.iter().enumerate() {
        let text = format!("the last of {number}");
        Sms::new(u32::MAX - number as u32, sender, &text).deliver(&node);
    }
    // The feed keeps the order of a sender, so behind these nothing is left.
    for number in 0..SENDERS.len() {
        let text = format!("the last of {number}");
        ana.event_where("prospect_message", |message| message["data"] == text.as_str());
    }
    let mut times = BTreeMap::<String, u32>::new();
    for text in every_text(&ana) {
        *times.entry(text).or_default() += 1;
    }
    let acknowledged = acknowledged.into_inner().expect("no thread panicked");
    assert!(acknowledged.len() >= rounds as usize, "too few messages to prove anything");
    let lost: Vec<_> = acknowledged.iter().filter(|text| !times.contains_key(*text)).collect();
    let doubled: Vec<_> = times.iter().filter(|(_, times)| **times > 1).collect();
    assert!(lost.is_empty(), "of {} acknowledged lost: {lost:?}", acknowledged.len());
    assert!(doubled.is_empty(), "stored more than once: {doubled:?}");
}

/// Everybody writes as fast as they are answered, until there were enough answers; what had been
/// answered by then, or in the moment of dying, counts as acknowledged.
fn burst_and_kill(
    node: &mut TestNode,
    enough: u32,
    next: &AtomicU32,
    acknowledged: &Mutex<BTreeSet<String>>,
) {
    let (address, answers) = (node.address, mpsc::channel());
    thread::scope(|scope| {
        for sender in SENDERS {
            let answered = answers.0.clone();
            scope.spawn(move || {
                for _ in 0..MOST_OF_A_ROUND {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let text = format!("text {number}");
                    match Sms::new(number, sender, &text).request().send(address) {
                        Ok(answer) if answer.status == 200 => {
                            acknowledged.lock().expect("nobody panicked").insert(text);
                            let _ = answered.send(());
                        }
                        // Refused or cut off: Twilio would know that it was not taken.
                        Ok(_) => {}
                        Err(_) => return,
                    }
                }
            });
        }
        for _ in 0..enough {
            answers.1.recv().expect("the server answers");
        }
        node.kill();
    });
}

fn every_text(of: &Client) -> Vec<String> {
    let list = of.ask("prospect_list_conversation", json!({ "channel_id": CHANNEL, "limit": 100 }));
    let conversations = list["conversation"].as_array().expect("a list");
    assert_eq!(conversations.len(), SENDERS.len());
    let mut texts = Vec::new();
    for conversation in conversations {
        let mut next = Value::Null;
        loop {
            let mut ask = json!({ "conversation_id": conversation["_id"], "limit": 100 });
            if !next.is_null() {
                ask["next"] = next;
            }
            let page = of.ask("prospect_list_message", ask);
            let messages = page["messages"].as_array().expect("a page");
            texts.extend(
                messages.iter().map(|message| message["data"].as_str().expect("a text").to_owned()),
            );
            next = page["paging"]["next"].clone();
            if next.is_null() {
                break;
            }
        }
    }
    texts
}
