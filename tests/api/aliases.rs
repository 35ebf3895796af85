//! `/v1/conversation/live` is `/v1/conversation` by another name, in every respect.
use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::lists::expect_error;
use crate::support::asks::{ADD, MESSAGE, about, change, fence, get, ids, listed, told};
use crate::support::people::{
    CHANNEL, communication, conversation, emit_message, incoming, office, user,
};
use crate::support::{Client, TestNode, client, token};

const LIVE: &str = "/v1/conversation/live";

#[test]
fn it_asks_for_the_same_token() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let mut claims = token::claims("ana");
    claims["scope"] = json!("conversation.read");
    let cases = [
        (json!({}), 401),
        (json!({ "auth": { "token": "no token" } }), 401),
        (json!({ "auth": { "token": token::of("nobody") } }), 401),
        (json!({ "auth": { "token": token::sign(&claims) } }), 403),
    ];
    for (options, errno) in cases {
        let refused = Client::open(&node, LIVE, options.clone()).refused();
        assert_eq!(refused, {
            let mut same = Client::open(&node, client::NAMESPACE, options).refused();
            same["id"] = refused["id"].clone();
            same
        });
        assert_eq!(refused["data"]["errno"], errno);
        assert_eq!(refused["data"]["success"], false);
    }
    for unknown in [
        "/v1/conversation/live/",
        "/v1/conversation/live/x",
        "/v1/conversation/",
        "/v1/conversation/li",
        "/V1/conversation/live",
    ] {
        let options = json!({ "auth": { "token": token::of("ana") } });
        let refused = Client::open(&node, unknown, options).refused();
        assert_eq!(refused["message"], "Invalid namespace", "{unknown}");
    }
    let by_query = Client::open(&node, LIVE, json!({ "query": { "token": token::of("ana") } }));
    assert!(by_query.connected()["pid"].is_string());
}

#[test]
fn it_answers_every_event_alike() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    user(&node, "dan");
    let (plain, live) = (Client::of(&node, "ana"), live(&node, "ana"));
    assert_eq!(live.ask("join", json!({})), json!({ "success": true, "message": "SUCCESS" }));
    assert_eq!(live.ask_with("join", json!([])), plain.ask_with("join", json!([])));
    expect_error(&live.ask("typing", json!({})), 404, "NOT_FOUND");

    let place = conversation(&node, &live, "carl", &["ben"]);

    let note = about(&place, &json!({ "data": "note", "UUID": "u1", "mentions": ["ben"] }));
    let asks = [
        ("prospect_add_note", note),
        ("prospect_list_message", about(&place, &json!({}))),
        ("prospect_list_conversation", json!({ "channel_id": CHANNEL })),
        ("prospect_add_participant", about(&place, &json!({ "users": ["dan"] }))),
        ("prospect_open", about(&place, &json!({}))),
        ("prospect_snooze", about(&place, &json!({}))),
        ("prospect_show_on_top", about(&place, &json!({}))),
        ("prospect_archive", about(&place, &json!({}))),
        ("prospect_read", about(&place, &json!({}))),
        ("prospect_get_conversation_by_id", about(&place, &json!({}))),
        ("prospect_edit_conversation", about(&place, &json!({ "title": "T" }))),
    ];
    for (event, ask) in asks {
        let first = live.ask(event, ask.clone());
        assert!(first["success"] == true || first.get("success").is_none(), "{event}: {first}");
        assert_eq!(plain.ask(event, ask), first, "{event}");
    }
    let note = live.event(MESSAGE)["_id"].clone();
    let around = about(&place, &json!({ "message_id": note }));
    let page = live.ask("prospect_list_message_by_id", around.clone());
    assert_eq!(ids(&page["messages"]).len(), 1);
    assert_eq!(plain.ask("prospect_list_message_by_id", around), page);
}

