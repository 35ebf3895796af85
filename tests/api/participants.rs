//! Who takes part: people come with the history and without old notes, and who goes is gone.
use serde_json::{Value, json};

use crate::lists::expect_error;
use crate::support::asks::{
    ADD, MESSAGE, about, change, fence, get, ids, listed, told, told_until_now,
};
use crate::support::people::{
    ACCOUNT, CHANNEL, communication, conversation, emit_message, incoming, office, put, user,
};
use crate::support::{Client, Request, Response, TestNode, client, token, wait};

const SECRET: &str = "not for newcomers";

#[test]
fn newcomers_get_the_history_without_old_notes() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    user(&node, "dan");
    let [ana, ben, dan] = ["ana", "ben", "dan"].map(|user| Client::of(&node, user));
    let place = conversation(&node, &ana, "carl", &["ben"]);
    say(&node, "m1", &place);
    let note = about(&place, &json!({ "data": SECRET, "mentions": ["ben"] }));
    assert_eq!(ana.ask("prospect_add_note", note)["success"], true);
    assert_eq!(listed(&dan, None).len(), 0);

    let after = change(&ben, "prospect_add_participant", &place, json!({ "users": ["dan"] }));

    assert_eq!(ids(&after["users"]), ["ana", "ben", "dan"], "any participant may");
    for member in [&ana, &ben] {
        assert_eq!(ids(&told(member, &place)["users"]), ["ana", "ben", "dan"]);
    }
    let seen = told(&dan, &place);
    assert_eq!((&seen["unread_count"], &seen["is_admin"]), (&json!(0), &json!(false)));
    assert_eq!(seen["last_activity"]["_id"], "m1", "not the note after it");
    assert_eq!(messages(&dan, &place), ["m1"]);
    say(&node, "m2", &place);
    assert_eq!(dan.event(MESSAGE)["_id"], "m2");
    assert_eq!(get(&dan, &place)["unread_count"], 1);
    assert!(!dan.heard().contains(SECRET));
}

#[test]
fn who_is_there_already_stays_as_they_are_and_nobody_hears_of_it() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let (ana, ben) = (Client::of(&node, "ana"), Client::of(&node, "ben"));
    let place = conversation(&node, &ana, "carl", &["ben"]);
    say(&node, "m1", &place);
    let before = get(&ben, &place);

    for users in [json!(["ben"]), json!("ben"), json!(["ben", "ana", "ben"])] {
        change(&ana, "prospect_add_participant", &place, json!({ "users": users }));
    }

    assert_eq!(get(&ben, &place), before);
    let heard = told_until_now(&node, &ben, &place);
    assert!(heard.iter().all(|(_, event)| event["isNew"] != false), "{heard:?}");
}

#[test]
fn people_are_taken_in_all_or_none() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    for id in ["dan", "gone", "stranger"] {
        user(&node, id);
    }
    set_active(&node, "gone", false);
    let foreign = json!({ "account_id": "other", "name": "f", "email": "f@example.com" });
    put(&node, "/v1/users/foreign", &foreign);
    let (ana, stranger) = (Client::of(&node, "ana"), Client::of(&node, "stranger"));
    let place = conversation(&node, &ana, "carl", &[]);
    let before = get(&ana, &place);

    for other in ["nobody", "gone", "foreign"] {
        let ask = about(&place, &json!({ "users": ["dan", other] }));
        expect_error(&ana.ask("prospect_add_participant", ask), 404, "NOT_FOUND");
        let add = json!({ "contact_id": "carl", "channel_id": CHANNEL, "users": ["dan", other] });
        expect_error(&ana.ask(ADD, add), 404, "NOT_FOUND");
    }
    for users in [json!([]), json!(null), json!([5]), json!({}), json!([""]), json!(5)] {
        let ask = about(&place, &json!({ "users": users }));
        expect_error(&ana.ask("prospect_add_participant", ask), 400, "VALIDATION_ERROR");
    }
    let none = about(&place, &json!({}));
    expect_error(&ana.ask("prospect_add_participant", none), 400, "VALIDATION_ERROR");
    let ask = about(&place, &json!({ "users": ["stranger"] }));
    expect_error(&stranger.ask("prospect_add_participant", ask), 404, "NOT_FOUND");

    assert_eq!(get(&ana, &place), before);
}

