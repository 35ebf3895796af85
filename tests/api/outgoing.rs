//! A message to a contact, from the person who writes it to Twilio, and what people see of it.
use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::fake_twilio::{ACCOUNT_SID, FakeTwilio, Mishap};
use crate::support::people::{NUMBER, conversation, office, put};
use crate::support::twilio::Sms;
use crate::support::{Client, Request, Response, TestNode, token};

pub fn node_with(twilio: &FakeTwilio, more: &[(&str, &str)]) -> TestNode {
    let url = twilio.url();
    let mut settings = vec![
        ("twilio.api_base", url.as_str()),
        ("twilio.account_sid", ACCOUNT_SID),
        ("limits.sms_per_second", "1000"),
    ];
    settings.retain(|(key, _)| more.iter().all(|(given, _)| given != key));
    settings.extend(more);
    TestNode::with(&settings)
}

/// Writes to the contact as this user.
pub fn write(node: &TestNode, by: &str, conversation: &str, body: &Value) -> Response {
    let path = format!("/v1/conversations/prospect/{conversation}/message");
    node.send(&as_person(Request::post(&path), by).json(body))
}

pub fn as_person(request: Request, user: &str) -> Request {
    request.header("authorization", &format!("Bearer {}", token::of(user)))
}

/// Writes what has to be taken; gives the message.
pub fn say(node: &TestNode, by: &str, conversation: &str, text: &str) -> Value {
    let answer = write(node, by, conversation, &json!({ "data": text }));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["data"].clone()
}

/// Waits until a message is told to have come this far.
pub fn status(of: &Client, message: &Value, status: &str) -> Value {
    of.event_where("prospect_message_status", |event| {
        event["_id"] == message["_id"] && event["status"] == status
    })
}

#[test]
fn two_colleagues_see_a_message_queued_and_then_sent() {
    let twilio = FakeTwilio::start();
    let node = node_with(&twilio, &[]);
    office(&node, &["ana", "ben", "dan"]);
    let (ana, ben) = (Client::of(&node, "ana"), Client::of(&node, "ben"));
    let dan = Client::of(&node, "dan");
    let here = conversation(&node, &ana, "carl", &["ben"]);

    let body = json!({
        "data": "hello", "UUID": "u1", "attachments": [{ "url": "https://example.com/plan.png" }],
    });
    let answer = write(&node, "ana", &here, &body);
    let again = write(&node, "ana", &here, &body);
    let other = write(&node, "ana", &here, &json!({ "data": "else", "UUID": "u1" }));

    let message = answer.json()["data"].clone();
    assert_eq!((answer.status, answer.json()["message"].clone()), (200, json!("SUCCESS")));
    assert_eq!((&message["type"], &message["UUID"]), (&json!("OUTGOING"), &json!("u1")));
    assert_eq!((&message["status"], &message["is_sender"]), (&json!("queued"), &json!(true)));
    assert_eq!((again.status, &again.json()["data"]["_id"]), (200, &message["_id"]));
    assert_eq!((other.status, other.json()["error"].clone()), (409, json!("CONFLICT")));
    for colleague in [&ana, &ben] {
        let seen = colleague.event("prospect_message");
        assert_eq!((&seen["data"], &seen["status"]), (&json!("hello"), &json!("queued")));
        assert_eq!(status(colleague, &message, "sent")["conversation_id"], *here);
    }
    let taken = &twilio.taken()[0];
    assert_eq!((taken.field("From"), taken.field("Body")), (NUMBER, "hello"));
    assert!(taken.field("To").starts_with("+1202555"));
    assert_eq!(taken.field("MediaUrl"), "https://example.com/plan.png");
    assert!(taken.field("StatusCallback").ends_with("/webhooks/twilio/status"));
    assert_eq!(twilio.calls(), 1);
    assert_eq!(write(&node, "dan", &here, &json!({ "data": "x" })).status, 404);
    assert!(!dan.heard().contains("hello"));
}

#[test]
fn a_body_of_another_shape_is_refused_by_name() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");
    let here = conversation(&node, &ana, "carl", &[]);

    for (body, wrong) in [
        (json!({ "data": 5 }), "data"),
        (json!({ "data": "x", "UUID": 5 }), "UUID"),
        (json!({ "data": "x", "UUID": "" }), "UUID"),
        (json!({ "data": "x", "attachments": "x" }), "attachments"),
        (json!({ "data": "x", "attachments": [5] }), "attachments"),
        (json!({ "data": "x", "force": "true" }), "force"),
        (json!({ "data": "x", "if_last_seen": 5 }), "if_last_seen"),
        (json!({ "data": "x", "send_at": "tomorrow" }), "send_at"),
        (json!({ "data": "x", "send_at": "2001-01-01T00:00:00Z" }), "send_at"),
        (json!({ "data": "x", "send_at": "2999-01-01T00:00:00Z" }), "send_at"),
        (json!({ "data": "x", "mentions": [] }), "mentions"),
        (json!({ "data": " " }), "text"),
        (json!([]), "object"),
    ] {
        let answer = write(&node, "ana", &here, &body);

        assert_eq!((answer.status, &answer.json()["success"]), (400, &json!(false)), "{body}");
        assert!(answer.json()["message"].as_str().expect("a text").contains(wrong), "{body}");
    }
    let path = format!("/v1/conversations/prospect/{here}/message");
    assert_eq!(node.send(&Request::post(&path).json(&json!({ "data": "x" }))).status, 401);
}

