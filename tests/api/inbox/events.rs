use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::office::*;
use crate::support::people::{contact, office, put};
use crate::support::receiver::{Does, Hook};
use crate::support::twilio::Sms;
use crate::support::{Client, Receiver, Request, TestNode, token, wait};

const CARL: &str = "+12025550143";

/// A server that may call receivers on loopback.
fn inside(more: &[(&str, &str)]) -> TestNode {
    let allowed = [("webhooks.allow_http", "true"), ("webhooks.allow_private", "true")];
    TestNode::with(&[&PATIENT[..], &allowed, more].concat())
}

/// Asks for everything, in this API's own form; gives the secret.
fn subscribe(node: &TestNode, receiver: &Receiver) -> String {
    let body = json!({
        "account_id": "acme", "url": receiver.url(), "format": "inbox",
        "events": ["message.created", "message.status", "conversation.updated"],
    });
    let made = put(node, "/v1/webhooks/crm", &body);
    made["secret"].as_str().expect("it is shown once").to_owned()
}

fn feed(node: &TestNode, query: &str) -> Vec<Value> {
    get(node, &format!("/events?{query}"))["events"].as_array().expect("events").clone()
}

/// Waits until so many are told, and gives them.
fn so_many(node: &TestNode, count: usize) -> Vec<Value> {
    wait::until("the events", || {
        let events = feed(node, "limit=100");
        (events.len() >= count).then_some(events)
    })
}

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().expect("a type")).collect()
}

#[test]
fn what_happens_is_numbered_and_can_be_asked_for_after_any_number() {
    let mut node = start();
    office(&node, &["ana"]);
    contact(&node, "carl", CARL);
    assert_eq!(get(&node, "/events"), json!({ "events": [], "hasMore": false }));
    Sms::new(1, CARL, "hello").deliver(&node);
    so_many(&node, 2);
    patch(&node, "carl", &json!({ "done": true }));
    let hot = tag(&node, "Hot");
    patch(&node, "carl", &json!({ "addTags": [hot] }));

    let events = so_many(&node, 4);

    let numbers: Vec<_> = events.iter().map(|event| event["seq"].clone()).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
    let expected = ["thread.created", "message.created", "thread.updated", "thread.updated"];
    assert_eq!(types(&events), expected);
    let first = events[0].as_object().expect("an envelope");
    let mut fields: Vec<_> = first.keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["data", "id", "seq", "teamId", "timestamp", "type", "version"]);
    assert_eq!((&first["teamId"], &first["version"]), (&json!("acme"), &json!("1.0")));
    let thread = &events[1]["data"]["thread"];
    assert_eq!(events[1]["data"]["message"]["content"], "hello");
    assert_eq!((&thread["done"], &thread["prospectId"]), (&json!(true), &json!("carl")));
    assert_eq!(each(&events[3]["data"]["prospect"]["tags"], "name"), ["Hot"]);
    node.kill();
    node.resume();
    assert_eq!(feed(&node, "afterSeq=0"), events, "the same names and numbers after a restart");
    assert_eq!(feed(&node, "afterSeq=3"), events[3..]);
    assert_eq!(feed(&node, "afterSeq=4"), [Value::Null; 0]);
    let page = get(&node, "/events?afterSeq=1&limit=2");
    assert_eq!((&page["events"], &page["hasMore"]), (&json!(events[1..3]), &json!(true)));
    for wrong in ["afterSeq=-1", "afterSeq=x", "limit=0", "after=1"] {
        assert_eq!(fails(&node, "GET", &format!("/events?{wrong}"), None).0, 400, "{wrong}");
    }
    let other = Request::get("/api/v1/events");
    let other =
        other.header("authorization", &format!("Bearer {}", token_of("other", "inbox.read")));
    assert_eq!(node.send(&other).json()["events"], json!([]), "another team is told nothing");
}

#[test]
fn a_hook_in_this_form_says_what_the_feed_says_and_is_signed_as_its_clients_check_it() {
    let (node, receiver) = (inside(&[]), Receiver::start());
    office(&node, &["ana"]);
    let secret = subscribe(&node, &receiver);

    Sms::new(1, CARL, "hello").deliver(&node);
    let (began, message) = (receiver.accepted(), receiver.accepted());

    assert_eq!(feed(&node, ""), [began.event.clone(), message.event.clone()]);
    for hook in [&began, &message] {
        assert_eq!((hook.id.as_str(), hook.signature.as_str()), ("", ""), "one form at a time");
        assert!(is_signed(&secret, hook, token::now()), "{}", hook.inbox_signature);
        assert!(!is_signed("whsec_another", hook, token::now()));
        assert!(!is_signed(&secret, hook, token::now() + 400), "an old one is worth nothing");
    }
    let mut forged = message;
    forged.raw = forged.raw.replace("hello", "other");
    assert!(!is_signed(&secret, &forged, token::now()));
}

