//! Coming back: what was missed comes first, all of it or none.
use serde_json::{Value, json};

use crate::support::people::office;
use crate::support::twilio::Sms;
use crate::support::{Client, TestNode, client, token};

const CARL: &str = "+12025550143";

#[test]
fn what_was_missed_comes_in_order_before_anything_new() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let (ana, ben) = (patient(&node, "ana"), Client::of(&node, "ben"));
    Sms::new(0, CARL, "seen").deliver(&node);
    ana.event("prospect_message");

    ana.cut();
    for number in 1..=5 {
        Sms::new(number, CARL, &format!("missed {number}")).deliver(&node);
    }
    ben.event_where("prospect_message", |message| message["data"] == "missed 5");
    ana.reopen();

    assert_eq!(ana.connected()["recovered"], true);
    Sms::new(6, CARL, "new").deliver(&node);
    let missed = texts_until(&ana, "new");
    assert_eq!(missed, ["missed 1", "missed 2", "missed 3", "missed 4", "missed 5", "new"]);
}

#[test]
fn a_line_that_was_cut_before_any_event_is_recovered_too() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let (ana, ben) = (patient(&node, "ana"), Client::of(&node, "ben"));

    ana.cut();
    Sms::new(1, CARL, "missed").deliver(&node);
    ben.event("prospect_message");
    ana.reopen();

    assert_eq!(ana.connected()["recovered"], true);
    assert_eq!(ana.event("prospect_add_conversation")["isNew"], true);
    assert_eq!(ana.event("prospect_message")["data"], "missed");
}

#[test]
fn recovery_survives_a_kill_of_the_server() {
    let mut node = TestNode::start();
    office(&node, &["ana"]);
    let ana = patient(&node, "ana");
    Sms::new(1, CARL, "seen").deliver(&node);
    ana.event("prospect_message");

    ana.cut();
    Sms::new(2, CARL, "missed before").deliver(&node);
    node.kill();
    node.resume();
    Sms::new(3, CARL, "missed after").deliver(&node);
    ana.reopen();

    assert_eq!(ana.connected()["recovered"], true);
    assert_eq!(texts_until(&ana, "missed after"), ["missed before", "missed after"]);
}

#[test]
fn a_pid_in_other_hands_recovers_nothing() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let (ana, pid) = patient_with_pid(&node, "ana");
    ana.cut();

    let auth = json!({ "token": token::of("ben"), "pid": pid, "offset": "" });
    let ben = Client::open(&node, client::NAMESPACE, json!({ "auth": auth }));

    let answer = ben.connected();
    assert_eq!(answer["recovered"], false);
    assert_ne!(answer["pid"], pid);
    assert!(answer["pid"].is_string());
}

#[test]
fn an_unknown_pid_gets_a_new_beginning_and_no_part_of_the_past() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let (ana, pid) = patient_with_pid(&node, "ana");
    Sms::new(1, CARL, "old").deliver(&node);
    ana.event("prospect_message");
    ana.cut();

    let auth = json!({ "token": token::of("ana"), "pid": "made-up", "offset": "made-up" });
    let again = Client::open(&node, client::NAMESPACE, json!({ "auth": auth }));

    let answer = again.connected();
    assert_eq!(answer["recovered"], false);
    assert_ne!(answer["pid"], pid);
    Sms::new(2, CARL, "new").deliver(&node);
    assert_eq!(texts_until(&again, "new"), ["new"]);
}

/// A client that, once cut off, stays away until it is told to come back.
fn patient(node: &TestNode, user: &str) -> Client {
    patient_with_pid(node, user).0
}

fn patient_with_pid(node: &TestNode, user: &str) -> (Client, Value) {
    let options = json!({ "auth": { "token": token::of(user) }, "reconnection": false });
    let client = Client::open(node, client::NAMESPACE, options);
    let pid = client.connected()["pid"].clone();
    (client, pid)
}

fn texts_until(client: &Client, last: &str) -> Vec<Value> {
    client
        .events_until(|name, event| name == "prospect_message" && event["data"] == last)
        .into_iter()
        .filter(|(name, _)| name == "prospect_message")
        .map(|(_, event)| event["data"].clone())
        .collect()
}
