//! Somebody who takes part, wrote nothing and is not mentioned: their whole world is the same
//! before a note and after it.
use serde_json::{Value, json};

use super::office::{mark, note, patient, settle, start, written};
use super::transcript::{assert_same, everything};
use crate::support::people::{
    CHANNEL, communication, conversation, emit_conversation, emit_message, incoming, office,
};
use crate::support::{Client, Request, TestNode, wait};

const SIZES: [usize; 5] = [1, 2, 3, 7, 100];
const SECRET: &str = "secret-of-the-outsider-test";
const UUID: &str = "uuid-of-the-outsider-test";

/// Three conversations in every state there is, with messages of every kind.
fn history(node: &TestNode, ana: &Client, dan: &Client) -> Vec<String> {
    let places: Vec<_> = ["carl", "cleo", "cora", "cyd"]
        .iter()
        .map(|contact| conversation(node, ana, contact, &["ben", "dan"]))
        .collect();
    for round in 0..4 {
        for (contact, place) in ["carl", "cleo", "cora", "cyd"].iter().zip(&places) {
            let (one, other) = (format!("i{round}{contact}"), format!("o{round}{contact}"));
            communication(node, &one, &incoming(contact, place, &one));
            emit_message(node, &one);
            communication(node, &other, &written("OUTGOING", "ben", contact, place, &other));
            emit_message(node, &other);
        }
    }
    let own = dan.ask("prospect_add_note", note(&places[0], "of dan", "uuid-of-dan", &["ana"]));
    assert_eq!(own["success"], true, "{own}");
    dan.ask("prospect_read", json!({ "conversation_id": places[0] }));
    dan.ask("prospect_show_on_top", json!({ "conversation_id": places[1] }));
    dan.ask("prospect_snooze", json!({ "conversation_id": places[2] }));
    dan.ask("prospect_archive", json!({ "conversation_id": places[3] }));
    ana.ask("prospect_open", json!({ "conversation_id": places[3], "is_open": false }));
    places
}

#[test]
fn an_outsiders_whole_view_is_the_same_bytes_before_a_note_and_after_it() {
    let node = start();
    office(&node, &["ana", "ben", "dan"]);
    let [ana, ben] = ["ana", "ben"].map(|user| Client::of(&node, user));
    let (dan, phone) = (Client::of(&node, "dan"), patient(&node, "dan"));
    let places = history(&node, &ana, &dan);
    let ids: Vec<_> = places.iter().map(String::as_str).collect();
    let contacts = ["carl", "cleo", "cora", "cyd"];
    let before = everything(&dan, CHANNEL, &ids, &SIZES);
    settle(&phone);
    phone.cut();
    let heard = dan.heard();
    let events = heard.matches("\"is\":\"event\"").count();

    // Some to colleagues, some to nobody; by socket and by key; dated behind, between and ahead.
    let mut notes = Vec::new();
    for (place, contact) in ids.iter().zip(contacts) {
        for mentions in [&["ben"][..], &[]] {
            let uuid = format!("{UUID}-{contact}-{}", mentions.len());
            let ack = ana.ask("prospect_add_note", note(place, SECRET, &uuid, mentions));
            assert_eq!(ack["success"], true, "{ack}");
            notes.push(ack["data"]["_id"].as_str().expect("an id").to_owned());
        }
        for (name, at) in
            [("past", "2020-01-01T00:00:00.000Z"), ("to-come", "2030-01-01T00:00:00.000Z")]
        {
            let id = format!("{SECRET}-{contact}-{name}");
            let mut body = written("NOTE", "ana", contact, place, SECRET);
            (body["mentions"], body["createdAt"]) = (json!(["ben"]), json!(at));
            communication(&node, &id, &body);
            emit_message(&node, &id);
            notes.push(id);
        }
    }
    notes.iter().for_each(|id| emit_message(&node, id));
    ben.ask("prospect_read", json!({ "conversation_id": ids[0] }));
    settle(&dan);

    let quiet = dan.heard();
    assert_eq!(quiet.matches("\"is\":\"event\"").count(), events, "nothing is announced");
    let after = everything(&dan, CHANNEL, &ids, &SIZES);
    assert_same(&before.text, &after.text, "what the outsider sees");
    for id in &notes {
        for (place, at) in ids.iter().flat_map(|place| [(place, id.as_str()), (place, UUID)]) {
            absent(&dan, "prospect_list_message_by_id", place, at);
            absent(&dan, "prospect_read", place, at);
        }
        let [there, nowhere] = [id.as_str(), "ffffffffffffffffffffffff"]
            .map(|id| node.send(&Request::get(&format!("/v1/communications/{id}")).key()));
        assert_eq!((there.status, there.text()), (nowhere.status, nowhere.text()));
    }
    // The phone was away all the time; what it missed is nothing.
    let missed = phone.heard().len();
    phone.reopen();
    assert_eq!(phone.connected()["recovered"], true);
    settle(&phone);
    let recovered = phone.heard();
    assert!(!recovered[missed..].contains("\"is\":\"event\""), "something was missed");
    for trace in [SECRET, UUID].into_iter().chain(notes.iter().map(String::as_str)) {
        assert!(!dan.heard().contains(trace), "dan heard {trace}");
        assert!(!recovered.contains(trace), "recovery told {trace}");
    }
    // What is said from now on is dated now.
    communication(&node, "last", &incoming("carl", ids[0], "the last"));
    emit_message(&node, "last");
    let last = dan.event_where("prospect_message", |message| message["_id"] == "last");
    assert!(last["createdAt"].as_str().expect("an instant") < "2030", "{last}");
    assert!(!node.logs().contains(SECRET) && !node.logs().contains(UUID));
}

