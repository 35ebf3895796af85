//! A note is seen by its author and the mentioned, and by nobody else, by no road.
use serde_json::{Value, json};

use crate::support::asks::{told, told_until_now};
use crate::support::people::{
    CHANNEL, communication, conversation, emit_conversation, emit_message, incoming, office, user,
};
use crate::support::{Client, Request, TestNode};

const SECRET: &str = "they will not pay";
const UUID: &str = "uuid-of-the-secret-note";

#[test]
fn a_note_reaches_its_author_and_the_mentioned_only() {
    let node = TestNode::start();
    office(&node, &["ana", "ben", "dan"]);
    let [ana, ben, dan] = ["ana", "ben", "dan"].map(|user| Client::of(&node, user));
    // Two conversations, so that there is an order which the note could change.
    let first = conversation(&node, &ana, "carl", &["ben", "dan"]);
    let second = conversation(&node, &ana, "cleo", &["ben", "dan"]);
    for (id, contact, place) in [("m1", "carl", &first), ("m2", "cleo", &second)] {
        communication(&node, id, &incoming(contact, place, "hello"));
        emit_message(&node, id);
    }
    dan.event_where("prospect_message", |message| message["_id"] == "m2");
    let before = everything_listed(&dan, &[&first, &second]);

    let ack = ana.ask("prospect_add_note", note(&first, SECRET, &["ben"]));

    assert_eq!((&ack["success"], &ack["message"]), (&json!(true), &json!("SUCCESS")), "{ack}");
    let data = &ack["data"];
    assert_eq!((&data["data"], &data["UUID"]), (&json!(SECRET), &json!(UUID)));
    assert_eq!((&data["is_note"], &data["type"]), (&json!(true), &json!("NOTE")));
    assert_eq!((&data["is_sender"], &data["mentions"]), (&json!(true), &json!(["ben"])));
    assert_eq!(data["sent_by"]["_id"], "ana");
    let is_note = |message: &Value| message["_id"] == data["_id"];
    assert_eq!(ana.event_where("prospect_message", is_note)["is_sender"], true);
    assert_eq!(ben.event_where("prospect_message", is_note)["is_sender"], false);
    let unread = |of: &Client| row(of, &first)["unread_count"].clone();
    assert_eq!((unread(&ana), unread(&ben)), (json!(1), json!(2)));
    assert_eq!(row(&ben, &first)["last_activity"]["data"], SECRET);
    assert_eq!(rows(&ben)[0]["_id"], first.as_str());

    // Shown again, to everybody who may: still not to dan.
    let id = data["_id"].as_str().expect("an id");
    emit_message(&node, id);
    emit_conversation(&node, &first);
    communication(&node, "m3", &incoming("cleo", &second, "the last"));
    let again = dan.event_where("prospect_add_conversation", |event| {
        event["_id"] == first.as_str() && event["isNew"] == false
    });
    assert_eq!((&again["unread_count"], &again["last_activity"]["_id"]), (&json!(1), &json!("m1")));
    assert_eq!(everything_listed(&dan, &[&first, &second]), before, "byte for byte");
    let by_key = node.send(&Request::get(&format!("/v1/communications/{id}")).key());
    assert_eq!(by_key.status, 404);
    emit_message(&node, "m3");
    dan.event_where("prospect_message", |message| message["data"] == "the last");
    for secret in [SECRET, UUID, id] {
        assert!(!dan.heard().contains(secret), "dan heard {secret:?}");
        assert!(!by_key.text().contains(secret));
    }
    assert!(!node.logs().contains(SECRET));
}

#[test]
fn a_note_without_mentions_is_its_authors_alone() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let (ana, ben) = (Client::of(&node, "ana"), Client::of(&node, "ben"));
    let place = conversation(&node, &ana, "carl", &["ben"]);

    let ack = ana.ask("prospect_add_note", note(&place, SECRET, &[]));

    assert_eq!(ack["success"], true, "{ack}");
    assert_eq!(ana.event("prospect_message")["data"], SECRET);
    assert_eq!(row(&ana, &place)["unread_count"], 0);
    communication(&node, "m1", &incoming("carl", &place, "the last"));
    emit_message(&node, "m1");
    ben.event_where("prospect_message", |message| message["data"] == "the last");
    assert_eq!(messages(&ben, &place).len(), 1);
    assert!(!ben.heard().contains(SECRET));
}

#[test]
fn the_same_uuid_again_is_the_same_note() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let (ana, ben) = (Client::of(&node, "ana"), Client::of(&node, "ben"));
    let place = conversation(&node, &ana, "carl", &["ben"]);

    let first = ana.ask("prospect_add_note", note(&place, SECRET, &["ben"]));
    let again = ana.ask("prospect_add_note", note(&place, SECRET, &["ben"]));
    let other = ana.ask("prospect_add_note", note(&place, "something else", &["ben"]));
    // Somebody else's equal UUID is a note of its own: no oracle for hidden ones.
    let of_ben = ben.ask("prospect_add_note", note(&place, "mine", &[]));

    assert_eq!(first, again);
    assert_eq!((&other["success"], &other["errno"]), (&json!(false), &json!(409)), "{other}");
    assert_eq!(of_ben["success"], true);
    assert_ne!(of_ben["data"]["_id"], first["data"]["_id"]);
    let own = |name: &str, event: &Value| name == "prospect_message" && event["data"] == "mine";
    let seen = ben.events_until(own);
    let seen: Vec<_> = seen.iter().filter(|(name, _)| name == "prospect_message").collect();
    assert_eq!(seen.len(), 2, "one note of ana's, one of his own");
    assert_eq!(row(&ben, &place)["unread_count"], 1);
}

