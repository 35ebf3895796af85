//! People who leave: from then on there is no conversation for them; what they wrote stays.
use serde_json::json;

use super::office::{note, patient, remove, settle, start};
use crate::support::Client;
use crate::support::people::{conversation, emit_message, office, user};

const SECRET: &str = "secret-of-those-who-left";
const UUID: &str = "uuid-of-those-who-left";

#[test]
fn who_was_taken_out_recovers_no_note_and_gets_only_their_own_back() {
    let node = start();
    office(&node, &["ana", "ben", "dan"]);
    let ana = Client::of(&node, "ana");
    let place = conversation(&node, &ana, "carl", &["ben", "dan"]);
    let ben = patient(&node, "ben");
    settle(&ben);
    ben.cut();
    let before = ben.heard().len();

    let noted = ana.ask("prospect_add_note", note(&place, SECRET, UUID, &["ben"]));
    assert_eq!(noted["success"], true, "{noted}");
    assert_eq!(remove(&node, &place, "ben"), 200);
    ben.reopen();
    let answer = ben.connected();
    settle(&ben);

    assert_eq!(answer["recovered"], true);
    let told = ben.heard()[before..].to_owned();
    assert!(!told.contains(SECRET) && !told.contains(UUID), "{told}");
    assert!(!told.contains(&place), "{told}");
    let asked = ben.ask("prospect_list_message", json!({ "conversation_id": place }));
    assert_eq!(asked["errno"], 404);

    let hidden = ana.ask("prospect_add_note", note(&place, "of ana alone", "other-uuid", &[]));
    assert_eq!(hidden["success"], true, "{hidden}");
    let add = json!({ "conversation_id": place, "users": ["ben"] });
    assert_eq!(ana.ask("prospect_add_participant", add)["success"], true);
    let back = ben.ask("prospect_list_message", json!({ "conversation_id": place }));
    assert_eq!(back["messages"].as_array().map(Vec::len), Some(1), "{back}");
    assert_eq!(back["messages"][0]["data"], SECRET, "it mentioned them");
    assert_eq!(back["conversation"]["unread_count"], 0);
}

#[test]
fn a_note_is_shown_and_sent_again_although_somebody_it_mentions_has_left() {
    let node = start();
    office(&node, &["ana", "ben", "dan"]);
    let [ana, ben] = ["ana", "ben"].map(|user| Client::of(&node, user));
    let place = conversation(&node, &ana, "carl", &["ben", "dan"]);
    let ask = note(&place, SECRET, UUID, &["ben", "dan"]);
    let first = ana.ask("prospect_add_note", ask.clone());
    ben.event("prospect_message");

    assert_eq!(remove(&node, &place, "dan"), 200);
    emit_message(&node, first["data"]["_id"].as_str().expect("an id"));
    let again = ana.ask("prospect_add_note", ask);

    assert_eq!(first["success"], true, "{first}");
    assert_eq!(again, first);
    assert_eq!(ben.event("prospect_message")["data"], SECRET);
    let anew = ana.ask("prospect_add_note", note(&place, SECRET, "another", &["dan"]));
    assert_eq!(anew["errno"], 400, "who is gone cannot be mentioned");
}

#[test]
fn taking_out_who_is_not_there_and_where_nothing_is_are_one_answer() {
    let node = start();
    office(&node, &["ana"]);
    user(&node, "stranger");
    let place = conversation(&node, &Client::of(&node, "ana"), "carl", &[]);

    let answers = [(&*place, "stranger"), (&*place, "nobody"), ("ffffffffffffffffffffffff", "ana")];

    for (place, user) in answers {
        assert_eq!(remove(&node, place, user), 404, "{user}");
    }
}
