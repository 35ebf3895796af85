//! A page around one message: the message, its neighbours, and the way on from either end.
use serde_json::{Value, json};

use crate::lists::expect_error;
use crate::support::asks::{about, all_pages, get, ids};
use crate::support::people::{
    CHANNEL, channel, communication, conversation, emit_message, incoming, office, user,
};
use crate::support::{Client, TestNode, node::UNHURRIED};

const AROUND: &str = "prospect_list_message_by_id";

/// Twelve messages, m00 to m11, five of them of one instant; between them notes of ana's that
/// nobody else may see.
fn scene(node: &TestNode) -> (Client, Client, String, Vec<String>) {
    office(node, &["ana", "ben"]);
    let (ana, ben) = (Client::of(node, "ana"), Client::of(node, "ben"));
    let place = conversation(node, &ana, "carl", &["ben"]);
    let mut notes = Vec::new();
    for number in 0..12 {
        let second = if (4..9).contains(&number) { 4 } else { number };
        let mut body = incoming("carl", &place, "hello");
        body["createdAt"] = json!(format!("2025-10-13T10:30:{second:02}.000Z"));
        communication(node, &format!("m{number:02}"), &body);
        emit_message(node, &format!("m{number:02}"));
        if number % 2 == 0 {
            let id = format!("n{number:02}");
            let mut note = json!({
                "type": "NOTE", "data": "hidden", "contact_id": "carl", "sent_by": "ana",
                "conversation_id": [place], "mentions": [],
            });
            note["createdAt"] = body["createdAt"].clone();
            communication(node, &id, &note);
            emit_message(node, &id);
            notes.push(id);
        }
    }
    (ana, ben, place, notes)
}

#[test]
fn a_page_holds_its_message_and_as_many_neighbours_as_there_is_room_for() {
    let node = TestNode::start();
    let (_, ben, place, _) = scene(&node);
    let page = |anchor: &str, limit: usize, sort: &str| {
        let ask = json!({ "message_id": anchor, "limit": limit, "sort": sort });
        let page = ben.ask(AROUND, about(&place, &ask));
        let numbers: Vec<_> = ids(&page["messages"])
            .iter()
            .map(|id| id[1..].parse::<usize>().expect("mNN"))
            .collect();
        let paging = &page["paging"];
        assert_eq!((&paging["limit"], &paging["sort"]), (&json!(limit), &json!(sort)));
        (numbers, !paging["prev"].is_null(), !paging["next"].is_null())
    };
    let row = |range: std::ops::Range<usize>| range.collect::<Vec<_>>();

    assert_eq!(page("m05", 5, "ASC"), (row(3..8), true, true), "half before, half after");
    assert_eq!(page("m05", 1, "ASC"), (vec![5], true, true));
    assert_eq!(page("m00", 5, "ASC"), (row(0..5), false, true), "nothing before: all after");
    assert_eq!(page("m11", 5, "ASC"), (row(7..12), true, false), "nothing after: all before");
    assert_eq!(page("m01", 6, "ASC"), (row(0..6), false, true));
    assert_eq!(page("m06", 12, "ASC"), (row(0..12), false, false), "just all of them");
    assert_eq!(page("m06", 100, "ASC"), (row(0..12), false, false));
    for (anchor, limit) in [("m05", 5), ("m05", 1), ("m00", 5), ("m11", 5), ("m06", 12)] {
        let (mut rows, prev, next) = page(anchor, limit, "ASC");
        rows.reverse();
        assert_eq!(page(anchor, limit, "DESC"), (rows, next, prev), "the same, turned around");
    }
    let even = page("m05", 4, "ASC").0;
    assert_eq!((even.len(), even.contains(&5)), (4, true));
}

#[test]
fn from_either_end_of_the_page_the_list_goes_on_without_loss_or_repeat() {
    let node = TestNode::with(&UNHURRIED);
    let (ana, ben, place, _) = scene(&node);
    for (member, count) in [(&ben, 12), (&ana, 18)] {
        let whole = json!({ "limit": 100, "sort": "ASC" });
        let whole = member.ask("prospect_list_message", about(&place, &whole));
        let whole = ids(&whole["messages"]);
        assert_eq!(whole.len(), count);
        for limit in [1, 3, 7] {
            for anchor in &whole {
                for (sort, opposite) in [("ASC", "DESC"), ("DESC", "ASC")] {
                    let ask = json!({ "message_id": anchor, "limit": limit, "sort": sort });
                    let page = member.ask(AROUND, about(&place, &ask));
                    let mut found = further(member, &place, opposite, &page["paging"]["prev"]);
                    found.reverse();
                    found.extend(ids(&page["messages"]));
                    found.extend(further(member, &place, sort, &page["paging"]["next"]));
                    if sort == "DESC" {
                        found.reverse();
                    }
                    assert_eq!(found, whole, "{anchor} {limit} {sort}");
                }
            }
        }
    }
}