/// A guessed id is answered as one that nobody has.
fn absent(of: &Client, event: &str, place: &str, message: &str) {
    let ask = |id: &str| of.ask(event, json!({ "conversation_id": place, "message_id": id }));
    let (there, nowhere) = (ask(message), ask("ffffffffffffffffffffffff"));
    assert_eq!(there["errno"], 404, "{event}");
    assert_eq!(there.to_string(), nowhere.to_string(), "{event}");
}

#[test]
fn reading_twice_does_not_tell_whether_a_note_came_in_between() {
    let node = start();
    office(&node, &["ana", "dan"]);
    let (ana, dan) = (Client::of(&node, "ana"), Client::of(&node, "dan"));
    let place = conversation(&node, &ana, "carl", &["dan"]);
    dan.event("prospect_add_conversation");
    let read = json!({ "conversation_id": place });
    let heard = |noted: bool| {
        dan.ask("prospect_read", read.clone());
        if noted {
            let ack = ana.ask("prospect_add_note", note(&place, SECRET, UUID, &[]));
            assert_eq!(ack["success"], true, "{ack}");
        }
        dan.ask("prospect_read", read.clone());
        mark(&node, &place);
        dan.events_until(|_, event| event["isNew"] == true).len()
    };

    heard(false);
    let (without, with) = (heard(false), heard(true));

    assert_eq!(without, with, "events that came of reading");
}

#[test]
fn writing_under_a_guessed_id_does_not_tell_whether_it_is_a_notes() {
    let node = start();
    office(&node, &["ana", "dan"]);
    let (ana, dan) = (Client::of(&node, "ana"), Client::of(&node, "dan"));
    let place = conversation(&node, &ana, "carl", &["dan"]);
    let hidden = ana.ask("prospect_add_note", note(&place, SECRET, UUID, &[]));
    let hidden = hidden["data"]["_id"].as_str().expect("an id");

    for guess in [hidden, UUID, "ffffffffffffffffffffffff"] {
        let ack = dan.ask("prospect_add_note", note(&place, "a probe", guess, &[]));
        assert_eq!(ack["success"], true, "{ack}");
        let ask = json!({ "conversation_id": place, "message_id": guess });
        let around = dan.ask("prospect_list_message_by_id", ask);
        let own = around["messages"].as_array().expect("a page");
        assert!(own.iter().any(|message| message["UUID"] == guess), "{guess}: {around}");
    }
}

#[test]
fn ids_and_offsets_cannot_be_counted_or_compared() {
    let node = start();
    office(&node, &["ana", "dan"]);
    let (ana, dan) = (Client::of(&node, "ana"), Client::of(&node, "dan"));
    let place = conversation(&node, &ana, "carl", &["dan"]);
    let own = |text: &str| {
        let ack = dan.ask("prospect_add_note", note(&place, text, text, &[]));
        ack["data"]["_id"].as_str().expect("an id").to_owned()
    };

    let (first, second) = (own("first"), own("second"));
    emit_conversation(&node, &place);
    emit_conversation(&node, &place);
    mark(&node, &place);
    dan.events_until(|_, event| event["isNew"] == true && event["last_activity"].is_object());

    let tail = |id: &str| i64::from_str_radix(&id[18..], 16).expect("hex");
    assert_ne!(first[8..18], second[8..18], "what an ObjectId gives a process");
    assert_ne!(tail(&second) - tail(&first), 1, "what it counts");
    let offsets = offsets(&dan.heard());
    assert!(offsets.len() >= 5, "events carry offsets");
    for (at, offset) in offsets.iter().enumerate() {
        assert_eq!(offset.len(), offsets[0].len(), "their length tells nothing");
        assert!(!offsets[..at].contains(offset), "equal ones would say that nothing happened");
    }
}

/// The last argument of every event.
fn offsets(heard: &str) -> Vec<String> {
    let reports = heard.lines().map(|line| serde_json::from_str::<Value>(line).expect("a report"));
    let events = reports.filter(|report| report["is"] == "event");
    events.map(|event| event["args"][1].as_str().expect("an offset").to_owned()).collect()
}

#[test]
fn nobody_who_may_not_see_a_note_is_pushed_for_it() {
    let node = start();
    office(&node, &["ana", "ben", "dan"]);
    let ana = Client::of(&node, "ana");
    let place = conversation(&node, &ana, "carl", &["ben", "dan"]);
    // Ben and dan are away; only ben is mentioned, and only once.
    let mentions = [("one", &["ben"][..]), ("two", &[]), ("three", &["ana"])];
    let notes = mentions.map(|(uuid, mentions)| {
        let ack = ana.ask("prospect_add_note", note(&place, SECRET, uuid, mentions));
        assert_eq!(ack["success"], true, "{ack}");
        ack["data"]["_id"].as_str().expect("an id").to_owned()
    });
    settle(&ana);
    emit_conversation(&node, &place);

    // What was decided for somebody stays so.
    let decided = |note: &str, user: &str| {
        wait::until("what was decided", || {
            let trace = node.run(&["trace", note]);
            let line = trace.lines().find(|line| line.contains(&format!("user={user} state=")))?;
            Some(!line.contains("reason=not_visible"))
        })
    };
    let to_ben = notes.each_ref().map(|note| decided(note, "ben"));
    let to_dan = notes.each_ref().map(|note| decided(note, "dan"));
    assert_eq!((to_ben, to_dan), ([true, false, false], [false; 3]));
}
