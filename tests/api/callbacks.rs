//! What providers say of messages on their way, and mails that contacts write: from the provider's
//! request to what people see.
use serde_json::{Value, json};

use crate::support::people::{
    ACCOUNT, CHANNEL, NUMBER, communication, conversation, emit_message, office, put,
};
use crate::support::sendgrid::{self, INBOUND_KEY, mail};
use crate::support::twilio::{AUTH_TOKEN, PUBLIC_URL, Sms, signature};
use crate::support::{Client, Request, TestNode, wait};

const CARL: &str = "+12025550143";
const MAIL: &str = "acme-mail";

fn node() -> TestNode {
    TestNode::with(&[("sendgrid.inbound_key", INBOUND_KEY)])
}

fn mailbox(node: &TestNode, members: &[&str]) {
    let body = json!({
        "account_id": ACCOUNT, "kind": "EMAIL", "name": MAIL, "address": "sales@acme.example",
        "member_ids": members,
    });
    put(node, &format!("/v1/channels/{MAIL}"), &body);
}

/// An outgoing message that people see.
fn sent(node: &TestNode, id: &str, conversation: &str, contact: &str) {
    let body = json!({
        "type": "OUTGOING", "data": "hi", "contact_id": contact, "sent_by": "ana",
        "channel_id": CHANNEL, "conversation_id": [conversation],
    });
    communication(node, id, &body);
    emit_message(node, id);
}

fn event(message: &str, event: &str) -> Value {
    json!({ "event": event, "message_id": message, "timestamp": 1_700_000_000,
            "sg_message_id": "x.y", "status": "5.1.1" })
}

fn quarantine(node: &TestNode, count: usize) -> Vec<Value> {
    wait::until("the quarantine to fill", || {
        let kept = node.send(&Request::get("/v1/quarantine").key()).json()["data"].clone();
        kept.as_array().filter(|kept| kept.len() == count).cloned()
    })
}

pub fn twilio_status(parameters: &[(&str, &str)], signed: bool) -> Request {
    let parameters: Vec<_> =
        parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let path = "/webhooks/twilio/status";
    let signature = match signed {
        true => signature(AUTH_TOKEN, &format!("{PUBLIC_URL}{path}"), &parameters),
        false => "AAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned(),
    };
    let form: Vec<_> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    Request::post(path)
        .header("x-twilio-signature", &signature)
        .body("application/x-www-form-urlencoded", form.join("&"))
}

#[test]
fn what_became_of_a_mail_reaches_everybody_in_whichever_order_it_is_told() {
    let node = node();
    office(&node, &["ana", "ben"]);
    let (ana, ben) = (Client::of(&node, "ana"), Client::of(&node, "ben"));
    let thread = conversation(&node, &ana, "carl", &["ben"]);
    sent(&node, "m1", &thread, "carl");
    sent(&node, "m2", &thread, "carl");

    sendgrid::events(&node, &json!([event("m1", "open"), event("m1", "delivered")]));
    for client in [&ana, &ben] {
        let first = client.event("prospect_message_status");
        assert_eq!((&first["_id"], &first["status"]), (&json!("m1"), &json!("read")));
    }
    sendgrid::events(&node, &json!([event("m1", "processed"), event("m2", "bounce")]));

    for client in [&ana, &ben] {
        let second = client.event("prospect_message_status");
        assert_eq!((&second["_id"], &second["status"]), (&json!("m2"), &json!("undelivered")));
        assert_eq!(second["error_code"], "5.1.1");
    }
}

#[test]
fn a_mail_begins_a_conversation_and_the_same_mail_again_is_shown_once() {
    let node = node();
    office(&node, &["ana"]);
    mailbox(&node, &["ana"]);
    let ana = Client::of(&node, "ana");
    let headers = "From: Carl <Carl@customer.example>\r\nTo: Sales <sales@acme.example>\r\n\
                   Subject: A question\r\nMessage-ID: <q1@customer.example>";
    let fields = [
        ("headers", headers),
        ("html", "<p>How <b>much</b>?</p><script>alert(1)</script>"),
        ("envelope", r#"{"to":["SALES@acme.example"],"from":"carl@customer.example"}"#),
    ];
    let request = mail(INBOUND_KEY, &fields, &[("plan.pdf", "application/pdf", "the plan")]);

    assert_eq!((node.send(&request).status, node.send(&request).status), (200, 200));
    sendgrid::write(&node, "q2", "carl@CUSTOMER.example", "sales@acme.example", "and when?");

    let seen =
        ana.events_until(|name, event| name == "prospect_message" && event["data"] == "and when?");
    let messages: Vec<_> = seen
        .iter()
        .filter(|(name, _)| name == "prospect_message")
        .map(|(_, event)| event)
        .collect();
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0]["data"], "How much?");
    assert_eq!(messages[0]["conversation_id"], messages[1]["conversation_id"]);
    assert!(!ana.heard().contains("alert(1)"));
    let file = &messages[0]["attachments"][0];
    assert_eq!((&file["filename"], &file["size"]), (&json!("plan.pdf"), &json!(8)));
    let url = file["url"].as_str().expect("a link");
    let fetched = node.send(&Request::get(url));
    assert_eq!((fetched.status, fetched.text().as_str()), (200, "the plan"));
    assert_eq!(fetched.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(node.send(&Request::get(&url[..url.len() - 4])).status, 404);
}

