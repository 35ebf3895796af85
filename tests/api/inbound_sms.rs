//! A text message from a contact, from Twilio's request to what people see.
use std::collections::BTreeSet;
use std::thread;

use serde_json::{Value, json};

use crate::support::people::{CHANNEL, office, put};
use crate::support::twilio::Sms;
use crate::support::{Client, Request, TestNode, wait};

const CARL: &str = "+12025550143";

#[test]
fn a_message_reaches_every_member_and_counts_for_each() {
    let node = TestNode::start();
    office(&node, &["ana", "ben", "dan"]);
    put(
        &node,
        "/v1/channels/other",
        &json!({
            "account_id": "acme", "kind": "SMS", "name": "other", "address": "+12025550101",
            "member_ids": ["dan"],
        }),
    );
    put(
        &node,
        &format!("/v1/channels/{CHANNEL}"),
        &json!({
            "account_id": "acme", "kind": "SMS", "name": CHANNEL, "address": "+12025550100",
            "member_ids": ["ana", "ben"],
        }),
    );
    let (ana, ben, dan) =
        (Client::of(&node, "ana"), Client::of(&node, "ben"), Client::of(&node, "dan"));

    let answer = Sms::new(1, CARL, "hello").deliver(&node);
    Sms::new(2, CARL, "anybody there?").deliver(&node);

    assert!(answer.text().contains("<Response></Response>"), "{}", answer.text());
    for member in [&ana, &ben] {
        let first = member.event("prospect_message");
        let second = member.event("prospect_message");
        assert_eq!((&first["data"], &second["data"]), (&json!("hello"), &json!("anybody there?")));
        assert_eq!((&first["type"], &first["is_note"]), (&json!("INCOMING"), &json!(false)));
        assert_eq!(first["is_sender"], false);
        let listed = conversations(member);
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0]["unread_count"], 2);
        assert_eq!(listed[0]["last_activity"]["data"], "anybody there?");
        assert_eq!(listed[0]["_id"], first["conversation_id"]);
    }
    // The outsider's own message comes after those of the others, and is the first he sees.
    Sms::new(3, CARL, "for dan").to("+12025550101").deliver(&node);
    assert_eq!(dan.event("prospect_message")["data"], "for dan");
    assert!(!dan.heard().contains("anybody there?"));
}

#[test]
fn a_repeated_message_sid_is_shown_and_counted_once() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");

    for _ in 0..3 {
        Sms::new(1, CARL, "once").deliver(&node);
    }
    Sms::new(2, CARL, "the last").deliver(&node);

    let seen =
        ana.events_until(|name, event| name == "prospect_message" && event["data"] == "the last");
    let texts: Vec<_> = messages(&seen).map(|message| message["data"].clone()).collect();
    assert_eq!(texts, ["once", "the last"]);
    assert_eq!(conversations(&ana)[0]["unread_count"], 2);
}

#[test]
fn a_new_conversation_is_announced_before_its_first_message() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");

    Sms::new(1, CARL, "hello").deliver(&node);
    Sms::new(2, CARL, "again").deliver(&node);

    let seen =
        ana.events_until(|name, event| name == "prospect_message" && event["data"] == "again");
    let names: Vec<_> = seen.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["prospect_add_conversation", "prospect_message", "prospect_message"]);
    let conversation = &seen[0].1;
    assert_eq!(conversation["isNew"], true);
    assert_eq!(conversation["contact_id"]["phone"], CARL);
    assert_eq!(conversation["title"], CARL);
    assert_eq!(conversation["_id"], seen[1].1["conversation_id"]);
}

#[test]
fn a_hundred_first_messages_at_once_make_one_conversation() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");

    thread::scope(|scope| {
        for number in 0..100 {
            let node = &node;
            scope.spawn(move || Sms::new(number, CARL, &format!("text {number}")).deliver(node));
        }
    });

    let mut texts = BTreeSet::new();
    while texts.len() < 100 {
        texts.insert(ana.event("prospect_message")["data"].to_string());
    }
    let listed = conversations(&ana);
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["unread_count"], 100);
    assert_eq!(ana.heard().matches("\"isNew\":true").count(), 1);
}

#[test]
fn pictures_arrive_as_attachments() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");

    let media = [
        ("https://media.example.com/1", "image/jpeg"),
        ("https://media.example.com/2", "image/png"),
    ];
    Sms::new(1, CARL, "").with_media(&media).deliver(&node);

    let message = ana.event("prospect_message");
    assert_eq!(
        message["attachments"],
        json!([
            { "url": "https://media.example.com/1", "content_type": "image/jpeg" },
            { "url": "https://media.example.com/2", "content_type": "image/png" },
        ])
    );
}

#[test]
fn a_forged_message_is_kept_apart_until_somebody_releases_it() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");

    let forged = node.send(&Sms::new(1, CARL, "forged").signed("AAAAAAAAAAAAAAAAAAAAAAAAAAA="));
    let unknown = Sms::new(2, CARL, "to nobody").to("+12025550199").deliver(&node);
    Sms::new(3, CARL, "genuine").deliver(&node);

    assert_eq!((forged.status, unknown.status), (200, 200));
    let seen =
        ana.events_until(|name, event| name == "prospect_message" && event["data"] == "genuine");
    assert_eq!(messages(&seen).count(), 1);
    let kept = wait::until("both to be in quarantine", || {
        let kept = node.send(&Request::get("/v1/quarantine").key()).json()["data"].clone();
        (kept.as_array()?.len() == 2).then_some(kept)
    });
    let forged = kept
        .as_array()
        .expect("a list")
        .iter()
        .find(|row| row["provider_id"].as_str().is_some_and(|sid| sid.ends_with("01")));
    let id = forged.expect("the forged one")["_id"].as_str().expect("an id");
    let released = node.send(&Request::post(&format!("/v1/quarantine/{id}/release")).key());
    assert_eq!(released.status, 200, "{}", released.text());
    assert_eq!(ana.event("prospect_message")["data"], "forged");
}

pub fn conversations(of: &Client) -> Vec<Value> {
    let answer = of.ask("prospect_list_conversation", json!({ "channel_id": CHANNEL }));
    answer["conversation"].as_array().unwrap_or_else(|| panic!("no list: {answer}")).clone()
}

fn messages(seen: &[(String, Value)]) -> impl Iterator<Item = &Value> {
    seen.iter().filter(|(name, _)| name == "prospect_message").map(|(_, event)| event)
}
