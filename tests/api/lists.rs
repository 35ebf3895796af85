//! Pages: every row once, never more than asked for, and an end that says so.
use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::people::{
    CHANNEL, communication, conversation, emit_message, incoming, office,
};
use crate::support::{Client, TestNode};

const TIE: &str = "2025-10-13T10:30:00.000Z";

#[test]
fn messages_of_one_instant_are_paged_without_loss_or_repeat() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");
    let place = conversation(&node, &ana, "carl", &[]);
    let instants =
        ["2025-10-13T10:29:59.000Z", TIE, TIE, TIE, TIE, TIE, "2025-10-13T10:30:01.000Z"];
    for (number, instant) in instants.iter().enumerate() {
        let mut body = incoming("carl", &place, &format!("text {number}"));
        body["createdAt"] = json!(instant);
        communication(&node, &format!("m{number}"), &body);
        emit_message(&node, &format!("m{number}"));
    }

    for limit in [1, 2, 3, 7, 100] {
        let newest = all_messages(&ana, &place, "DESC", limit);
        let mut oldest = all_messages(&ana, &place, "ASC", limit);
        oldest.reverse();
        assert_eq!(newest, oldest, "limit {limit}");
        assert_eq!(newest.len(), instants.len(), "limit {limit}");
        assert_eq!(newest.iter().collect::<BTreeSet<_>>().len(), instants.len(), "limit {limit}");
    }
}

#[test]
fn pages_are_full_although_notes_of_others_lie_between() {
    let node = TestNode::start();
    office(&node, &["ana", "dan"]);
    let (ana, dan) = (Client::of(&node, "ana"), Client::of(&node, "dan"));
    let place = conversation(&node, &ana, "carl", &["dan"]);
    for number in 0..6 {
        communication(&node, &format!("m{number}"), &incoming("carl", &place, "hello"));
        emit_message(&node, &format!("m{number}"));
        let note = json!({ "conversation_id": place, "data": "hidden" });
        assert_eq!(ana.ask("prospect_add_note", note)["success"], true);
    }

    for (sort, wanted) in [("DESC", ["m5", "m4", "m3"]), ("ASC", ["m0", "m1", "m2"])] {
        let mut ask = json!({ "conversation_id": place, "limit": 3, "sort": sort });
        let first = dan.ask("prospect_list_message", ask.clone());
        ask["next"] = first["paging"]["next"].clone();
        let second = dan.ask("prospect_list_message", ask);

        assert_eq!(ids(&first["messages"]), wanted);
        assert_eq!(first["paging"]["next"], first["messages"][2]["createdAt"], "a plain instant");
        assert_eq!(second["messages"].as_array().map(Vec::len), Some(3));
        assert_eq!(second["paging"]["next"], Value::Null, "nothing that he may see is left");
    }
    assert_eq!(all_messages(&ana, &place, "DESC", 5).len(), 12);
}

#[test]
fn conversations_are_paged_by_what_happened_last() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");
    let mut places = Vec::new();
    for number in 0..7 {
        let contact = format!("contact{number}");
        let place = conversation(&node, &ana, &contact, &[]);
        let mut body = incoming(&contact, &place, "hello");
        // Five of them have their last message in one instant.
        let instant = if number < 5 { TIE } else { "2025-10-13T10:31:00.000Z" };
        body["createdAt"] = json!(instant);
        communication(&node, &format!("m{number}"), &body);
        emit_message(&node, &format!("m{number}"));
        places.push(place);
    }

    for limit in [1, 2, 3, 7, 100] {
        let newest = all_conversations(&ana, "NEWEST", limit);
        let mut oldest = all_conversations(&ana, "OLDEST", limit);
        oldest.reverse();
        assert_eq!(newest, oldest, "limit {limit}");
        let unique: BTreeSet<_> = newest.iter().collect();
        assert_eq!((newest.len(), unique.len()), (7, 7), "limit {limit}");
        assert!(newest[..2].iter().all(|id| places[5..].contains(id)), "the latest first");
    }
    let page = ana.ask("prospect_list_conversation", json!({ "channel_id": CHANNEL, "limit": 2 }));
    let first = &page["conversation"][0];
    assert_eq!(page["messageList"]["conversation"]["_id"], first["_id"]);
    assert_eq!(page["messageList"]["messages"][0]["_id"], first["last_activity"]["_id"]);
    assert_eq!(page["success"], Value::Null, "a list is a bare object");
}

