//! The read marker: to the end or to one message, forward only, and each one's own.
use serde_json::{Value, json};

use crate::lists::expect_error;
use crate::support::asks::{about, change, get, listed, told};
use crate::support::people::{communication, conversation, emit_message, incoming, office};
use crate::support::{Client, TestNode};

const READ: &str = "prospect_read";

#[test]
fn reading_up_to_a_message_leaves_what_came_after_it() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let (ana, ben) = (Client::of(&node, "ana"), Client::of(&node, "ben"));
    let phone = Client::of(&node, "ana");
    let place = conversation(&node, &ana, "carl", &["ben"]);
    for number in 0..5 {
        say(&node, &format!("m{number}"), &place);
    }
    let note = about(&place, &json!({ "data": "hidden" }));
    let hidden = ben.ask("prospect_add_note", note)["data"]["_id"].clone();
    let up_to = |id: &str| change(&ana, READ, &place, json!({ "message_id": id }));

    assert_eq!(up_to("m2")["unread_count"], 2);
    assert_eq!(told(&phone, &place)["unread_count"], 2);
    assert_eq!(up_to("m0")["unread_count"], 2, "never back");
    assert_eq!(up_to("m4")["unread_count"], 0);
    assert_eq!(listed(&ana, Some("UNREAD")).len(), 0);
    assert_eq!(listed(&ben, Some("UNREAD")), [place.as_str()], "nobody else's");
    let absent = ana.ask(READ, about(&place, &json!({ "message_id": "absent" })));
    expect_error(&absent, 404, "NOT_FOUND");
    assert_eq!(ana.ask(READ, about(&place, &json!({ "message_id": hidden }))), absent);
    say(&node, "m5", &place);
    assert_eq!(get(&ana, &place)["unread_count"], 1);
}

#[test]
fn a_marker_outlives_a_kill_of_the_server() {
    let mut node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let place = {
        let ana = Client::of(&node, "ana");
        let place = conversation(&node, &ana, "carl", &["ben"]);
        for number in 0..3 {
            say(&node, &format!("m{number}"), &place);
        }
        change(&ana, READ, &place, json!({ "message_id": "m1" }));
        place
    };

    node.kill();
    node.resume();

    let (ana, ben) = (Client::of(&node, "ana"), Client::of(&node, "ben"));
    let unread = |of: &Client| get(of, &place)["unread_count"].clone();
    assert_eq!((unread(&ana), unread(&ben)), (json!(1), json!(3)));
    emit_message(&node, "m2");
    assert_eq!((unread(&ana), unread(&ben)), (json!(1), json!(3)), "known from before");
}

#[test]
fn what_comes_while_one_reads_is_either_read_or_counted() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let (ana, ben) = (Client::of(&node, "ana"), Client::of(&node, "ben"));
    let place = conversation(&node, &ana, "carl", &["ben"]);
    for number in 0..10 {
        let id = format!("m{number}");
        communication(&node, &id, &incoming("carl", &place, "hello"));
        let call = ana.send(READ, about(&place, &json!({})));
        emit_message(&node, &id);

        let read = ana.answer(call)["data"]["conversation"].clone();
        let shown = read["last_activity"]["_id"] == id.as_str();
        let now: Value = get(&ana, &place)["unread_count"].clone();
        assert_eq!(read["unread_count"], 0);
        assert_eq!(now, json!(u32::from(!shown)), "seen by the answer: {shown}");
        change(&ana, READ, &place, json!({}));
    }
    assert_eq!(get(&ben, &place)["unread_count"], 10);
}

fn say(node: &TestNode, id: &str, place: &str) {
    communication(node, id, &incoming("carl", place, "hello"));
    emit_message(node, id);
}
