//! Outside services write a message, then say: show it.
use serde_json::{Value, json};

use crate::inbound_sms::conversations;
use crate::support::people::{
    CHANNEL, communication, conversation, emit_message, incoming, office,
};
use crate::support::{Client, Request, TestNode};

#[test]
fn a_message_emitted_twice_is_shown_twice_and_counts_once() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let (ana, ben) = (Client::of(&node, "ana"), Client::of(&node, "ben"));
    let place = conversation(&node, &ana, "carl", &["ben"]);

    communication(&node, "m1", &incoming("carl", &place, "hello"));
    assert!(page(&ana, &place).is_empty(), "not shown before it is emitted");
    emit_message(&node, "m1");
    emit_message(&node, "m1");
    communication(&node, "m2", &incoming("carl", &place, "the last"));
    emit_message(&node, "m2");

    for member in [&ana, &ben] {
        let seen = member
            .events_until(|name, event| name == "prospect_message" && event["data"] == "the last");
        let first: Vec<_> = seen.iter().filter(|(_, event)| event["_id"] == "m1").collect();
        assert_eq!(first.len(), 2);
        assert_eq!(first[0].1, first[1].1);
        assert_eq!(first[0].1["conversation_id"], place.as_str(), "one id, not the list");
        assert_eq!(first[0].1["sent_by"]["_id"], "carl");
        assert_eq!(conversations(member)[0]["unread_count"], 2);
    }
    assert_eq!(page(&ana, &place).len(), 2);
}

#[test]
fn a_written_note_is_emitted_to_the_mentioned_and_its_author_only() {
    let node = TestNode::start();
    office(&node, &["ana", "ben", "dan"]);
    let [ana, ben, dan] = ["ana", "ben", "dan"].map(|user| Client::of(&node, user));
    let place = conversation(&node, &ana, "carl", &["ben", "dan"]);

    let note = json!({
        "type": "NOTE", "data": "between us", "contact_id": "carl", "sent_by": "ana",
        "conversation_id": [place], "mentions": ["ben"],
    });
    let stored = node.send(&Request::put("/v1/communications/n1", &note).key());
    emit_message(&node, "n1");
    communication(&node, "m1", &incoming("carl", &place, "the last"));
    emit_message(&node, "m1");

    assert_eq!(stored.status, 200, "{}", stored.text());
    for member in [&ana, &ben] {
        assert_eq!(member.event("prospect_message")["data"], "between us");
    }
    assert_eq!(dan.event("prospect_message")["data"], "the last");
    assert!(!dan.heard().contains("between us"));
}

#[test]
fn once_emitted_its_content_is_fixed() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");
    let place = conversation(&node, &ana, "carl", &[]);
    let put = |text: &str| {
        let body = incoming("carl", &place, text);
        node.send(&Request::put("/v1/communications/m1", &body).key()).status
    };

    assert_eq!((put("draft"), put("final")), (200, 200));
    emit_message(&node, "m1");

    assert_eq!((put("final"), put("changed")), (200, 409));
    assert_eq!(ana.event("prospect_message")["data"], "final");
}

#[test]
fn a_conversation_is_shown_to_each_with_their_own_count() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let (ana, ben) = (Client::of(&node, "ana"), Client::of(&node, "ben"));
    let place = conversation(&node, &ana, "carl", &["ben"]);
    ben.event("prospect_add_conversation");
    communication(&node, "m1", &incoming("carl", &place, "hello"));
    emit_message(&node, "m1");
    ana.event("prospect_message");
    ana.ask("prospect_read", json!({ "conversation_id": place }));

    for (word, flag) in [("new", true), ("existing", false)] {
        let path = format!("/conversations/{CHANNEL}/emit/conversation/{place}/{word}");
        let answer = node.send(&Request::get(&path).key());

        assert_eq!(answer.json(), json!({ "success": true, "message": "SUCCESS" }));
        let is_this = |event: &Value| event["isNew"] == flag && event["last_activity"].is_object();
        let of_ben = ben.event_where("prospect_add_conversation", is_this);
        assert_eq!((&of_ben["unread_count"], &of_ben["title"]), (&json!(1), &json!("carl")));
        let of_ana = ana.event_where("prospect_add_conversation", |event| {
            is_this(event) && event["unread_count"] == 0
        });
        assert_eq!(of_ana["contact_id"]["_id"], "carl");
    }
}

#[test]
fn what_cannot_be_emitted_is_answered_in_the_services_own_words() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");
    let place = conversation(&node, &ana, "carl", &[]);
    let path = |rest: &str| format!("/conversations/{rest}");

    let cases = [
        (Request::get(&path("prospect/emit/message/absent")).key(), 404, "NOT_FOUND"),
        (Request::get(&path("prospect/emit/conversation/absent/new")).key(), 404, "NOT_FOUND"),
        (Request::get(&path("no-channel/emit/message/absent")).key(), 404, "NOT_FOUND"),
        (
            Request::get(&path(&format!("prospect/emit/conversation/{place}/maybe"))).key(),
            400,
            "VALIDATION_ERROR",
        ),
    ];

    for (request, status, code) in cases {
        let answer = node.send(&request);
        let body = answer.json();
        assert_eq!(answer.status, status, "{request:?}");
        assert_eq!((&body["success"], &body["errno"]), (&json!(false), &json!(status)));
        assert_eq!(body["error"], code);
        assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()), "{body}");
    }
    for request in [
        Request::get(&path("prospect/emit/message/absent")),
        Request::get(&path("prospect/emit/message/absent")).header("x-api-key", "wrong"),
    ] {
        let answer = node.send(&request);
        let body = answer.json();
        assert_eq!((answer.status, &body["message"]), (401, &json!("Unauthorized")), "{body}");
        assert_eq!((&body["success"], &body["errno"]), (&json!(false), &json!(401)));
    }
}

fn page(of: &Client, conversation: &str) -> Vec<Value> {
    let page = of.ask("prospect_list_message", json!({ "conversation_id": conversation }));
    page["messages"].as_array().expect("a page").clone()
}
