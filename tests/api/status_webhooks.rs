//! Other services are told how far a message to a contact came.
use serde_json::{Value, json};

use crate::callbacks::twilio_status;
use crate::outgoing::{node_with, say, status};
use crate::support::fake_twilio::{FakeTwilio, Mishap};
use crate::support::people::{conversation, office};
use crate::support::{Client, Receiver};
use crate::webhooks_out::subscribe;

#[test]
fn subscribers_are_told_how_far_each_message_came_and_no_report_twice() {
    let (twilio, receiver) = (FakeTwilio::start(), Receiver::start());
    let inside = [("webhooks.allow_http", "true"), ("webhooks.allow_private", "true")];
    let node = node_with(&twilio, &inside);
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");
    let here = conversation(&node, &ana, "carl", &[]);
    subscribe(&node, &receiver, &["message.status"]);

    let message = say(&node, "ana", &here, "hello");
    let sent = receiver.accepted();
    let sid = twilio.taken()[0].sid.clone();
    let report = |told: &str, code: &str| {
        let fields = [("MessageSid", sid.as_str()), ("MessageStatus", told), ("ErrorCode", code)];
        assert_eq!(node.send(&twilio_status(&fields, true)).status, 200);
    };
    for _ in 0..2 {
        report("undelivered", "30003");
        report("sent", "");
    }
    let undelivered = receiver.accepted();
    report("delivered", "");
    let delivered = receiver.accepted();
    twilio.mishaps([Mishap::Refused(30_006)]);
    let refused = say(&node, "ana", &here, "again");
    let failed = receiver.accepted();

    let told = |of: &Value, status: &str, code: Value| {
        json!({ "_id": of["_id"], "UUID": of["UUID"], "conversation_id": here, "status": status,
                "error_code": code })
    };
    for (hook, wanted) in [
        (sent, told(&message, "sent", Value::Null)),
        (undelivered, told(&message, "undelivered", json!("30003"))),
        (delivered, told(&message, "delivered", Value::Null)),
        (failed, told(&refused, "failed", json!("30006"))),
    ] {
        assert_eq!(hook.event["type"], "message.status");
        let data = &hook.event["data"];
        for (field, value) in wanted.as_object().expect("fields") {
            assert_eq!(&data[field], value, "{field} of {data}");
        }
        assert!(data["updatedAt"].as_str().is_some_and(|at| at.ends_with('Z')), "{data}");
    }
    // Colleagues saw the same.
    status(&ana, &message, "delivered");
    status(&ana, &refused, "failed");
}
