//! What a note may hold, and how its fields are read.
use serde_json::{Value, json};

use crate::lists::expect_error;
use crate::support::asks::{MESSAGE, about, get};
use crate::support::people::{CHANNEL, conversation, office};
use crate::support::{Client, TestNode};

const NOTE: &str = "prospect_add_note";

#[test]
fn a_note_is_answered_with_all_it_holds() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let (ana, ben) = (Client::of(&node, "ana"), Client::of(&node, "ben"));
    let place = conversation(&node, &ana, "carl", &["ben"]);
    let picture = json!({ "url": "https://example.com/a.png", "size": 3 });

    let full = json!({
        "channel_id": CHANNEL, "UUID": "any text will do", "data": "look",
        "mentions": ["ben", "ana", "ben"], "attachments": [picture, "https://example.com/b"],
    });
    let ack = ana.ask(NOTE, about(&place, &full));

    let data = &ack["data"];
    let ana_herself =
        json!({ "_id": "ana", "name": "ana", "email": "ana@example.com", "image": null });
    let whole = json!({
        "success": true,
        "message": "SUCCESS",
        "data": {
            "_id": data["_id"], "createdAt": data["createdAt"], "UUID": "any text will do",
            "type": "NOTE", "data": "look", "attachments": [picture, "https://example.com/b"],
            "mentions": data["mentions"], "sent_by": ana_herself, "is_sender": true,
            "is_note": true, "conversation_id": place,
        },
    });
    assert_eq!(ack, whole);
    let mut seen = ben.event(MESSAGE);
    assert_eq!(seen["is_sender"], false);
    seen["is_sender"] = json!(true);
    assert_eq!(&seen, data, "the mentioned see the same");
    assert_eq!(get(&ben, &place)["unread_count"], 1, "named twice, counted once");
    assert_eq!(get(&ana, &place)["unread_count"], 0, "nobody calls themselves");
}

#[test]
fn only_its_conversation_and_something_to_say_are_required() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let ana = Client::of(&node, "ana");
    let place = conversation(&node, &ana, "carl", &["ben"]);
    let note = |more: Value| ana.ask(NOTE, about(&place, &more));

    let plain = note(json!({ "data": "x" }));
    let v4 = plain["data"]["UUID"].as_str().expect("one is made");
    assert_eq!((v4.len(), v4.as_bytes()[14]), (36, b'4'));
    assert_eq!(
        (&plain["data"]["mentions"], &plain["data"]["attachments"]),
        (&json!([]), &json!([]))
    );
    for good in [
        json!({ "attachments": ["a.png"] }),
        json!({ "data": " ", "attachments": [{}] }),
        json!({ "data": "x", "mentions": "ben" }),
        json!({ "data": "x", "mentions": null, "attachments": null, "UUID": null }),
        json!({ "data": "x", "attachments": vec!["a.png"; 20] }),
        json!({ "data": "x".repeat(64 * 1024) }),
        json!({ "data": "x", "UUID": "é".repeat(128) }),
    ] {
        let ack = note(good);
        assert_eq!(ack["success"], true, "{ack}");
    }
    let before = get(&ana, &place);

    for wrong in [
        json!({}),
        json!({ "data": "" }),
        json!({ "data": " \n\t\u{3000}" }),
        json!({ "data": 5 }),
        json!({ "data": ["x"] }),
        json!({ "data": "x", "mentions": [5] }),
        json!({ "data": "x", "mentions": {} }),
        json!({ "data": "x", "mentions": ["nobody"] }),
        json!({ "data": "x", "attachments": "a.png" }),
        json!({ "data": "x", "attachments": [5] }),
        json!({ "data": "x", "attachments": [null] }),
        json!({ "data": "x", "attachments": vec!["a.png"; 21] }),
        json!({ "data": "x", "UUID": "" }),
        json!({ "data": "x", "UUID": 5 }),
        json!({ "data": "x", "UUID": "x".repeat(129) }),
    ] {
        expect_error(&note(wrong), 400, "VALIDATION_ERROR");
    }
    expect_error(&note(json!({ "data": "x".repeat(64 * 1024 + 1) })), 413, "PAYLOAD_TOO_LARGE");
    expect_error(&note(json!({ "data": "x", "channel_id": "elsewhere" })), 404, "NOT_FOUND");
    expect_error(&ana.ask(NOTE, json!({ "data": "x" })), 400, "VALIDATION_ERROR");
    assert_eq!(get(&ana, &place), before, "nothing was kept");
}

#[test]
fn a_note_is_taken_in_wherever_the_conversation_stands() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");
    let place = conversation(&node, &ana, "carl", &[]);
    for (event, more) in [
        ("prospect_open", json!({ "is_open": false })),
        ("prospect_snooze", json!({})),
        ("prospect_archive", json!({})),
    ] {
        assert_eq!(ana.ask(event, about(&place, &more))["success"], true);
    }
    let before = get(&ana, &place);

    assert_eq!(ana.ask(NOTE, about(&place, &json!({ "data": "x" })))["success"], true);

    let after = get(&ana, &place);
    for field in ["is_open", "is_snoozed", "is_archived", "updatedAt", "unread_count"] {
        assert_eq!(after[field], before[field], "{field}");
    }
}
