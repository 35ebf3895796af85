//! Other services are told what happens: signed, in order, again and again until they have it, and
//! never of a note.
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::people::{CHANNEL, office, put};
use crate::support::receiver::{Does, Hook};
use crate::support::twilio::Sms;
use crate::support::{Client, Receiver, Request, TestNode, wait};

const CARL: &str = "+12025550143";

#[test]
fn what_happens_is_told_in_order_and_signed() {
    let (node, receiver) = (inside(&[]), Receiver::start());
    office(&node, &["ana"]);
    let made = subscribe(&node, &receiver, &["conversation.updated", "message.created"]);

    Sms::new(1, CARL, "hello").deliver(&node);
    Sms::new(2, CARL, "anybody there?").deliver(&node);

    let hooks: Vec<_> = (0..3).map(|_| receiver.accepted()).collect();
    let types: Vec<_> = hooks.iter().map(|hook| hook.event["type"].clone()).collect();
    assert_eq!(types, ["conversation.updated", "message.created", "message.created"]);
    let began = &hooks[0].event["data"];
    assert_eq!((&began["isNew"], &began["account_id"]), (&json!(true), &json!("acme")));
    assert_eq!(began["unread_count"], Value::Null, "that is each user's own");
    let first = &hooks[1].event["data"];
    assert_eq!((&first["data"], &first["type"]), (&json!("hello"), &json!("INCOMING")));
    assert_eq!((&first["conversation_id"], &first["is_note"]), (&began["_id"], &json!(false)));
    assert_eq!(hooks[2].event["data"]["data"], "anybody there?");
    assert!(hooks[1].event["timestamp"].as_str().is_some_and(|at| at.ends_with('Z')));
    let secret = made["secret"].as_str().expect("it is shown once");
    for hook in &hooks {
        assert!(hook.id.starts_with("msg_"), "{}", hook.id);
        assert_eq!(hook.signature, signature(secret, hook));
    }
    let shown = node.send(&Request::get("/v1/webhooks/crm").key()).json();
    assert_eq!((&shown["secret"], &shown["failing"]), (&Value::Null, &Value::Null), "{shown}");
    assert!(!node.logs().contains(secret));
}

#[test]
fn a_receiver_that_fails_gets_every_event_in_order_once_it_is_back() {
    let settings =
        [("webhooks.retry_after", "1ms,1ms,1ms,1ms,1ms,1ms"), ("webhooks.timeout", "2s")];
    let (node, receiver, elsewhere) = (inside(&settings), Receiver::start(), Receiver::start());
    office(&node, &["ana"]);
    receiver.plan([
        Does::Answers(500),
        Does::HangsUp,
        Does::KeepsSilent,
        Does::Redirects(elsewhere.url()),
        Does::Rambles(1_000_000),
        Does::Answers(429),
    ]);
    subscribe(&node, &receiver, &["message.created"]);

    for number in 1..=5 {
        Sms::new(number, CARL, &format!("number {number}")).deliver(&node);
    }

    let first: Vec<_> = (0..5).map(|_| receiver.next()).collect();
    assert!(first.iter().all(|hook| hook.id == first[0].id), "one event, one name");
    assert!(first[4].accepted && !first[3].accepted);
    for number in 2..=5 {
        let hook = receiver.accepted();
        assert_eq!(hook.event["data"]["data"], format!("number {number}"));
        assert_ne!(hook.id, first[0].id);
    }
    elsewhere.plan([]);
    subscribe(&node, &elsewhere, &["message.created"]);
    Sms::new(6, CARL, "number 6").deliver(&node);
    let mut told = elsewhere.next();
    if told.event["data"]["data"] == "number 5" {
        // That it had been accepted was not kept yet.
        told = elsewhere.next();
    }
    assert_eq!(told.event["data"]["data"], "number 6", "no redirect was followed");
}

#[test]
fn what_was_not_delivered_outlives_a_kill_of_the_server_under_its_name() {
    let mut node = inside(&[(
        "webhooks.retry_after",
        "200ms,200ms,200ms,200ms,200ms,200ms,200ms,200ms,200ms",
    )]);
    let receiver = Receiver::start();
    office(&node, &["ana"]);
    subscribe(&node, &receiver, &["message.created"]);
    Sms::new(1, CARL, "before").deliver(&node);
    let before = receiver.accepted();
    receiver.always(Some(503));
    Sms::new(2, CARL, "meanwhile").deliver(&node);
    let failed = receiver.next();
    node.kill();
    receiver.always(None);
    node.resume();
    Sms::new(3, CARL, "after").deliver(&node);

    let meanwhile = receiver.accepted();

    assert_eq!((&meanwhile.id, &meanwhile.event), (&failed.id, &failed.event));
    assert_ne!(meanwhile.id, before.id);
    assert_eq!(receiver.accepted().event["data"]["data"], "after");
}

