//! People who are not connected are told on their devices: once, and only what they may see.
use serde_json::json;

use crate::support::fake_fcm::FakeFcm;
use crate::support::people::{
    CHANNEL, communication, conversation, emit_message, incoming, office, put,
};
use crate::support::twilio::Sms;
use crate::support::{Client, Request, TestNode, client, token, wait};

const CONTACT: &str = "+12025550143";

fn node_with(fcm: &FakeFcm) -> TestNode {
    let settings = fcm.settings();
    let settings: Vec<_> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
    TestNode::with(&settings)
}

fn device(node: &TestNode, user: &str, token: &str) {
    put(node, &format!("/v1/users/{user}/push-tokens/{token}"), &json!({}));
}

/// What the trace says of a message and a user, once it is settled.
pub fn reason(node: &TestNode, message: &str, user: &str) -> String {
    wait::until(&format!("the push of {message} to {user} to be settled"), || {
        let trace = node.run(&["trace", message]);
        let line = trace.lines().find(|line| line.contains(&format!("user={user} state=")))?;
        let reason = line.split_once("reason=")?.1.split(' ').next()?.to_owned();
        (reason != "offline").then_some(reason)
    })
}

#[test]
fn who_is_not_connected_is_told_once_on_each_device_and_who_is_connected_is_not() {
    let fcm = FakeFcm::start();
    let mut node = node_with(&fcm);
    office(&node, &["ana", "ben"]);
    let devices = [("ana", "ana-phone"), ("ben", "ben-phone"), ("ben", "ben-tablet")];
    for (user, token) in devices {
        device(&node, user, token);
    }
    let ana = Client::of(&node, "ana");
    let place = conversation(&node, &ana, "carl", &["ben"]);
    communication(&node, "m1", &incoming("carl", &place, &"long ".repeat(100)));

    emit_message(&node, "m1");

    for token in ["ben-phone", "ben-tablet"] {
        let told = &fcm.told(token, 1)[0];
        assert_eq!(told["notification"]["title"], "carl");
        let body = told["notification"]["body"].as_str().expect("a body");
        assert_eq!(body.chars().count(), 120);
        let data = json!({
            "conversation_id": place, "message_id": "m1", "channel_id": CHANNEL,
            "type": "INCOMING",
        });
        assert_eq!(told["data"], data);
        assert_eq!(told["android"]["collapse_key"], place.as_str());
    }
    assert_eq!(reason(&node, "m1", "ben"), "sent");
    assert_eq!(reason(&node, "m1", "ana"), "connected");

    // Shown again, and again after the program died: it was said once.
    emit_message(&node, "m1");
    node.kill();
    node.resume();
    emit_message(&node, "m1");
    communication(&node, "m2", &incoming("carl", &place, "the last"));
    emit_message(&node, "m2");
    assert_eq!(fcm.told("ben-phone", 2)[1]["data"]["message_id"], "m2");
    assert_eq!(fcm.told("ben-tablet", 2).len(), 2);
    let of_m1 = |told: &serde_json::Value| told["data"]["message_id"] == "m1";
    assert!(!fcm.told_now("ana-phone").iter().any(of_m1));
    assert_eq!(fcm.grants(), 2, "an access token is fetched once by each process");
    assert!(!node.logs().contains("ben-phone"), "a token is a secret");
}

#[test]
fn who_comes_back_after_a_restart_is_not_told_of_what_was_delivered_before_they_could() {
    let fcm = FakeFcm::start();
    let mut node = node_with(&fcm);
    office(&node, &["ana", "ben", "cleo"]);
    for (user, token) in [("ana", "ana-phone"), ("ben", "ben-phone")] {
        device(&node, user, token);
    }
    let options = json!({ "auth": { "token": token::of("ana") }, "reconnection": false });
    let ana = Client::open(&node, client::NAMESPACE, options);
    ana.connected();
    node.kill();
    node.resume();

    Sms::new(1, CONTACT, "hello?").deliver(&node);
    let id = wait::until("the message", || {
        let cleo = Client::of(&node, "cleo");
        let rows = crate::inbound_sms::conversations(&cleo);
        rows.first()?["last_activity"]["_id"].as_str().map(str::to_owned)
    });
    ana.reopen();

    assert_eq!(reason(&node, &id, "ben"), "sent");
    assert_eq!(reason(&node, &id, "ana"), "connected");
    assert!(fcm.told_now("ana-phone").is_empty());
}