#[test]
fn its_shape_is_that_of_a_list_of_messages() {
    let node = TestNode::start();
    let (_, ben, place, _) = scene(&node);
    let unread = get(&ben, &place)["unread_count"].clone();
    let ask = json!({ "limit": 100 });
    let list = ben.ask("prospect_list_message", about(&place, &ask));

    for name in ["message_id", "_id", "messageID"] {
        let ask = json!({ name: "m05", "limit": "100", "channel_id": CHANNEL });
        let around = ben.ask(AROUND, about(&place, &ask));

        assert_eq!(around["messages"], list["messages"], "newest first");
        assert_eq!(around["conversation"], list["conversation"]);
        let paging = json!({ "limit": 100, "sort": "DESC", "next": null, "prev": null });
        assert_eq!(around["paging"], paging);
        assert!(around.get("success").is_none(), "a list is a bare object");
    }
    let ask = json!({ "message_id": "m05" });
    assert_eq!(ben.ask(AROUND, about(&place, &ask))["paging"]["limit"], 20);
    assert_eq!(get(&ben, &place)["unread_count"], unread, "looking is not reading");
}

#[test]
fn a_note_of_others_is_as_unknown_as_what_does_not_exist() {
    let node = TestNode::start();
    let (ana, ben, place, notes) = scene(&node);
    user(&node, "stranger");
    let stranger = Client::of(&node, "stranger");
    let other = conversation(&node, &ana, "cleo", &["ben"]);
    channel(&node, "elsewhere", "+12025550109", &[]);
    let note = about(&other, &json!({ "data": "mine", "UUID": "uuid-of-ana" }));
    assert_eq!(ana.ask("prospect_add_note", note)["success"], true);
    let ask = |by: &Client, place: &str, anchor: &str| {
        by.ask(AROUND, about(place, &json!({ "message_id": anchor })))
    };

    assert_eq!(ids(&ask(&ana, &place, &notes[0])["messages"]).len(), 18);
    let by_uuid = ask(&ana, &other, "uuid-of-ana");
    assert_eq!(by_uuid["messages"][0]["data"], "mine");
    let absent = ask(&ben, &place, "absent");
    expect_error(&absent, 404, "NOT_FOUND");
    assert_eq!(ask(&ben, &place, &notes[0]), absent, "a note of others");
    assert_eq!(ask(&ben, &other, "uuid-of-ana"), absent, "a UUID of others");
    assert_eq!(ask(&ben, &other, "m05"), absent, "elsewhere");
    let unknown = ask(&stranger, "absent", "m05");
    expect_error(&unknown, 404, "NOT_FOUND");
    assert_eq!(ask(&stranger, &place, "m05"), unknown);
    let elsewhere = json!({ "message_id": "m05", "channel_id": "elsewhere" });
    assert_eq!(ben.ask(AROUND, about(&place, &elsewhere)), unknown);
}

#[test]
fn what_is_asked_wrongly_is_refused() {
    let node = TestNode::start();
    let (ana, _, place, _) = scene(&node);
    for wrong in [
        json!({}),
        json!({ "message_id": "" }),
        json!({ "message_id": 5 }),
        json!({ "message_id": null }),
        json!({ "message_id": "m05", "limit": 0 }),
        json!({ "message_id": "m05", "limit": "many" }),
        json!({ "message_id": "m05", "sort": "NEWEST" }),
    ] {
        expect_error(&ana.ask(AROUND, about(&place, &wrong)), 400, "VALIDATION_ERROR");
    }
    let nowhere = json!({ "message_id": "m05" });
    expect_error(&ana.ask(AROUND, nowhere), 400, "VALIDATION_ERROR");
}

/// Everything from a cursor on; nothing where there is none.
fn further(by: &Client, place: &str, sort: &str, next: &Value) -> Vec<String> {
    if next.is_null() {
        return Vec::new();
    }
    let ask = json!({ "limit": 5, "sort": sort, "next": next });
    let rows = all_pages(by, "prospect_list_message", "messages", &about(place, &ask));
    ids(&Value::Array(rows))
}