#[test]
fn what_a_receiver_missed_it_finds_by_number() {
    let (node, receiver) = (inside(&[("webhooks.retry_after", "1ms")]), Receiver::start());
    office(&node, &["ana"]);
    subscribe(&node, &receiver);
    Sms::new(1, CARL, "one").deliver(&node);
    let last = [receiver.accepted(), receiver.accepted()][1].event["seq"].clone();
    // Given up after its second attempt.
    receiver.plan([Does::Answers(500), Does::Answers(500)]);
    Sms::new(2, CARL, "two").deliver(&node);
    Sms::new(3, CARL, "three").deliver(&node);

    let next = receiver.accepted();

    assert_eq!(next.event["data"]["message"]["content"], "three");
    let (last, next) = (last.as_u64().expect("a number"), &next.event["seq"]);
    assert_eq!(next, last + 2, "the gap shows");
    let missed = feed(&node, &format!("afterSeq={last}&limit=1"));
    assert_eq!(missed[0]["data"]["message"]["content"], "two");
}

#[test]
fn a_note_is_no_event_and_takes_no_number() {
    let (node, receiver) = (inside(&[]), Receiver::start());
    office(&node, &["ana", "ben"]);
    let ana = Client::of(&node, "ana");
    subscribe(&node, &receiver);
    Sms::new(1, CARL, "hello").deliver(&node);
    let before = [receiver.accepted(), receiver.accepted()].map(|hook| hook.event);
    let place = before[0]["data"]["thread"]["id"].clone();

    for mentions in [&["ben"][..], &[]] {
        let note = json!({ "conversation_id": place, "data": "hush-hush", "mentions": mentions });
        assert_eq!(ana.ask("prospect_add_note", note)["success"], true);
    }
    ana.ask("prospect_snooze", json!({ "conversation_id": place }));
    assert_eq!(feed(&node, ""), before);
    Sms::new(2, CARL, "the last").deliver(&node);

    let last = receiver.accepted();
    assert_eq!((&last.event["seq"], last.raw.contains("hush-hush")), (&json!(3), false));
    assert_eq!(last.event["data"]["message"]["content"], "the last");
}

#[test]
fn of_a_deleted_thread_its_id_is_left_and_a_message_that_fails_is_updated() {
    let node = start();
    office(&node, &["ana"]);
    contact(&node, "carl", CARL);
    Sms::new(1, CARL, "hello").deliver(&node);
    let thread = so_many(&node, 2)[0]["data"]["thread"]["id"].clone();
    let path = thread.as_str().expect("an id").to_owned();
    // Nobody is set up to carry it.
    does(&node, "POST", &format!("/threads/{path}/messages"), &json!({ "content": "hi" }));

    let failed = &so_many(&node, 4)[3];

    assert_eq!(failed["type"], "message.updated");
    let message = &failed["data"]["message"];
    assert_eq!(
        (&message["status"], &message["errorCode"]),
        (&json!("failed"), &json!("NO_PROVIDER"))
    );
    assert_eq!(message["threadId"], thread);
    let delete = Request::new("DELETE", &format!("/conversations/{path}?locationId=acme"));
    let scopes = crate::support::highlevel::SCOPES;
    let token = crate::support::highlevel::team_token("acme", &scopes);
    let delete = delete.header("authorization", &format!("Bearer {token}"));
    assert_eq!(node.send(&delete.header("version", "v3")).status, 200);
    let events = so_many(&node, 5);
    assert!(types(&events).iter().all(|kind| *kind == "thread.deleted"), "{events:?}");
    assert!(events.iter().all(|event| event["data"] == json!({ "thread": { "id": thread } })));
}

/// As a client checks it: constant words, five minutes of tolerance.
fn is_signed(secret: &str, hook: &Hook, now: u64) -> bool {
    let Some((time, signature)) = hook.inbox_signature.split_once(',') else { return false };
    let (Some(time), Some(signature)) = (time.strip_prefix("t="), signature.strip_prefix("v1="))
    else {
        return false;
    };
    let fresh = time.parse().is_ok_and(|at: u64| now.abs_diff(at) <= 300);
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length will do");
    mac.update(format!("{time}.{}", hook.raw).as_bytes());
    let hex: String =
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    fresh && hex == signature
}