#[test]
fn who_was_overtaken_sends_nothing_and_is_shown_what_came_meanwhile() {
    let twilio = FakeTwilio::start();
    let node = node_with(&twilio, &[]);
    office(&node, &["ana", "ben"]);
    let ana = Client::of(&node, "ana");
    let here = conversation(&node, &ana, "carl", &["ben"]);
    let first = say(&node, "ana", &here, "first");
    say(&node, "ben", &here, "from ben");

    let ask = json!({ "data": "late", "if_last_seen": first["_id"] });
    let overtaken = write(&node, "ana", &here, &ask);
    let forced = write(
        &node,
        "ana",
        &here,
        &json!({ "data": "late", "if_last_seen": first["_id"], "force": true }),
    );
    let unknown = write(&node, "ana", &here, &json!({ "data": "x", "if_last_seen": "nothing" }));

    assert_eq!((overtaken.status, overtaken.json()["errno"].clone()), (409, json!(409)));
    assert_eq!(overtaken.json()["success"], false);
    assert_eq!(overtaken.json()["error"], "CONFLICT");
    let meanwhile = overtaken.json()["data"]["messages"].clone();
    assert_eq!(meanwhile.as_array().expect("a list").len(), 1);
    assert_eq!(meanwhile[0]["data"], "from ben");
    assert_eq!((forced.status, unknown.status), (200, 404));
    let own = json!({ "data": "last", "if_last_seen": forced.json()["data"]["_id"] });
    assert_eq!(write(&node, "ana", &here, &own).status, 200, "one's own message overtakes nobody");
    twilio.wait_for(4);
    assert_eq!(twilio.texts(), ["first", "from ben", "late", "last"]);
}

#[test]
fn what_twilio_does_not_take_now_is_sent_once_it_does_and_in_order() {
    let twilio = FakeTwilio::start();
    let node = node_with(&twilio, &[]);
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");
    let here = conversation(&node, &ana, "carl", &[]);
    twilio.mishaps([Mishap::Busy, Mishap::AnswerLost, Mishap::Broken]);

    let said: Vec<_> =
        ["one", "two", "three"].iter().map(|text| say(&node, "ana", &here, text)).collect();
    for message in &said {
        status(&ana, message, "sent");
    }

    assert_eq!(twilio.texts(), ["one", "two", "three"], "each once, in order");
    assert_eq!(twilio.calls(), 5, "only where nothing was taken it was called again");
}

#[test]
fn killed_between_call_and_record_every_message_reaches_twilio_once() {
    let twilio = FakeTwilio::start();
    let mut node = node_with(&twilio, &[]);
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");
    let contacts: Vec<_> =
        (0..6).map(|n| conversation(&node, &ana, &format!("c{n}"), &[])).collect();

    for round in 0..3 {
        twilio.mishaps([Mishap::Held, Mishap::Held]);
        for (n, here) in contacts.iter().enumerate() {
            say(&node, "ana", here, &format!("text {round} {n}"));
        }
        // Two are taken and not answered for; the others are wherever they are.
        twilio.wait_for(round * contacts.len() + 2);
        node.kill();
        node.resume();
        twilio.wait_for((round + 1) * contacts.len());
    }

    let ana = Client::of(&node, "ana");
    let mut times = BTreeMap::<String, u32>::new();
    for text in twilio.texts() {
        *times.entry(text).or_default() += 1;
    }
    assert_eq!(times.len(), 18);
    assert!(times.values().all(|times| *times == 1), "{times:?}");
    for here in &contacts {
        let last = say(&node, "ana", here, "the last");
        status(&ana, &last, "sent");
        let page =
            ana.ask("prospect_list_message", json!({ "conversation_id": here, "limit": 50 }));
        let messages = page["messages"].as_array().expect("a page");
        assert!(messages.iter().all(|message| message["status"] == "sent"), "{page}");
    }
}

