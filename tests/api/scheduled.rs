//! Messages to be sent later.
use std::time::Duration;

use serde_json::{Value, json};

use crate::outgoing::{as_person, node_with, status, write};
use crate::support::fake_twilio::FakeTwilio;
use crate::support::people::{CHANNEL, conversation, office, put};
use crate::support::{Client, Request, TestNode, token};

/// An instant so many seconds from now.
fn after(seconds: u64) -> String {
    let at = Duration::from_secs(token::now() + seconds).as_millis();
    let at = actors::domain::Timestamp(i64::try_from(at).expect("small"));
    switchboard::time::format(at)
}

fn waiting(node: &TestNode, by: &str, here: &str) -> Vec<Value> {
    let path = format!("/v1/conversations/prospect/{here}/scheduled");
    let answer = node.send(&as_person(Request::get(&path), by));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["data"].as_array().expect("a list").clone()
}

#[test]
fn a_scheduled_message_is_sent_once_at_its_time_across_a_restart() {
    let twilio = FakeTwilio::start();
    let mut node = node_with(&twilio, &[]);
    office(&node, &["ana", "ben"]);
    let ana = Client::of(&node, "ana");
    let here = conversation(&node, &ana, "carl", &["ben"]);
    let ask = json!({ "data": "later", "UUID": "u1", "send_at": after(4) });

    let answer = write(&node, "ana", &here, &ask);
    let again = write(&node, "ana", &here, &ask);
    let listed = waiting(&node, "ben", &here);
    node.kill();
    assert_eq!(twilio.calls(), 0, "not before its time");
    node.resume();

    let scheduled = answer.json()["data"].clone();
    assert_eq!((answer.status, &scheduled["status"]), (200, &json!("scheduled")));
    assert_eq!(again.json()["data"]["_id"], scheduled["_id"]);
    assert_eq!(listed, [scheduled]);
    twilio.wait_for(1);
    let ana = Client::of(&node, "ana");
    let page = ana.ask("prospect_list_message", json!({ "conversation_id": here }));
    let message = page["messages"][0].clone();
    assert_eq!((&message["data"], &message["UUID"]), (&json!("later"), &json!("u1")));
    let repeated = write(&node, "ana", &here, &ask);
    assert_eq!(repeated.json()["data"]["_id"], message["_id"], "its time has come");
    // What is written now goes out behind it: nothing of it is left.
    let last = write(&node, "ana", &here, &json!({ "data": "last" })).json()["data"].clone();
    status(&ana, &last, "sent");
    assert_eq!(twilio.texts(), ["later", "last"]);
    assert_eq!(waiting(&node, "ana", &here), [json!(null); 0]);
}

#[test]
fn what_waits_can_be_taken_back_by_any_participant_and_by_nobody_else() {
    let twilio = FakeTwilio::start();
    let node = node_with(&twilio, &[]);
    office(&node, &["ana", "ben", "dan"]);
    let ana = Client::of(&node, "ana");
    let here = conversation(&node, &ana, "carl", &["ben"]);
    let ask = json!({ "data": "never", "send_at": after(3_600) });
    let scheduled = write(&node, "ana", &here, &ask).json()["data"].clone();

    let id = scheduled["_id"].as_str().expect("an id");
    let path = format!("/v1/conversations/prospect/{here}/scheduled/{id}");
    let withdraw = |by: &str| node.send(&as_person(Request::new("DELETE", &path), by)).status;

    assert_eq!(withdraw("dan"), 404);
    assert_eq!(waiting(&node, "ana", &here).len(), 1);
    assert_eq!(withdraw("ben"), 200);
    assert_eq!(withdraw("ben"), 404);
    assert_eq!(waiting(&node, "ana", &here).len(), 0);
}

#[test]
fn a_scheduled_message_of_somebody_who_left_is_dropped() {
    let twilio = FakeTwilio::start();
    let node = node_with(&twilio, &[]);
    office(&node, &["ana", "ben"]);
    let ana = Client::of(&node, "ana");
    let here = conversation(&node, &ana, "carl", &["ben"]);
    for (by, text) in [("ben", "from ben"), ("ana", "from ana")] {
        let ask = json!({ "data": text, "send_at": after(2) });
        assert_eq!(write(&node, by, &here, &ask).status, 200);
    }

    let user =
        json!({ "account_id": "acme", "name": "ben", "email": "b@example.com", "active": false });
    put(&node, "/v1/users/ben", &user);

    twilio.wait_for(1);
    ana.event_where("prospect_message", |message| message["data"] == "from ana");
    assert_eq!(twilio.texts(), ["from ana"]);
    assert!(!ana.heard().contains("from ben"));
}

#[test]
fn what_was_scheduled_for_a_contact_who_opted_out_since_fails_for_all_to_see() {
    let twilio = FakeTwilio::start();
    let node = node_with(&twilio, &[]);
    office(&node, &["ana", "ben"]);
    let (ana, ben) = (Client::of(&node, "ana"), Client::of(&node, "ben"));
    let here = conversation(&node, &ana, "carl", &["ben"]);
    let ask = json!({ "data": "later", "UUID": "u1", "send_at": after(2) });
    assert_eq!(write(&node, "ana", &here, &ask).status, 200);

    put(
        &node,
        "/v1/contacts/carl/consent",
        &json!({ "channel_id": CHANNEL, "says": "opt_out", "evidence": "he said so" }),
    );

    for colleague in [&ana, &ben] {
        let shown = colleague.event_where("prospect_message", |message| message["UUID"] == "u1");
        assert_eq!((&shown["type"], &shown["data"]), (&json!("OUTGOING"), &json!("later")));
        assert_eq!(status(colleague, &shown, "failed")["error_code"], "CONTACT_OPTED_OUT");
    }
    assert_eq!(waiting(&node, "ana", &here), [json!(null); 0]);
    assert_eq!(twilio.calls(), 0);
}