#[test]
fn a_mention_of_somebody_who_is_not_there_saves_nothing() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    user(&node, "stranger");
    let ana = Client::of(&node, "ana");
    let place = conversation(&node, &ana, "carl", &["ben"]);

    let ack = ana.ask("prospect_add_note", note(&place, SECRET, &["ben", "stranger"]));

    assert_eq!((&ack["success"], &ack["errno"]), (&json!(false), &json!(400)), "{ack}");
    assert_eq!(ack["error"], "VALIDATION_ERROR");
    assert_eq!(messages(&ana, &place).len(), 0);
}

#[test]
fn who_is_not_in_a_conversation_is_told_that_it_does_not_exist() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    user(&node, "stranger");
    let (ana, stranger) = (Client::of(&node, "ana"), Client::of(&node, "stranger"));
    let place = conversation(&node, &ana, "carl", &[]);

    let asks = [
        ("prospect_add_note", note(&place, "hello?", &[])),
        ("prospect_list_message", json!({ "conversation_id": place })),
        ("prospect_read", json!({ "conversation_id": place })),
    ];

    for (event, mut ask) in asks {
        let hidden = stranger.ask(event, ask.clone());
        ask["conversation_id"] = json!("aaaaaaaaaaaaaaaaaaaaaaaa");
        let absent = stranger.ask(event, ask);
        assert_eq!((&hidden["success"], &hidden["errno"]), (&json!(false), &json!(404)), "{event}");
        assert_eq!(hidden, absent, "{event}");
    }
}

#[test]
fn reading_makes_unread_nought_on_every_device_and_for_nobody_else() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let (ana, phone, ben) =
        (Client::of(&node, "ana"), Client::of(&node, "ana"), Client::of(&node, "ben"));
    let place = conversation(&node, &ana, "carl", &["ben"]);
    communication(&node, "m1", &incoming("carl", &place, "hello"));
    emit_message(&node, "m1");
    phone.event("prospect_message");

    let ack = ana.ask("prospect_read", json!({ "conversation_id": place, "channel_id": CHANNEL }));

    assert_eq!(ack["success"], true, "{ack}");
    assert_eq!(ack["data"]["conversation"]["unread_count"], 0);
    let told = phone.event_where("prospect_add_conversation", |event| event["isNew"] == false);
    assert_eq!(told["unread_count"], 0);
    assert_eq!(row(&phone, &place)["unread_count"], 0);
    assert_eq!(row(&ben, &place)["unread_count"], 1);
}

#[test]
fn reading_again_tells_nobody_whether_there_was_something_hidden_meanwhile() {
    let node = TestNode::start();
    office(&node, &["ana", "dan"]);
    let [ana, dan, phone] = ["ana", "dan", "dan"].map(|user| Client::of(&node, user));
    let place = conversation(&node, &ana, "carl", &["dan"]);
    communication(&node, "m1", &incoming("carl", &place, "hello"));
    emit_message(&node, "m1");
    let read = || dan.ask("prospect_read", json!({ "conversation_id": place }));
    let first = read();
    assert_eq!(told(&phone, &place)["unread_count"], 0);

    assert_eq!(ana.ask("prospect_add_note", note(&place, SECRET, &[]))["success"], true);

    assert_eq!(read(), first);
    let heard = told_until_now(&node, &phone, &place);
    assert!(heard.iter().all(|(_, event)| event["isNew"] != false), "{heard:?}");
}

fn note(conversation: &str, text: &str, mentions: &[&str]) -> Value {
    json!({
        "conversation_id": conversation, "channel_id": CHANNEL, "UUID": UUID, "data": text,
        "mentions": mentions,
    })
}

/// Everything that the built lists tell somebody.
fn everything_listed(of: &Client, places: &[&str]) -> String {
    let mut all = Vec::new();
    for filter in ["OPEN", "CLOSE", "SNOOZE", "UNREAD", "PRIORITY"] {
        for sort in ["NEWEST", "OLDEST"] {
            let ask = json!({ "channel_id": CHANNEL, "filter": filter, "sort": sort, "limit": 1 });
            all.push(of.ask("prospect_list_conversation", ask));
        }
    }
    all.push(of.ask("prospect_list_conversation", json!({ "channel_id": CHANNEL })));
    for place in places {
        for sort in ["ASC", "DESC"] {
            let ask = json!({ "conversation_id": place, "limit": 1, "sort": sort });
            all.push(of.ask("prospect_list_message", ask));
        }
        all.push(of.ask("prospect_list_message", json!({ "conversation_id": place })));
    }
    Value::Array(all).to_string()
}

fn rows(of: &Client) -> Vec<Value> {
    crate::inbound_sms::conversations(of)
}

fn row(of: &Client, conversation: &str) -> Value {
    let found = rows(of).into_iter().find(|row| row["_id"] == conversation);
    found.expect("it is in the list")
}

fn messages(of: &Client, conversation: &str) -> Vec<Value> {
    let page = of.ask("prospect_list_message", json!({ "conversation_id": conversation }));
    page["messages"].as_array().expect("a page").clone()
}