#[test]
fn it_is_told_the_same_in_the_same_order() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let (plain, live) = (Client::of(&node, "ana"), live(&node, "ana"));
    let ben = Client::of(&node, "ben");
    let place = conversation(&node, &ben, "carl", &["ana"]);
    change(&ben, "prospect_edit_conversation", &place, json!({ "title": "T" }));
    change(&live, "prospect_show_on_top", &place, json!({}));
    communication(&node, "m1", &incoming("carl", &place, "hello"));
    emit_message(&node, "m1");
    let note = about(&place, &json!({ "data": "for ana", "mentions": ["ana"] }));
    assert_eq!(ben.ask("prospect_add_note", note)["success"], true);
    change(&plain, "prospect_read", &place, json!({}));
    let mark = fence(&node, &place);

    let last = |_: &str, event: &Value| event["data"] == mark.as_str();
    let seen = live.events_until(last);

    assert_eq!(seen, plain.events_until(last));
    let names: Vec<_> = seen.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, [ADD, ADD, ADD, MESSAGE, MESSAGE, ADD, MESSAGE]);
}

#[test]
fn both_on_one_connection_are_two_sockets_and_each_leaves_alone() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let options = json!({ "auth": { "token": token::of("ana") }, "forceNew": false });
    let plain = Client::open(&node, client::NAMESPACE, options.clone());
    let live = Client::open(&node, LIVE, options);
    let (first, second) = (plain.connected(), live.connected());
    assert_eq!(first["connection"], second["connection"], "one connection");
    let ids: BTreeSet<_> = ["sid", "pid", "connection"]
        .iter()
        .flat_map(|key| [first[key].to_string(), second[key].to_string()])
        .collect();
    assert_eq!(ids.len(), 5, "and every id but the connection's is its own");

    let place = conversation(&node, &plain, "carl", &[]);
    assert_eq!(live.event(ADD)["_id"], place.as_str());
    drop(plain);
    let mark = fence(&node, &place);

    let seen = live.events_until(|_, event| event["data"] == mark.as_str());
    assert_eq!(seen.len(), 1, "each event once: {seen:?}");
    assert_eq!(listed(&live, None), [place.as_str()]);
}

#[test]
fn it_recovers_what_it_missed() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let ben = Client::of(&node, "ben");
    let place = conversation(&node, &ben, "carl", &["ana"]);
    let options = json!({ "auth": { "token": token::of("ana") }, "reconnection": false });
    let live = Client::open(&node, LIVE, options);
    let pid = live.connected()["pid"].clone();

    live.cut();
    communication(&node, "m1", &incoming("carl", &place, "missed"));
    emit_message(&node, "m1");
    change(&ben, "prospect_edit_conversation", &place, json!({ "title": "missed, too" }));
    live.reopen();

    let back = live.connected();
    assert_eq!((&back["recovered"], &back["pid"]), (&json!(true), &pid));
    let mark = fence(&node, &place);
    let seen = live.events_until(|_, event| event["data"] == mark.as_str());
    let names: Vec<_> = seen.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, [MESSAGE, ADD, MESSAGE]);
    assert_eq!((&seen[0].1["_id"], &seen[1].1["title"]), (&json!("m1"), &json!("missed, too")));
}

#[test]
fn what_a_device_does_on_one_shows_on_the_other() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let (plain, live) = (Client::of(&node, "ana"), live(&node, "ana"));
    let place = conversation(&node, &plain, "carl", &[]);
    communication(&node, "m1", &incoming("carl", &place, "hello"));
    emit_message(&node, "m1");

    change(&live, "prospect_read", &place, json!({}));

    assert_eq!(told(&plain, &place)["unread_count"], 0);
    change(&plain, "prospect_archive", &place, json!({}));
    let seen = live.event_where(ADD, |event| event["is_archived"] == true);
    assert_eq!(seen["isNew"], false);
    assert_eq!(get(&live, &place), get(&plain, &place));
}

fn live(node: &TestNode, user: &str) -> Client {
    let client = Client::open(node, LIVE, json!({ "auth": { "token": token::of(user) } }));
    client.connected();
    client
}
