//! Notes where messages leave the house: pushes, and what is written to the contact.
use serde_json::{Value, json};

use super::office::{note, start};
use crate::outgoing::{as_person, say, status, write};
use crate::support::people::{communication, conversation, emit_message, incoming, office};
use crate::support::{Client, Request, TestNode, wait};

const SECRET: &str = "secret-that-stays-in-the-house";

fn noted(by: &Client, place: &str, uuid: &str, mentions: &[&str]) -> String {
    let ack = by.ask("prospect_add_note", note(place, SECRET, uuid, mentions));
    assert_eq!(ack["success"], true, "{ack}");
    ack["data"]["_id"].as_str().expect("an id").to_owned()
}

#[test]
fn nobody_who_may_not_see_a_note_is_pushed_for_it() {
    let node = start();
    office(&node, &["ana", "ben", "dan"]);
    let ana = Client::of(&node, "ana");
    let place = conversation(&node, &ana, "carl", &["ben", "dan"]);

    // Ben and dan are away; only ben is mentioned, and only once.
    let [to_ben, to_nobody] =
        [&["ben"][..], &[]].map(|to| noted(&ana, &place, &format!("to-{}", to.len()), to));

    for (id, of_ben) in [(to_ben, "no_device"), (to_nobody, "not_visible")] {
        let decided = wait::until("the pushes to be decided", || {
            let trace = node.run(&["trace", &id]);
            let line = |user: &str| {
                let found =
                    trace.lines().find(|line| line.contains(&format!("user={user} state=")));
                found.map(str::to_owned)
            };
            Some([line("ben")?, line("dan")?])
        });
        assert!(decided[0].contains(&format!("reason={of_ben}")), "{decided:?}");
        assert!(decided[1].contains("reason=not_visible"), "{decided:?}");
    }
}

#[test]
fn a_hidden_note_overtakes_nobody_who_writes_to_the_contact() {
    let node = start();
    office(&node, &["ana", "ben", "dan"]);
    let ana = Client::of(&node, "ana");
    let place = conversation(&node, &ana, "carl", &["ben", "dan"]);
    communication(&node, "m1", &incoming("carl", &place, "hello"));
    emit_message(&node, "m1");
    let hidden = noted(&ana, &place, "a-uuid", &["ben"]);
    let send = |by: &str, seen: &str| {
        write(&node, by, &place, &json!({ "data": "an answer", "if_last_seen": seen }))
    };

    let [of_hidden, of_nothing] = [hidden.as_str(), "nothing"].map(|seen| send("dan", seen));
    assert_eq!((of_hidden.status, of_hidden.text()), (404, of_nothing.text()));
    let by_who_sees_it = send("ben", "m1");
    assert_eq!(by_who_sees_it.status, 409, "{}", by_who_sees_it.text());
    assert!(by_who_sees_it.text().contains(SECRET));
    let by_the_outsider = send("dan", "m1");

    assert_eq!(by_the_outsider.status, 200, "{}", by_the_outsider.text());
}

#[test]
fn a_note_under_the_uuid_of_a_resent_message_is_not_taken_for_it() {
    let node = start();
    office(&node, &["ana", "dan"]);
    let (ana, dan) = (Client::of(&node, "ana"), Client::of(&node, "dan"));
    let place = conversation(&node, &ana, "carl", &["dan"]);
    // Nobody carries it.
    let failed = say(&node, "dan", &place, "hello");
    status(&dan, &failed, "failed");
    let failed = failed["_id"].as_str().expect("an id");
    noted(&ana, &place, &format!("resend-{failed}"), &[]);

    let resent = resend(&node, "dan", &place, failed);
    let by_its_author = resend(&node, "ana", &place, failed);

    assert_eq!(resent["data"]["data"], "hello", "{resent}");
    assert_eq!(by_its_author["data"]["_id"], resent["data"]["_id"], "there is one");
    assert!(!dan.heard().contains(SECRET) && !resent.to_string().contains(SECRET));
}

fn resend(node: &TestNode, by: &str, place: &str, message: &str) -> Value {
    let path = format!("/v1/conversations/prospect/{place}/message/{message}/resend");
    node.send(&as_person(Request::post(&path), by)).json()
}
