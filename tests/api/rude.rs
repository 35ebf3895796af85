//! Guests without manners: the server answers or closes, and goes on serving the others.
use std::thread;

use serde_json::{Value, json};

use crate::lists::expect_error;
use crate::support::people::{
    CHANNEL, communication, conversation, emit_message, incoming, office,
};
use crate::support::{Client, Frame, RawSocket, Request, TestNode, token};

#[test]
fn a_malformed_packet_ends_its_connection_and_no_other() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");

    let packets = [
        "",
        "9",
        "49",
        "4x",
        "42/v1/conversation,",
        "42/v1/conversation,[]",
        "42/v1/conversation,{}",
        "42/v1/conversation,[5]",
        "42/v1/conversation,[\"a\",]",
        "42/v1/conversation,[\"a\"]]",
        "42/v1/conversation,[\"a\"",
        "42/v1/shared,[\"join\"]",
        "40/v1/conversation,{}",
        "40/v1/shared,[]",
        "40/v1/shared,\"token\"",
        "41/v1/conversation,{}",
        "44/v1/conversation,{\"message\":\"x\"}",
        "451000000-/v1/conversation,[\"a\"]",
        "4511-/v1/conversation,[\"a\"]",
        "450-/v1/conversation,[\"a\"]",
    ];
    for packet in packets {
        let mut socket = RawSocket::joined(&node, &token::of("ana"));
        socket.text(packet);
        let heard = socket.read_to_end();
        // A ping would mean that only the heartbeat ended it.
        assert!(heard.iter().all(|text| text != "2"), "{packet:?} was let pass");
    }

    assert_eq!(ana.ask_with("join", json!([]))["success"], true);
}

#[test]
fn a_reserved_event_name_ends_the_connection() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let names = [
        "connect",
        "connect_error",
        "disconnect",
        "disconnecting",
        "newListener",
        "removeListener",
    ];

    for name in names {
        let mut socket = RawSocket::joined(&node, &token::of("ana"));
        socket.text(&format!("42/v1/conversation,0[\"{name}\"]"));
        let heard = socket.read_to_end();
        assert!(heard.iter().all(|text| !text.starts_with("43")), "{name}: {heard:?}");
    }
}

#[test]
fn an_announced_giant_is_refused_before_it_is_swallowed() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let mut socket = RawSocket::joined(&node, &token::of("ana"));

    // Ten megabytes are announced and not one is sent: the head alone must be enough.
    socket.announce(1, 10_000_000);

    assert!(matches!(socket.read(), Frame::Close(Some(1009)) | Frame::Ended));
    Client::of(&node, "ana");
}

#[test]
fn a_client_that_never_reads_is_cut_off_and_the_others_notice_nothing() {
    const SHOWN: usize = 400;
    let node = TestNode::with(&[("limits.outbox_frames", "64")]);
    office(&node, &["ana", "ben"]);
    let ana = Client::of(&node, "ana");
    let place = conversation(&node, &ana, "carl", &["ben"]);
    // Far more than the buffers of both sides hold: 400 times 60 KB.
    communication(&node, "m1", &incoming("carl", &place, &"long ".repeat(12_000)));
    let mut deaf = RawSocket::joined(&node, &token::of("ben"));

    thread::scope(|scope| {
        scope.spawn(|| (0..SHOWN).for_each(|_| emit_message(&node, "m1")));
        for _ in 0..SHOWN {
            ana.event("prospect_message");
        }
    });

    let heard = deaf.read_to_end();
    assert!(heard.len() < SHOWN, "it should have been cut off");
    assert_eq!(ana.ask_with("join", json!([]))["success"], true);
}

#[test]
fn an_unknown_event_is_answered_not_found() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");

    let ack = ana.ask("prospect_dance", json!({}));

    expect_error(&ack, 404, "NOT_FOUND");
    assert_eq!(ack["message"], "Unknown event");
}

#[test]
fn a_wrong_type_in_any_field_is_an_answer_and_no_accident() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");
    let place = conversation(&node, &ana, "carl", &[]);
    let good = [
        ("prospect_add_conversation", json!({ "contact_id": "carl", "channel_id": CHANNEL })),
        ("prospect_add_note", json!({ "conversation_id": place, "data": "x", "mentions": [] })),
        ("prospect_list_message", json!({ "conversation_id": place })),
        ("prospect_list_conversation", json!({ "channel_id": CHANNEL })),
        ("prospect_read", json!({ "conversation_id": place })),
    ];
    let keys = ["contact_id", "conversation_id", "channel_id", "data", "mentions", "UUID"];
    let junk = [json!(null), json!(5), json!(true), json!({ "$ne": null }), json!([[]]), json!("")];

    for (event, good) in good {
        for payload in [json!(null), json!(5), json!("text"), json!([]), json!([good])] {
            expect_error(&ana.ask(event, payload), 400, "VALIDATION_ERROR");
        }
        for key in keys.into_iter().filter(|key| good.get(key).is_some()) {
            for value in &junk {
                let mut ask = good.clone();
                ask[key] = value.clone();
                let ack = ana.ask(event, ask);
                // A mention list may be left out, which is what null says.
                let optional = key == "mentions" && value.is_null();
                assert!(optional || ack["success"] == false, "{event} {key} {value}: {ack}");
                assert!(ack["errno"].as_u64().unwrap_or(0) < 500, "{event} {key} {value}: {ack}");
            }
        }
    }
    let unknown = json!({ "conversation_id": "x".repeat(129) });
    assert_eq!(ana.ask("prospect_list_message", unknown)["success"], false);
    let long = json!({ "conversation_id": place, "data": "x".repeat(64 * 1024 + 1) });
    expect_error(&ana.ask("prospect_add_note", long), 413, "PAYLOAD_TOO_LARGE");
    let blank = json!({ "conversation_id": place, "data": " \n\t" });
    expect_error(&ana.ask("prospect_add_note", blank), 400, "VALIDATION_ERROR");
}

#[test]
fn every_refusal_over_http_is_json_in_the_same_envelope() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let put =
        |kind: &str, body: Vec<u8>| Request::new("PUT", "/v1/users/eve").key().body(kind, body);
    let json_kind = "application/json";

    let cases = [
        (put(json_kind, b"{".to_vec()), 400),
        (put(json_kind, b"".to_vec()), 400),
        (put(json_kind, b"{\"name\":\"\xff\xfe\"}".to_vec()), 400),
        (put(json_kind, [b"[".repeat(5_000), b"]".repeat(5_000)].concat()), 400),
        (put(json_kind, vec![b' '; 2 * 1024 * 1024]), 413),
        (Request::get("/nowhere"), 404),
        (Request::get("/v1/users/%ff%fe").key(), 404),
        (Request::new("PATCH", "/v1/users/eve").key(), 405),
        (Request::new("DELETE", "/conversations/prospect/emit/message/x").key(), 405),
    ];

    for (request, status) in cases {
        let answer = node.send(&request);
        let shown = format!("{:.200}", format!("{request:?}"));
        assert_eq!(answer.status, status, "{shown}: {}", answer.text());
        let body = answer.json();
        assert_eq!((&body["success"], &body["errno"]), (&json!(false), &json!(status)), "{shown}");
        assert!(body["message"].is_string() && body["error"].is_string(), "{shown}: {body}");
    }
    // Text may be refused as not JSON or as not readable; never in plain words.
    let text = node.send(&put("text/plain", b"hello".to_vec()));
    assert!(matches!(text.status, 400 | 415), "{}", text.status);
    assert_eq!(text.json()["success"], Value::Bool(false));
}