#[test]
fn one_number_sends_no_faster_than_it_may() {
    let twilio = FakeTwilio::start();
    let node = node_with(&twilio, &[("limits.sms_per_second", "5")]);
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");
    let contacts: Vec<_> =
        (0..20).map(|n| conversation(&node, &ana, &format!("c{n}"), &[])).collect();

    for here in &contacts {
        say(&node, "ana", here, "hello");
    }

    twilio.wait_for(20);
    let taken = twilio.taken();
    let took = taken[19].at - taken[0].at;
    // 19 pauses of 200 ms; what arrives late on a busy machine makes later ones look close.
    assert!(took >= Duration::from_millis(3_000), "{took:?}");
}

#[test]
fn a_contact_who_opted_out_at_twilio_is_not_written_to_again() {
    let twilio = FakeTwilio::start();
    let node = node_with(&twilio, &[]);
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");
    let here = conversation(&node, &ana, "carl", &[]);
    twilio.mishaps([Mishap::Refused(21_610)]);

    let message = say(&node, "ana", &here, "hello");

    assert_eq!(status(&ana, &message, "failed")["error_code"], "CONTACT_OPTED_OUT");
    let refused = write(&node, "ana", &here, &json!({ "data": "please" }));
    assert_eq!(
        (refused.status, refused.json()["error"].clone()),
        (403, json!("CONTACT_OPTED_OUT"))
    );
    let path = format!("/v1/conversations/prospect/{here}/message/{}/resend", id(&message));
    assert_eq!(node.send(&as_person(Request::post(&path), "ana")).status, 403);
    assert_eq!(twilio.calls(), 1);
    assert_eq!(twilio.texts(), [""; 0]);
}

#[test]
fn what_failed_is_sent_anew_once_whoever_asks() {
    let twilio = FakeTwilio::start();
    let node = node_with(&twilio, &[]);
    office(&node, &["ana", "ben"]);
    let ana = Client::of(&node, "ana");
    let here = conversation(&node, &ana, "carl", &["ben"]);
    twilio.mishaps([Mishap::Refused(30_006)]);
    let failed = say(&node, "ana", &here, "hello");
    assert_eq!(status(&ana, &failed, "failed")["error_code"], "30006");

    let path = format!("/v1/conversations/prospect/{here}/message/{}/resend", id(&failed));
    let resend = |by: &str| node.send(&as_person(Request::post(&path), by));
    let anew = resend("ben");

    let message = anew.json()["data"].clone();
    assert_eq!((anew.status, &message["data"]), (200, &json!("hello")));
    assert_ne!(message["_id"], failed["_id"]);
    assert_eq!(message["UUID"], format!("resend-{}", id(&failed)));
    assert_eq!(message["sent_by"]["_id"], "ben");
    status(&ana, &message, "sent");
    let again = resend("ana").json()["data"].clone();
    assert_eq!((&again["_id"], &again["is_sender"]), (&message["_id"], &json!(false)));
    assert_eq!(twilio.texts(), ["hello"]);
    let path = format!("/v1/conversations/prospect/{here}/message/{}/resend", id(&message));
    assert_eq!(node.send(&as_person(Request::post(&path), "ana")).status, 409, "it did not fail");
    let listed = ana.ask("prospect_list_message", json!({ "conversation_id": here }));
    let statuses: Vec<_> = listed["messages"]
        .as_array()
        .expect("a page")
        .iter()
        .map(|message| message["status"].clone())
        .collect();
    assert!(statuses.contains(&json!("failed")) && statuses.contains(&json!("sent")), "{listed}");
}

#[test]
fn without_a_provider_or_an_address_a_message_fails_and_says_why() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");
    let here = conversation(&node, &ana, "carl", &[]);
    let message = say(&node, "ana", &here, "hello");
    assert_eq!(status(&ana, &message, "failed")["error_code"], "NO_PROVIDER");

    let twilio = FakeTwilio::start();
    let node = node_with(&twilio, &[]);
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");
    let here = conversation(&node, &ana, "carl", &[]);
    put(&node, "/v1/contacts/carl", &json!({ "account_id": "acme", "name": "carl" }));
    let message = say(&node, "ana", &here, "hello");
    assert_eq!(status(&ana, &message, "failed")["error_code"], "NO_ADDRESS");
    // Who writes in has a number, and is answered there.
    Sms::new(1, "+12025550188", "hi").deliver(&node);
    let came = ana.event_where("prospect_message", |message| message["type"] == "INCOMING");
    let there = came["conversation_id"].clone();
    let answer = say(&node, "ana", there.as_str().expect("an id"), "hello yourself");
    status(&ana, &answer, "sent");
    assert_eq!(twilio.taken()[0].field("To"), "+12025550188");
}

fn id(message: &Value) -> &str {
    message["_id"].as_str().expect("an id")
}