#[test]
fn what_is_given_up_is_listed_and_a_replay_tells_it_again_under_its_name() {
    let (node, receiver) = (inside(&[("webhooks.retry_after", "1ms")]), Receiver::start());
    office(&node, &["ana"]);
    receiver.plan([Does::Answers(500), Does::Answers(500)]);
    subscribe(&node, &receiver, &["message.created"]);
    let since = now();

    Sms::new(1, CARL, "one").deliver(&node);
    Sms::new(2, CARL, "two").deliver(&node);

    let (parked, again, two) = (receiver.next(), receiver.next(), receiver.next());
    assert_eq!((&parked.id, again.accepted, two.accepted), (&again.id, false, true));
    assert_eq!(two.event["data"]["data"], "two");
    let failures = node.send(&Request::get("/v1/webhooks/crm/failures").key()).json();
    let listed = &failures["data"][0];
    assert_eq!((&listed["_id"], &listed["attempts"]), (&json!(parked.id), &json!(2)), "{failures}");
    assert_eq!(listed["reason"], "answered 500");
    assert_eq!(failures["data"].as_array().map(Vec::len), Some(1));

    for from in [parked.id.as_str(), &since] {
        let answer = replay(&node, from);
        assert_eq!(answer, 200, "{from}");
        let told: Vec<_> = (0..2).map(|_| receiver.accepted().id).collect();
        assert_eq!(told, [parked.id.clone(), two.id.clone()]);
    }
    assert_eq!(replay(&node, "msg_AAAAAAAAAAAAAAAAAAAAAA"), 400);
    assert_eq!(replay(&node, "yesterday"), 400);
}

#[test]
fn a_note_reaches_no_subscriber_and_moves_nothing_they_see() {
    let (node, receiver) = (inside(&[]), Receiver::start());
    office(&node, &["ana", "ben"]);
    let ana = Client::of(&node, "ana");
    let all = ["message.created", "message.status", "conversation.updated"];
    subscribe(&node, &receiver, &all);
    Sms::new(1, CARL, "hello").deliver(&node);
    let (began, _) = (receiver.accepted(), receiver.accepted());
    let place = began.event["data"]["_id"].as_str().expect("an id").to_owned();

    let secret = "they will not pay";
    let note = json!({ "conversation_id": place, "channel_id": CHANNEL, "data": secret,
                       "mentions": ["ben"], "UUID": "uuid-of-the-secret-note" });
    let ack = ana.ask("prospect_add_note", note);
    assert_eq!(ack["success"], true, "{ack}");
    ana.ask("prospect_snooze", json!({ "conversation_id": place }));
    let edit = json!({ "conversation_id": place, "title": "Carl" });
    assert_eq!(ana.ask("prospect_edit_conversation", edit)["success"], true);
    Sms::new(2, CARL, "the last").deliver(&node);

    let mut heard = Vec::new();
    loop {
        let hook = receiver.accepted();
        let last = hook.event["data"]["data"] == "the last";
        heard.push(hook);
        if last {
            break;
        }
    }
    let types: Vec<_> = heard.iter().map(|hook| hook.event["type"].clone()).collect();
    assert_eq!(types, ["conversation.updated", "message.created"]);
    assert_eq!(heard[0].event["data"]["title"], "Carl");
    let id = ack["data"]["_id"].as_str().expect("an id");
    for hook in &heard {
        for hidden in [secret, id, "uuid-of-the-secret-note"] {
            assert!(!hook.raw.contains(hidden), "{hidden}");
        }
        let activity = &hook.event["data"]["last_activity"];
        assert!(activity.is_null() || activity["is_note"] == false, "{activity}");
    }
    let shown = node.send(&Request::get("/v1/webhooks/crm").key()).text();
    let failures = node.send(&Request::get("/v1/webhooks/crm/failures").key()).text();
    assert!(!shown.contains(id) && !failures.contains(id));
}

#[test]
fn addresses_of_the_inside_are_refused_and_never_called() {
    let node = TestNode::start();
    let receiver = Receiver::start();
    office(&node, &["ana"]);
    let port = receiver.address.port();

    for url in [
        format!("https://127.0.0.1:{port}/hook"),
        format!("https://[::ffff:127.0.0.1]:{port}/hook"),
        format!("https://2130706433:{port}/hook"),
        "https://169.254.169.254/latest/meta-data".to_owned(),
        "https://10.0.0.1/".to_owned(),
        receiver.url(),
    ] {
        let answer =
            node.send(&Request::put("/v1/webhooks/crm", &ask(&url, &["message.created"])).key());
        assert_eq!(answer.status, 400, "{url}");
        assert_eq!(answer.json()["error"], "VALIDATION_ERROR");
    }
    // What a name means is known only when it is called.
    let url = format!("https://localhost:{port}/hook");
    put(&node, "/v1/webhooks/crm", &ask(&url, &["message.created"]));
    Sms::new(1, CARL, "hello").deliver(&node);

    let failing = wait::until("the first attempt to fail", || {
        let shown = node.send(&Request::get("/v1/webhooks/crm").key()).json();
        shown["failing"].is_object().then(|| shown["failing"].clone())
    });

    assert_eq!(failing["reason"], "the host has no public address");
    drop(node);
    receiver.always(None);
    // Whoever is heard first is the test itself.
    let probe = Request::post("/probe").body("application/json", "{}");
    assert_eq!(probe.send(receiver.address).expect("an answer").status, 200);
    assert_eq!(receiver.next().path, "/probe");
}

