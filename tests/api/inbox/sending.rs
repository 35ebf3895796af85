use std::thread;

use serde_json::{Value, json};

use super::office::*;
use crate::support::asks::fence;
use crate::support::fake_twilio::{ACCOUNT_SID, FakeTwilio};
use crate::support::people::{CHANNEL, contact, office};
use crate::support::twilio::Sms;
use crate::support::{Client, Request, TestNode, wait};

const CARL: &str = "+12025550143";

fn with_twilio(twilio: &FakeTwilio) -> TestNode {
    let url = twilio.url();
    let own = [
        ("twilio.api_base", url.as_str()),
        ("twilio.account_sid", ACCOUNT_SID),
        ("limits.sms_per_second", "1000"),
    ];
    TestNode::with(&[&PATIENT[..], &own].concat())
}

/// Carl wrote; gives the thread.
fn begun(node: &TestNode) -> String {
    contact(node, "carl", CARL);
    Sms::new(1, CARL, "hello").deliver(node);
    let path = format!("/threads/lookup?externalId=carl&accountLinkId={CHANNEL}");
    let thread = wait::until("a thread", || {
        let thread = get(node, &path)["thread"].clone();
        thread["id"].is_string().then_some(thread)
    });
    thread["id"].as_str().expect("an id").to_owned()
}

fn contents(node: &TestNode, thread: &str) -> Vec<String> {
    let page = get(node, &format!("/threads/{thread}/messages"));
    each(&page["messages"], "content").into_iter().map(str::to_owned).collect()
}

#[test]
fn what_is_written_in_a_thread_goes_to_the_contact_and_is_seen_by_whoever_works_there() {
    let twilio = FakeTwilio::start();
    let node = with_twilio(&twilio);
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");
    let thread = begun(&node);
    let letter = json!({ "content": "how are you?",
                         "attachments": [{ "url": "https://example.com/plan.png" }] });

    let sent = does(&node, "POST", &format!("/threads/{thread}/messages"), &letter);

    let message = &sent["message"];
    assert_eq!((&message["content"], &message["origin"]), (&json!("how are you?"), &json!("api")));
    assert_eq!((&message["threadId"], &message["teamId"]), (&json!(thread), &json!("acme")));
    assert_eq!((&message["authorId"], &message["userId"]), (&json!(CHANNEL), &Value::Null));
    assert_eq!(message["status"], "queued");
    twilio.wait_for(1);
    let taken = &twilio.taken()[0];
    assert_eq!((taken.field("To"), taken.field("Body")), (CARL, "how are you?"));
    assert_eq!(taken.field("MediaUrl"), "https://example.com/plan.png");
    let seen = ana.event_where("prospect_message", |event| event["_id"] == message["id"]);
    assert_eq!((&seen["type"], &seen["sent_by"]["name"]), (&json!("OUTGOING"), &json!("System")));
    assert_eq!(contents(&node, &thread), ["how are you?", "hello"]);
}

#[test]
fn the_same_key_again_is_the_same_message_and_goes_out_once() {
    let twilio = FakeTwilio::start();
    let node = with_twilio(&twilio);
    office(&node, &["ana"]);
    let thread = begun(&node);
    let send = |key: &str, content: &str| {
        let path = format!("/api/v1/threads/{thread}/messages");
        let request = Request::post(&path).json(&json!({ "content": content }));
        let request = request.header("authorization", &format!("Bearer {}", team_token()));
        node.send(&request.header("idempotency-key", key))
    };

    let (first, again) = (send("k1", "one"), send("k1", "one"));
    let (other, reused) = (send("k2", "one"), send("k1", "two"));

    assert_eq!((first.status, again.status, other.status), (200, 200, 200));
    assert_eq!(first.json()["message"]["id"], again.json()["message"]["id"]);
    assert_ne!(first.json()["message"]["id"], other.json()["message"]["id"]);
    assert_eq!(refused(&reused), (409, "CONFLICT".into()));
    twilio.wait_for(2);
    assert_eq!(contents(&node, &thread), ["one", "one", "hello"]);
    assert_eq!(twilio.texts(), ["one", "one"]);
}

#[test]
fn whoever_writes_first_finds_or_begins_the_thread_and_the_prospect_once() {
    let node = start();
    office(&node, &["ana"]);
    let quick = |body: &Value| does(&node, "POST", "/threads/messages", body);
    let first = json!({ "prospectPlatformId": "99", "accountLinkId": CHANNEL, "content": "hi" });

    let answers: Vec<Value> = thread::scope(|scope| {
        let calls: Vec<_> = (0..8).map(|_| scope.spawn(|| quick(&first))).collect();
        calls.into_iter().map(|call| call.join().expect("an answer")).collect()
    });

    let id = answers[0]["thread"]["id"].clone();
    for answer in &answers {
        assert_eq!((&answer["thread"]["id"], &answer["message"]["threadId"]), (&id, &id));
        assert_eq!(answer["thread"]["prospect"]["platformId"], "99");
    }
    assert_eq!(get(&node, "/threads")["threads"].as_array().map(Vec::len), Some(1));
    assert_eq!(get(&node, "/prospects")["prospects"].as_array().map(Vec::len), Some(1));
    let found = get(&node, "/prospects/lookup?platformId=99")["prospect"].clone();
    assert_eq!(found["id"], answers[0]["thread"]["prospectId"]);
    for body in [
        json!({ "externalPlatformId": "99", "accountLinkId": CHANNEL, "content": "x" }),
        json!({ "prospectPlatformId": "99", "platform": "twitter", "accountLinkId": CHANNEL,
                "content": "x" }),
        json!({ "prospectId": found["id"], "accountLinkId": CHANNEL, "content": "x" }),
        json!({ "externalId": found["id"], "accountLinkId": CHANNEL, "content": "x" }),
    ] {
        assert_eq!(quick(&body)["thread"]["id"], id, "{body}");
    }
}