#[test]
fn a_list_that_is_asked_for_wrongly_is_refused() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");
    let place = conversation(&node, &ana, "carl", &[]);
    let messages = json!({ "conversation_id": place });
    let conversations = json!({ "channel_id": CHANNEL });

    let wrong = [
        ("limit", json!(0)),
        ("limit", json!(-1)),
        ("limit", json!(1.5)),
        ("limit", json!("many")),
        ("limit", json!([])),
        ("sort", json!("SIDEWAYS")),
        ("next", json!("yesterday")),
        ("next", json!(5)),
    ];
    for (event, ask) in
        [("prospect_list_message", &messages), ("prospect_list_conversation", &conversations)]
    {
        for (key, value) in &wrong {
            let mut ask = ask.clone();
            ask[*key] = value.clone();
            expect_error(&ana.ask(event, ask), 400, "VALIDATION_ERROR");
        }
    }
    let mut filtered = conversations.clone();
    filtered["filter"] = json!("ALL");
    expect_error(&ana.ask("prospect_list_conversation", filtered), 400, "VALIDATION_ERROR");
    expect_error(&ana.ask("prospect_list_conversation", json!({})), 400, "VALIDATION_ERROR");
    expect_error(&ana.ask("prospect_list_message", json!({})), 400, "VALIDATION_ERROR");

    for (asked, effective) in [(json!("7"), 7), (json!(1000), 100), (Value::Null, 20)] {
        let mut ask = messages.clone();
        if !asked.is_null() {
            ask["limit"] = asked;
        }
        assert_eq!(ana.ask("prospect_list_message", ask)["paging"]["limit"], effective);
    }
}

#[test]
fn a_list_with_nothing_in_it_has_its_usual_shape() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");

    let answer = ana.ask("prospect_list_conversation", json!({ "channel_id": CHANNEL }));

    assert_eq!(
        answer,
        json!({
            "conversation": [],
            "messageList": {
                "conversation": null,
                "messages": [],
                "paging": { "limit": 20, "sort": "DESC", "next": null },
            },
            "paging": { "limit": 20, "next": null },
        })
    );
}

#[test]
fn adding_a_conversation_twice_is_adding_it_once() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let (ana, ben) = (Client::of(&node, "ana"), Client::of(&node, "ben"));

    let first = conversation(&node, &ana, "carl", &["ben"]);
    let again = conversation(&node, &ben, "carl", &["ana"]);

    assert_eq!(first, again);
    assert_eq!(all_conversations(&ana, "NEWEST", 100), [first]);
    let unknown = json!({ "contact_id": "carl", "channel_id": CHANNEL, "users": ["nobody"] });
    expect_error(&ana.ask("prospect_add_conversation", unknown), 404, "NOT_FOUND");
}

fn all_messages(of: &Client, place: &str, sort: &str, limit: usize) -> Vec<String> {
    let ask = json!({ "conversation_id": place, "sort": sort, "limit": limit });
    all(of, "prospect_list_message", "messages", &ask)
}

fn all_conversations(of: &Client, sort: &str, limit: usize) -> Vec<String> {
    let ask = json!({ "channel_id": CHANNEL, "sort": sort, "limit": limit });
    all(of, "prospect_list_conversation", "conversation", &ask)
}

fn all(of: &Client, event: &str, key: &str, ask: &Value) -> Vec<String> {
    let (mut rows, mut ask, limit) = (Vec::new(), ask.clone(), ask["limit"].as_u64());
    // Far more pages than there are rows: a cursor that stands still is found.
    for _ in 0..200 {
        let page = of.ask(event, ask.clone());
        let part = ids(&page[key]);
        assert!(part.len() as u64 <= limit.expect("a limit"), "more than asked for");
        rows.extend(part);
        if page["paging"]["next"].is_null() {
            return rows;
        }
        ask["next"] = page["paging"]["next"].clone();
    }
    panic!("the pages have no end");
}

fn ids(rows: &Value) -> Vec<String> {
    let rows = rows.as_array().unwrap_or_else(|| panic!("no rows: {rows}"));
    rows.iter().map(|row| row["_id"].as_str().expect("an id").to_owned()).collect()
}

pub fn expect_error(ack: &Value, errno: u16, code: &str) {
    assert_eq!((&ack["success"], &ack["errno"]), (&json!(false), &json!(errno)), "{ack}");
    assert_eq!(ack["error"], code, "{ack}");
    assert!(ack["message"].as_str().is_some_and(|message| !message.is_empty()), "{ack}");
}