#[test]
fn a_receiver_that_is_gone_is_left_alone_until_somebody_subscribes_again() {
    let (node, receiver) = (inside(&[]), Receiver::start());
    office(&node, &["ana"]);
    receiver.plan([Does::Answers(410)]);
    let events = ["message.created"];
    let made = subscribe(&node, &receiver, &events);
    Sms::new(1, CARL, "hello").deliver(&node);
    let refused = receiver.next();

    let disabled = wait::until("the subscription to be disabled", || {
        let shown = node.send(&Request::get("/v1/webhooks/crm").key()).json();
        shown["disabled"].is_object().then(|| shown["disabled"].clone())
    });
    assert_eq!(disabled["reason"], "the receiver answered 410");

    let again = subscribe(&node, &receiver, &events);
    assert_eq!((&again["disabled"], &again["secret"]), (&Value::Null, &Value::Null));
    let hook = receiver.accepted();
    assert_eq!(hook.id, refused.id, "nothing was lost");
    assert_eq!(hook.signature, signature(made["secret"].as_str().expect("once"), &hook));
}

#[test]
fn a_subscription_is_read_strictly_and_belongs_to_one_account() {
    let (node, receiver) = (inside(&[]), Receiver::start());
    office(&node, &["ana"]);
    let good = ask(&receiver.url(), &["message.created"]);
    let mut wrong = vec![json!([]), json!({})];
    for (field, value) in [
        ("url", json!(5)),
        ("url", json!("ftp://example.com")),
        ("events", json!([])),
        ("events", json!(["message.deleted"])),
        ("secret", json!("short")),
        ("active", json!("yes")),
        ("evnts", json!([])),
    ] {
        let mut body = good.clone();
        body[field] = value;
        wrong.push(body);
    }
    for body in wrong {
        let answer = node.send(&Request::put("/v1/webhooks/crm", &body).key());
        assert_eq!((answer.status, answer.json()["errno"].clone()), (400, json!(400)), "{body}");
    }
    assert_eq!(node.send(&Request::get("/v1/webhooks/crm").key()).status, 404);

    let mut given = good.clone();
    given["secret"] = json!("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let kept = put(&node, "/v1/webhooks/crm", &given);
    assert_eq!((&kept["url"], &kept["secret"]), (&given["url"], &Value::Null));
    let mut stolen = good.clone();
    stolen["account_id"] = json!("other");
    assert_eq!(node.send(&Request::put("/v1/webhooks/crm", &stolen).key()).status, 409);
    let list = |account: &str| {
        let target = format!("/v1/webhooks?account_id={account}");
        node.send(&Request::get(&target).key()).json()["data"].as_array().map(Vec::len)
    };
    assert_eq!((list("acme"), list("other")), (Some(1), Some(0)));
    assert_eq!(put(&node, "/v1/webhooks/crm", &kept), kept, "what was read can be written back");

    for request in [
        Request::get("/v1/webhooks?account_id=acme"),
        Request::get("/v1/webhooks/crm"),
        Request::get("/v1/webhooks/crm/failures"),
        Request::put("/v1/webhooks/crm", &good),
        Request::post("/v1/webhooks/crm/replay").json(&json!({ "from": now() })),
        Request::new("DELETE", "/v1/webhooks/crm"),
    ] {
        assert_eq!(node.send(&request).status, 401, "{request:?}");
    }
    assert_eq!(node.send(&Request::new("DELETE", "/v1/webhooks/crm").key()).status, 200);
    assert_eq!(node.send(&Request::new("DELETE", "/v1/webhooks/crm").key()).status, 404);
    assert_eq!(replay(&node, &now()), 404);
}

/// A server that may call receivers on loopback.
fn inside(settings: &[(&str, &str)]) -> TestNode {
    let allowed = [("webhooks.allow_http", "true"), ("webhooks.allow_private", "true")];
    TestNode::with(&[&allowed, settings].concat())
}

fn ask(url: &str, events: &[&str]) -> Value {
    json!({ "account_id": "acme", "url": url, "events": events })
}

pub fn subscribe(node: &TestNode, receiver: &Receiver, events: &[&str]) -> Value {
    put(node, "/v1/webhooks/crm", &ask(&receiver.url(), events))
}

fn replay(node: &TestNode, from: &str) -> u16 {
    let request = Request::post("/v1/webhooks/crm/replay").json(&json!({ "from": from }));
    node.send(&request.key()).status
}

fn now() -> String {
    chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// Source: <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.
fn signature(secret: &str, hook: &Hook) -> String {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").expect("a secret")).expect("base64");
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("any length will do");
    mac.update(format!("{}.{}.{}", hook.id, hook.timestamp, hook.raw).as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}