#[test]
fn a_note_is_pushed_to_the_mentioned_only_and_a_removed_user_is_told_nothing() {
    let fcm = FakeFcm::start();
    let node = node_with(&fcm);
    office(&node, &["ana", "ben", "dan", "eve"]);
    for user in ["ana", "ben", "dan", "eve"] {
        device(&node, user, &format!("{user}-phone"));
    }
    let ana = Client::of(&node, "ana");
    let place = conversation(&node, &ana, "carl", &["ben", "dan", "eve"]);
    let remove = format!("/v1/conversations/prospect/{place}/participants/eve");
    assert_eq!(node.send(&Request::new("DELETE", &remove).key()).status, 200);
    let note = json!({
        "conversation_id": place, "channel_id": CHANNEL, "UUID": "n1", "data": "they will not pay",
        "mentions": ["ben"],
    });

    let ack = ana.ask("prospect_add_note", note);

    let id = ack["data"]["_id"].as_str().expect("an id").to_owned();
    let told = &fcm.told("ben-phone", 1)[0];
    assert_eq!(told["notification"]["body"], "they will not pay");
    assert_eq!(told["data"]["type"], "NOTE");
    assert_eq!(reason(&node, &id, "dan"), "not_visible");
    assert_eq!(reason(&node, &id, "ana"), "author");
    communication(&node, "m1", &incoming("carl", &place, "the last"));
    emit_message(&node, "m1");
    fcm.told("ben-phone", 2);
    assert_eq!(fcm.told("dan-phone", 1)[0]["data"]["message_id"], "m1");
    for token in ["ana-phone", "eve-phone"] {
        assert!(fcm.told_now(token).is_empty(), "{token}");
    }
    let trace = node.run(&["trace", &id]);
    assert!(!trace.contains("they will not pay") && !trace.contains("user=eve"), "{trace}");
}

#[test]
fn who_leaves_before_a_push_is_sent_is_not_told() {
    let fcm = FakeFcm::start();
    let node = node_with(&fcm);
    office(&node, &["ana", "ben"]);
    device(&node, "ben", "ben-phone");
    let ana = Client::of(&node, "ana");
    let place = conversation(&node, &ana, "carl", &["ben"]);
    communication(&node, "m1", &incoming("carl", &place, "hello"));
    // Busy for long enough that somebody may leave meanwhile.
    fcm.answer("ben-phone", 503, "UNAVAILABLE");
    fcm.answer("ben-phone", 503, "UNAVAILABLE");
    fcm.answer("ben-phone", 503, "UNAVAILABLE");
    emit_message(&node, "m1");
    wait::until("the first attempt", || (fcm.calls() >= 1).then_some(()));

    let remove = format!("/v1/conversations/prospect/{place}/participants/ben");
    assert_eq!(node.send(&Request::new("DELETE", &remove).key()).status, 200);

    assert_eq!(reason(&node, "m1", "ben"), "not_participant");
    assert!(fcm.told_now("ben-phone").is_empty());
}

#[test]
fn a_busy_provider_is_asked_again_and_a_device_that_is_gone_is_dropped() {
    let fcm = FakeFcm::start();
    let node = node_with(&fcm);
    office(&node, &["ana", "ben"]);
    for token in ["phone", "old-phone"] {
        device(&node, "ben", token);
    }
    let ana = Client::of(&node, "ana");
    let place = conversation(&node, &ana, "carl", &["ben"]);
    communication(&node, "m1", &incoming("carl", &place, "hello"));
    fcm.answer("phone", 503, "UNAVAILABLE");
    fcm.answer("old-phone", 404, "UNREGISTERED");

    emit_message(&node, "m1");

    fcm.told("phone", 1);
    assert_eq!(reason(&node, "m1", "ben"), "sent");
    let known = |token: &str| {
        node.send(&Request::get(&format!("/v1/users/ben/push-tokens/{token}")).key()).status
    };
    assert_eq!((known("phone"), known("old-phone")), (200, 404));
    assert_eq!(fcm.calls(), 3, "the one that is gone is not asked again");
}

#[test]
fn a_device_that_was_perhaps_told_is_not_told_again() {
    let fcm = FakeFcm::start();
    let node = node_with(&fcm);
    office(&node, &["ana", "ben", "cleo"]);
    for (user, token) in [("ben", "phone"), ("ben", "tablet"), ("cleo", "cleo-phone")] {
        device(&node, user, token);
    }
    let ana = Client::of(&node, "ana");
    let place = conversation(&node, &ana, "carl", &["ben", "cleo"]);
    communication(&node, "m1", &incoming("carl", &place, "hello"));
    fcm.lose_answer("phone");
    fcm.answer("tablet", 503, "UNAVAILABLE");
    fcm.lose_answer("cleo-phone");

    emit_message(&node, "m1");

    assert_eq!(reason(&node, "m1", "cleo"), "perhaps_sent");
    assert_eq!(reason(&node, "m1", "ben"), "sent", "the other device has it");
    for token in ["phone", "tablet", "cleo-phone"] {
        assert_eq!(fcm.told_now(token).len(), 1, "{token}");
    }
    assert_eq!(fcm.calls(), 4, "only the tablet is tried again");
}

#[test]
fn without_a_provider_every_message_says_why_nobody_was_told() {
    let node = TestNode::start();
    office(&node, &["ana", "ben", "cleo"]);
    device(&node, "ana", "ana-phone");

    Sms::new(1, CONTACT, "hello?").deliver(&node);

    // Somebody looks who was told nothing: from then on they are connected.
    let id = wait::until("the message", || {
        let cleo = Client::of(&node, "cleo");
        let rows = crate::inbound_sms::conversations(&cleo);
        rows.first()?["last_activity"]["_id"].as_str().map(str::to_owned)
    });
    assert_eq!(reason(&node, &id, "ana"), "no_provider");
    assert_eq!(reason(&node, &id, "ben"), "no_device");
}