#[test]
fn for_who_is_taken_out_the_conversation_does_not_exist() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let (ana, ben) = (Client::of(&node, "ana"), Client::of(&node, "ben"));
    let place = conversation(&node, &ana, "carl", &["ben"]);
    let other = conversation(&node, &ana, "cleo", &["ben"]);
    say(&node, "m1", &place);
    let own = note(&ben, &place, "ben's own", &[]);
    let his = note(&ana, &place, "for ben", &["ben"]);

    let answer = remove(&node, &place, "ben");

    assert_eq!(
        (answer.status, answer.json()),
        (200, json!({ "success": true, "message": "SUCCESS" }))
    );
    let left = ana.event_where(ADD, |event| {
        event["_id"] == place.as_str()
            && event["users"].as_array().is_some_and(|users| users.len() == 1)
    });
    assert_eq!((ids(&left["users"]), &left["isNew"]), (vec!["ana".to_owned()], &json!(false)));
    let unknown = ben.ask("prospect_list_message", json!({ "conversation_id": "absent" }));
    for event in [
        "prospect_list_message",
        "prospect_get_conversation_by_id",
        "prospect_read",
        "prospect_open",
        "prospect_add_note",
    ] {
        let ask = about(&place, &json!({ "data": "still here?" }));
        assert_eq!(ben.ask(event, ask), unknown, "{event}");
    }
    assert_eq!(listed(&ben, None), [other.as_str()]);
    let mention = about(&place, &json!({ "data": "x", "mentions": ["ben"] }));
    expect_error(&ana.ask("prospect_add_note", mention), 400, "VALIDATION_ERROR");
    say(&node, "m2", &place);
    note(&ana, &place, "while ben is away", &[]);
    let heard = told_until_now(&node, &ben, &other);
    assert!(heard.iter().all(|(_, event)| event["_id"] != "m2"), "{heard:?}");
    assert!(heard.iter().all(|(_, event)| event["users"] != left["users"]), "{heard:?}");
    let page = ana.ask("prospect_list_message", json!({ "conversation_id": place }));
    let written = page["messages"].as_array().expect("rows").iter().find(|row| row["_id"] == "m1");
    assert!(written.is_some());

    // He comes back: with what he wrote and what was meant for him, and nothing unread.
    change(&ana, "prospect_add_participant", &place, json!({ "users": ["ben"] }));

    let back = ben.event_where(ADD, |event| {
        event["_id"] == place.as_str() && event["last_activity"]["_id"] == "m2"
    });
    assert_eq!((&back["unread_count"], &back["isNew"]), (&json!(0), &json!(false)));
    assert_eq!(messages(&ben, &place), ["m2".to_owned(), his, own, "m1".to_owned()]);
    assert!(!ben.heard().contains("while ben is away"));
}

#[test]
fn who_goes_leaves_their_messages_and_an_admin() {
    let node = TestNode::start();
    office(&node, &["ana", "ben", "dan"]);
    let [ana, ben, dan] = ["ana", "ben", "dan"].map(|user| Client::of(&node, user));
    let place = conversation(&node, &ana, "carl", &["ben", "dan"]);
    let sent = json!({
        "type": "OUTGOING", "data": "from ana", "sent_by": "ana", "conversation_id": [place],
    });
    communication(&node, "m1", &sent);
    emit_message(&node, "m1");
    assert_eq!(ana.event(MESSAGE)["is_sender"], true);

    assert_eq!(remove(&node, &place, "ana").status, 200);

    assert_eq!(
        (&get(&ben, &place)["is_admin"], &get(&dan, &place)["is_admin"]),
        (&json!(true), &json!(false))
    );
    let last = get(&ben, &place)["last_activity"].clone();
    assert_eq!((&last["sent_by"]["_id"], &last["sent_by"]["name"]), (&json!("ana"), &json!("ana")));
    assert_eq!(remove(&node, &place, "ana").status, 404, "she is gone already");
    assert_eq!(remove(&node, &place, "nobody").status, 404);
    assert_eq!(remove(&node, "absent", "ben").status, 404);
    let path = format!("/v1/conversations/prospect/{place}/participants/ben");
    let by_ben = Request::new("DELETE", &path)
        .header("authorization", &format!("Bearer {}", token::of("ben")));
    for request in [Request::new("DELETE", &path), by_ben] {
        assert_eq!(node.send(&request).status, 401);
    }
    assert_eq!(node.send(&Request::post(&path).key()).status, 405);
    // The others can go as well, and the record stays.
    assert_eq!(
        (remove(&node, &place, "ben").status, remove(&node, &place, "dan").status),
        (200, 200)
    );
    let again = json!({ "contact_id": "carl", "channel_id": CHANNEL });
    assert_eq!(dan.ask(ADD, again)["success"], true);
    assert_eq!(ids(&get(&dan, &place)["users"]), ["dan"]);
    assert_eq!(messages(&dan, &place), ["m1"]);
}

