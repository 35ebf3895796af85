//! Who may be written to: from a contact's words to the ledger.
use serde_json::{Value, json};

use crate::support::people::{CHANNEL, conversation, office};
use crate::support::twilio::Sms;
use crate::support::{Client, Request, TestNode};

const CARL: &str = "+12025550143";

/// Delivers, and waits until people see it: then the ledger has it or is about to.
fn write(node: &TestNode, ana: &Client, number: u32, text: &str) -> Value {
    Sms::new(number, CARL, text).deliver(node);
    ana.event_where("prospect_message", |message| message["data"] == text)
}

fn ledger(node: &TestNode, contact: &str) -> Value {
    let answer = node.send(&Request::get(&format!("/v1/contacts/{contact}/consent")).key());
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["data"].clone()
}

fn says(ledger: &Value) -> Vec<&str> {
    let entries = ledger["ledger"].as_array().expect("a ledger");
    entries.iter().filter_map(|entry| entry["says"].as_str()).collect()
}

#[test]
fn a_keyword_is_kept_with_its_message_as_evidence_and_once() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");

    let stop = write(&node, &ana, 1, "STOP");
    Sms::new(1, CARL, "STOP").deliver(&node);
    // One sender's messages are delivered one after another, each with what it says.
    write(&node, &ana, 2, "hello");
    write(&node, &ana, 3, "still there?");

    let contact = stop["sent_by"]["_id"].as_str().expect("a contact").to_owned();
    let kept = ledger(&node, &contact);
    assert_eq!(says(&kept), ["opt_out"]);
    assert_eq!(kept["ledger"][0]["evidence"]["message_id"], stop["_id"]);
    assert_eq!(kept["channels"][CHANNEL], "opted_out");

    write(&node, &ana, 4, "start");
    write(&node, &ana, 5, "done");
    let kept = ledger(&node, &contact);
    assert_eq!(says(&kept), ["opt_in", "opt_out"]);
    assert_eq!(kept["channels"][CHANNEL], "may_be_written_to");
}

#[test]
fn what_only_reads_like_an_opt_out_waits_until_a_person_decides() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");
    let doubt = write(&node, &ana, 1, "please stop texting me");
    write(&node, &ana, 2, "I mean it");
    let contact = doubt["sent_by"]["_id"].as_str().expect("a contact").to_owned();
    let doubtful = |account: &str| {
        let path = format!("/v1/consent/doubtful?account_id={account}&limit=10");
        node.send(&Request::get(&path).key()).json()
    };

    let open = doubtful("acme");
    assert_eq!(open["data"][0]["contact_id"], contact.as_str());
    assert_eq!(open["data"][0]["evidence"]["message_id"], doubt["_id"]);
    assert_eq!(open["paging"]["next"], Value::Null);
    assert_eq!(doubtful("other")["data"], json!([]));
    assert_eq!(ledger(&node, &contact)["channels"][CHANNEL], "may_be_written_to");

    let path = format!("/v1/contacts/{contact}/consent");
    let decision =
        json!({ "channel_id": CHANNEL, "says": "opt_out", "evidence": "ana read the message" });
    for _ in 0..2 {
        let answer = node.send(&Request::put(&path, &decision).key());
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(says(&answer.json()["data"]), ["opt_out", "doubtful"]);
    }
    assert_eq!(doubtful("acme")["data"], json!([]));
    assert_eq!(ledger(&node, &contact)["channels"][CHANNEL], "opted_out");
}

#[test]
fn the_ledger_is_for_trusted_services_and_takes_nothing_else() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");
    conversation(&node, &ana, "carl", &[]);
    let path = "/v1/contacts/carl/consent";

    for request in [Request::get(path), Request::get("/v1/consent/doubtful")] {
        assert_eq!(node.send(&request).status, 401);
    }
    for body in [
        json!({ "channel_id": CHANNEL, "says": "help", "evidence": "x" }),
        json!({ "channel_id": CHANNEL, "says": "opt_out" }),
        json!({ "says": "opt_out", "evidence": "x" }),
        json!({ "channel_id": CHANNEL, "says": "opt_out", "evidence": "x", "more": 1 }),
    ] {
        assert_eq!(node.send(&Request::put(path, &body).key()).status, 400, "{body}");
    }
    let elsewhere = json!({ "channel_id": "nowhere", "says": "opt_out", "evidence": "x" });
    assert_eq!(node.send(&Request::put(path, &elsewhere).key()).status, 404);
    assert_eq!(node.send(&Request::get("/v1/contacts/nobody/consent").key()).status, 404);
}
