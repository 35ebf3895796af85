//! `prospect_search`: what somebody may see is found by its words, and nothing else is.
use serde_json::{Value, json};

use crate::lists::expect_error;
use crate::support::people::{
    CHANNEL, channel, communication, contact, conversation, emit_message, incoming, office, put,
};
use crate::support::{Client, TestNode};

const SEARCH: &str = "prospect_search";

fn say(node: &TestNode, id: &str, contact: &str, place: &str, text: &str) {
    communication(node, id, &incoming(contact, place, text));
    emit_message(node, id);
}

fn found(of: &Client, ask: Value) -> Vec<String> {
    let answer = of.ask(SEARCH, ask);
    let rows = answer["messages"].as_array().unwrap_or_else(|| panic!("no list: {answer}"));
    rows.iter().map(|row| row["_id"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn a_message_is_found_at_once_by_its_words_where_one_takes_part_and_nowhere_else() {
    let node = TestNode::start();
    office(&node, &["ana", "ben", "dan"]);
    let [ana, dan] = ["ana", "dan"].map(|user| Client::of(&node, user));
    let place = conversation(&node, &ana, "carl", &["ben"]);
    say(&node, "m1", "carl", &place, "The Quarterly plans, José!");
    say(&node, "m2", "carl", &place, "plans again");

    assert_eq!(found(&ana, json!({ "query": "PLANS" })), ["m2", "m1"]);
    assert_eq!(found(&ana, json!({ "query": "jose quarterly" })), ["m1"]);
    assert_eq!(found(&ana, json!({ "query": "plan" })), [""; 0], "whole words");
    assert_eq!(found(&dan, json!({ "query": "plans" })), [""; 0]);
    let answer = ana.ask(SEARCH, json!({ "query": "plans" }));
    assert_eq!(answer["messages"][0]["conversation_id"], place.as_str());
    assert!(answer.get("success").is_none(), "a list is bare");
}

#[test]
fn pages_of_a_search_hold_each_message_once_and_end() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");
    let place = conversation(&node, &ana, "carl", &[]);
    for n in 0..7 {
        say(&node, &format!("m{n}"), "carl", &place, "hello");
    }

    let (mut ask, mut all) = (json!({ "query": "hello", "limit": 3 }), Vec::new());
    loop {
        let page = ana.ask(SEARCH, ask.clone());
        assert_eq!(page["paging"]["limit"], 3);
        all.extend(page["messages"].as_array().expect("rows").iter().map(|m| m["_id"].clone()));
        ask["next"] = page["paging"]["next"].clone();
        if ask["next"].is_null() {
            break;
        }
    }

    assert_eq!(all, ["m6", "m5", "m4", "m3", "m2", "m1", "m0"]);
}

#[test]
fn a_conversation_is_found_by_its_contact_on_the_first_page() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    channel(&node, "other-sms", "+12025550111", &["ana"]);
    let [ana, ben] = ["ana", "ben"].map(|user| Client::of(&node, user));
    let place = conversation(&node, &ana, "carl", &[]);
    let body = json!({ "account_id": "acme", "name": "Carl Linnæus", "phone": "+12025550123",
                       "email": "carl@uu.example", "company": "Uppsala" });
    put(&node, "/v1/contacts/carl", &body);
    contact(&node, "cleo", "+12025550199");

    for query in ["lin", "CARL uu", "555-0123", "uppsala"] {
        let answer = ana.ask(SEARCH, json!({ "query": query }));
        assert_eq!(answer["conversations"][0]["_id"], place.as_str(), "{query}: {answer}");
        assert_eq!(ben.ask(SEARCH, json!({ "query": query }))["conversations"], json!([]));
    }
    let here = json!({ "query": "carl", "channel_id": CHANNEL });
    assert_eq!(ana.ask(SEARCH, here)["conversations"].as_array().map(Vec::len), Some(1));
    let there = json!({ "query": "carl", "channel_id": "other-sms" });
    assert_eq!(ana.ask(SEARCH, there)["conversations"], json!([]));
    let nowhere = json!({ "query": "carl", "channel_id": "none" });
    expect_error(&ana.ask(SEARCH, nowhere), 404, "NOT_FOUND");
}

#[test]
fn a_note_is_found_by_its_author_and_the_mentioned_and_changes_nothing_for_others() {
    let node = TestNode::start();
    office(&node, &["ana", "ben", "dan"]);
    let [ana, ben, dan] = ["ana", "ben", "dan"].map(|user| Client::of(&node, user));
    let place = conversation(&node, &ana, "carl", &["ben", "dan"]);
    say(&node, "m1", "carl", &place, "the rabbit");
    let before = dan.ask(SEARCH, json!({ "query": "rabbit", "limit": 1 }));

    let note = json!({ "conversation_id": place, "data": "a rabbit hides", "mentions": ["ben"] });
    let note = ana.ask("prospect_add_note", note)["data"]["_id"].clone();
    let note = note.as_str().expect("an id");

    assert_eq!(found(&ana, json!({ "query": "rabbit" })), [note, "m1"]);
    assert_eq!(found(&ben, json!({ "query": "rabbit" })), [note, "m1"]);
    assert_eq!(found(&dan, json!({ "query": "rabbit" })), ["m1"]);
    assert_eq!(dan.ask(SEARCH, json!({ "query": "rabbit", "limit": 1 })), before);
    assert_eq!(found(&dan, json!({ "query": "hides" })), [""; 0]);
}

#[test]
fn what_is_no_search_is_refused() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");
    for wrong in [
        json!({}),
        json!({ "query": "?!" }),
        json!({ "query": 7 }),
        json!({ "query": "x".repeat(201) }),
        json!({ "query": "hello", "next": "yesterday" }),
        json!({ "query": "hello", "limit": 0 }),
    ] {
        expect_error(&ana.ask(SEARCH, wrong), 400, "VALIDATION_ERROR");
    }
}