#[test]
fn who_was_taken_out_while_away_recovers_nothing_of_it() {
    let mut node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let ana = Client::of(&node, "ana");
    let place = conversation(&node, &ana, "carl", &["ben"]);
    let other = conversation(&node, &ana, "cleo", &["ben"]);
    let options = json!({ "auth": { "token": token::of("ben") }, "reconnection": false });
    for restart in [false, true] {
        let ben = Client::open(&node, client::NAMESPACE, options.clone());
        ben.connected();
        ben.cut();
        note(&ana, &place, "for ben", &["ben"]);
        fence(&node, &place);
        assert_eq!(remove(&node, &place, "ben").status, 200);
        if restart {
            // From the record then, and not from memory.
            node.kill();
            node.resume();
        }
        let mark = fence(&node, &other);
        ben.reopen();

        assert_eq!(ben.connected()["recovered"], true);
        let seen = ben.events_until(|_, event| event["data"] == mark.as_str());
        assert_eq!(seen.len(), 1, "{seen:?}");
        if !restart {
            change(&ana, "prospect_add_participant", &place, json!({ "users": ["ben"] }));
        }
    }
}

#[test]
fn who_is_made_inactive_is_disconnected_at_once_everywhere_and_stays_out() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let (ana, ben) = (Client::of(&node, "ana"), Client::of(&node, "ben"));
    let place = conversation(&node, &ana, "carl", &["ben"]);
    let token = json!({ "auth": { "token": token::of("ben") } });
    let mut polling = token.clone();
    polling["transports"] = json!(["polling"]);
    let others = [
        Client::open(&node, client::NAMESPACE, polling),
        Client::open(&node, "/v1/conversation/live", token.clone()),
        Client::open(&node, "/v1/shared", token),
    ];
    others.iter().for_each(|socket| drop(socket.connected()));

    set_active(&node, "ben", false);

    for socket in others.iter().chain([&ben]) {
        socket.disconnected();
        // It comes back by itself, and is told why it may not.
        assert_eq!(socket.refused()["data"]["errno"], 401);
    }
    say(&node, "m1", &place);
    assert_eq!(ana.event(MESSAGE)["_id"], "m1", "nobody else was disturbed");
    assert!(!ben.heard().contains("\"m1\""));
    let mention = about(&place, &json!({ "data": "x", "mentions": ["ben"] }));
    expect_error(&ana.ask("prospect_add_note", mention), 400, "VALIDATION_ERROR");

    set_active(&node, "ben", true);

    let ben = Client::of(&node, "ben");
    assert_eq!(get(&ben, &place)["last_activity"]["_id"], "m1");
    let note = about(&place, &json!({ "data": "x", "mentions": ["ben"], "UUID": "u1" }));
    let noted = ana.ask("prospect_add_note", note.clone());
    set_active(&node, "ben", false);
    assert_eq!(noted["success"], true, "{noted}");
    assert_eq!(ana.ask("prospect_add_note", note), noted, "what was done stays done");
}

#[test]
fn who_connects_while_they_are_made_inactive_is_not_forgotten() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    for _ in 0..5 {
        set_active(&node, "ana", true);
        let options = json!({ "auth": { "token": token::of("ana") }, "reconnection": false });
        let clients: Vec<_> =
            (0..8).map(|_| Client::open(&node, client::NAMESPACE, options.clone())).collect();
        set_active(&node, "ana", false);
        wait::until("nobody to be there", || {
            let metrics = Request::get("/metrics").send(node.metrics).ok()?.text();
            let here = |line: &&str| line.starts_with("switchboard_socket_connections");
            let line = metrics.lines().find(here).unwrap_or("none").to_owned();
            line.ends_with(" 0").then_some(())
        });
        drop(clients);
    }
}

fn say(node: &TestNode, id: &str, place: &str) {
    communication(node, id, &incoming("carl", place, "hello"));
    emit_message(node, id);
}

fn note(by: &Client, place: &str, text: &str, mentions: &[&str]) -> String {
    let ask = about(place, &json!({ "data": text, "mentions": mentions }));
    let ack = by.ask("prospect_add_note", ask);
    assert_eq!(ack["success"], true, "{ack}");
    ack["data"]["_id"].as_str().expect("an id").to_owned()
}

fn messages(of: &Client, place: &str) -> Vec<String> {
    let page = of.ask("prospect_list_message", json!({ "conversation_id": place }));
    ids(&page["messages"]).into_iter().filter(|id| !id.starts_with("fence")).collect()
}

fn remove(node: &TestNode, place: &str, user: &str) -> Response {
    let path = format!("/v1/conversations/prospect/{place}/participants/{user}");
    node.send(&Request::new("DELETE", &path).key())
}

fn set_active(node: &TestNode, id: &str, active: bool) -> Value {
    let body = json!({
        "account_id": ACCOUNT, "name": id, "email": format!("{id}@example.com"), "active": active,
    });
    put(node, &format!("/v1/users/{id}"), &body)
}