#[test]
fn what_cannot_be_sent_is_refused_and_meets_nobody() {
    let node = start();
    office(&node, &["ana"]);
    let thread = begun(&node);
    let in_thread = format!("/threads/{thread}/messages");
    let to = |more: Value| {
        let mut body = json!({ "accountLinkId": CHANNEL, "content": "x" });
        for (key, value) in more.as_object().expect("fields") {
            body[key] = value.clone();
        }
        body
    };

    for (path, body, expected) in [
        (in_thread.as_str(), json!({}), (400, "VALIDATION_ERROR")),
        (&in_thread, json!({ "content": " " }), (400, "VALIDATION_ERROR")),
        (&in_thread, json!({ "content": 5 }), (400, "VALIDATION_ERROR")),
        (&in_thread, json!({ "content": "x", "text": "x" }), (400, "VALIDATION_ERROR")),
        (&in_thread, json!({ "content": "x".repeat(70_000) }), (413, "PAYLOAD_TOO_LARGE")),
        ("/threads/nothing/messages", json!({ "content": "x" }), (404, "THREAD_NOT_FOUND")),
        ("/threads/messages", to(json!({})), (400, "VALIDATION_ERROR")),
        (
            "/threads/messages",
            to(json!({ "prospectId": "carl", "prospectPlatformId": "1" })),
            (400, "VALIDATION_ERROR"),
        ),
        (
            "/threads/messages",
            to(json!({ "prospectPlatformId": "1", "accountLinkId": "nowhere" })),
            (404, "ACCOUNT_LINK_NOT_FOUND"),
        ),
        ("/threads/messages", to(json!({ "prospectId": "nobody" })), (404, "PROSPECT_NOT_FOUND")),
        (
            "/threads/messages",
            to(json!({ "prospectPlatformId": "1", "content": "" })),
            (400, "VALIDATION_ERROR"),
        ),
    ] {
        let (code, word) = fails(&node, "POST", path, Some(&body));
        assert_eq!((code, word.as_str()), expected, "{path} {body}");
    }
    assert_eq!(get(&node, "/prospects")["prospects"].as_array().map(Vec::len), Some(1));
    Sms::new(2, CARL, "STOP").deliver(&node);
    wait::until("the STOP", || (contents(&node, &thread).len() == 2).then_some(()));
    let body = json!({ "content": "x" });
    assert_eq!(
        fails(&node, "POST", &in_thread, Some(&body)),
        (403, "CONTACT_OPTED_OUT".into()),
        "who asked not to be written to is not"
    );
    assert_eq!(contents(&node, &thread), ["STOP", "hello"]);
}

#[test]
fn pages_of_a_thread_hold_every_message_once_and_no_note() {
    let node = start();
    office(&node, &["ana"]);
    let thread = begun(&node);
    let ana = Client::of(&node, "ana");
    let expected: Vec<String> = (0..7).map(|_| fence(&node, &thread)).collect();
    let note = json!({ "conversation_id": thread, "data": "hush", "mentions": [] });
    let note = ana.ask("prospect_add_note", note);
    let note = note["data"]["_id"].as_str().expect("an id");

    for limit in [1, 3, 100] {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = get(&node, &format!("/threads/{thread}/messages?limit={limit}{cursor}"));
            let some = each(&page["messages"], "content");
            assert!(some.len() <= limit);
            all.extend(some.into_iter().map(str::to_owned));
            let next = &page["nextCursor"];
            let Some(id) = next["id"].as_str() else { break };
            let at = next["timestamp"].as_str().expect("an instant");
            cursor = format!("&cursor%5Bid%5D={id}&cursor%5Btimestamp%5D={at}");
        }
        let newest_first: Vec<_> =
            expected.iter().rev().map(String::as_str).chain(["hello"]).collect();
        assert_eq!(all, newest_first, "{limit}");
    }
    let at = |id: &str| {
        let cursor = format!("cursorId={id}&cursorTimestamp=2026-01-31T09:30:00.007Z");
        fails(&node, "GET", &format!("/threads/{thread}/messages?{cursor}"), None)
    };
    assert_eq!(at(note), at("ffffffffffffffffffffffff"), "a note is like nothing");
    let half = fails(&node, "GET", &format!("/threads/{thread}/messages?cursorId=x"), None);
    assert_eq!(half.0, 400);
}