#[test]
fn a_mail_that_cannot_be_believed_or_placed_is_kept_apart_and_never_refused() {
    let node = node();
    office(&node, &["ana"]);
    mailbox(&node, &["ana"]);
    let from = ("from", "carl@customer.example");

    let wrong = mail("guessed", &[from, ("to", "sales@acme.example"), ("text", "x")], &[]);
    let nobody = mail(INBOUND_KEY, &[from, ("to", "nobody@acme.example"), ("text", "x")], &[]);
    let garbage = Request::post(&format!("/webhooks/sendgrid/inbound?key={INBOUND_KEY}"))
        .body("multipart/form-data; boundary=x", "no form at all");

    for request in [wrong, nobody, garbage] {
        assert_eq!(node.send(&request).status, 200);
    }
    let kept = quarantine(&node, 3);
    assert!(kept.iter().all(|row| row["source"] == "sendgrid_inbound"));
    assert!(!node.logs().contains(INBOUND_KEY) && !node.logs().contains("guessed"));
}

#[test]
fn a_mail_too_large_is_to_be_repeated_and_not_dropped() {
    let node = TestNode::with(&[
        ("sendgrid.inbound_key", INBOUND_KEY),
        ("limits.mail_body_bytes", "1000"),
    ]);
    let long = "x".repeat(2_000);

    let answer = node.send(&mail(INBOUND_KEY, &[("text", &long)], &[]));

    assert_eq!((answer.status, answer.json()["errno"].clone()), (503, json!(503)));
}

#[test]
fn a_report_is_judged_and_kept_like_a_message() {
    let node = TestNode::with(&[("twilio.signature", "enforce")]);
    let report = [("MessageSid", "SM1"), ("MessageStatus", "delivered")];

    let forged = node.send(&twilio_status(&report, false));
    let genuine = node.send(&twilio_status(&report, true));
    let unreadable = node.send(&twilio_status(&[("MessageSid", "SM2")], true));

    assert_eq!((forged.status, forged.json()["success"].clone()), (403, json!(false)));
    assert_eq!((genuine.status, unreadable.status), (200, 200));
    assert!(genuine.text().contains("<Response></Response>"));
    let kept = quarantine(&node, 1);
    assert_eq!(
        (&kept[0]["provider_id"], &kept[0]["source"]),
        (&json!("SM2"), &json!("twilio_status"))
    );
}

#[test]
fn a_status_that_changed_while_somebody_was_away_is_told_when_they_are_back() {
    let node = node();
    office(&node, &["ana"]);
    let options =
        json!({ "auth": { "token": crate::support::token::of("ana") }, "reconnection": false });
    let ana = Client::open(&node, crate::support::client::NAMESPACE, options);
    ana.connected();
    let thread = conversation(&node, &ana, "carl", &[]);
    sent(&node, "m1", &thread, "carl");
    ana.event_where("prospect_message", |message| message["_id"] == "m1");

    ana.cut();
    sendgrid::events(&node, &json!([event("m1", "processed"), event("m1", "delivered")]));
    ana.reopen();

    let told = ana.event_where("prospect_message_status", |told| told["status"] == "delivered");
    assert_eq!(told["_id"], "m1");
}

/// Twilio's list in two pages: one inbound message that came by webhook, too, one of which none
/// came, one to somebody else's number, and an outgoing one. Answers until the test is over.
fn twilio_list() -> std::net::SocketAddr {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let listed = |sid: u32, direction: &str, to: &str, body: &str| {
        json!({ "sid": format!("SM{sid:032x}"), "direction": direction, "from": CARL, "to": to,
                "body": body, "num_media": "0" })
    };
    let first = json!({
        "messages": [listed(1, "inbound", NUMBER, "known"), listed(9, "outbound-api", CARL, "ours")],
        "next_page_uri": "/2010-04-01/Accounts/AC1/Messages.json?Page=1",
    });
    let second = json!({
        "messages": [listed(2, "inbound", NUMBER, "missing"),
                     listed(3, "inbound", "+12025550199", "elsewhere")],
        "next_page_uri": null,
    });
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut head = Vec::new();
            let mut part = [0; 1024];
            while !head.windows(4).any(|four| four == b"\r\n\r\n") {
                match stream.read(&mut part) {
                    Ok(length @ 1..) => head.extend_from_slice(&part[..length]),
                    _ => break,
                }
            }
            let head = String::from_utf8_lossy(&head).to_lowercase();
            let asked = head.contains("authorization: basic ");
            let body = match (asked, head.contains("page=1 ")) {
                (false, _) => json!({}),
                (true, false) => first.clone(),
                (true, true) => second.clone(),
            };
            let body = body.to_string();
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\
                 content-length: {}\r\n\r\n{body}",
                body.len()
            );
        }
    });
    address
}

#[test]
fn a_message_whose_webhook_never_came_is_found_in_twilios_list() {
    let base = format!("http://{}", twilio_list());
    let node = TestNode::with(&[("twilio.account_sid", "AC1"), ("twilio.api_base", &base)]);
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");
    Sms::new(1, CARL, "known").deliver(&node);
    ana.event("prospect_message");

    for _ in 0..2 {
        let said = node.run(&["reconcile", "--since", "1h"]);
        assert_eq!(said, "4 messages listed, 3 inbound ones handed over");
    }
    Sms::new(4, CARL, "the last").deliver(&node);

    let seen =
        ana.events_until(|name, event| name == "prospect_message" && event["data"] == "the last");
    let texts: Vec<_> = seen
        .iter()
        .filter(|(name, _)| name == "prospect_message")
        .map(|(_, event)| event["data"].clone())
        .collect();
    assert_eq!(texts, ["missing", "the last"]);
    let kept = node.send(&Request::get("/v1/quarantine").key()).json();
    assert_eq!(kept["data"], json!([]));
}
