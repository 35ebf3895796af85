//! Whoever holds a token of the team: every read there is, before notes and after them, is the same
//! bytes. And no token of a team takes part on a socket.
use serde_json::{Value, json};

use super::office::{note, start, written};
use super::transcript::assert_same;
use crate::support::client::NAMESPACE;
use crate::support::highlevel::{SCOPES, team_token};
use crate::support::people::{
    ACCOUNT, communication, conversation, emit_message, incoming, office,
};
use crate::support::{Client, Request, TestNode};

const SECRET: &str = "hush";

/// A call as the team makes it.
fn call(node: &TestNode, method: &str, target: &str, body: Option<&Value>) -> String {
    let token = team_token(ACCOUNT, &SCOPES);
    let request = Request::new(method, target)
        .header("authorization", &format!("Bearer {token}"))
        .header("version", "v3");
    let answer = node.send(&match body {
        Some(body) => request.json(body),
        None => request,
    });
    format!("{method} {target}\n  {} {}\n", answer.status, answer.text())
}

/// Every list in every order, page by page, and whatever they name.
pub fn everything_of_the_team(node: &TestNode, places: &[&str], messages: &[&str]) -> String {
    let mut all = String::new();
    let mut get = |target: &str| all.push_str(&call(node, "GET", target, None));
    for more in [
        "",
        "status=unread",
        "status=read",
        "sort=asc",
        "sortBy=last_manual_message_date",
        "lastMessageDirection=inbound",
        "lastMessageDirection=outbound",
        "lastMessageAction=manual",
        "lastMessageType=TYPE_INTERNAL_COMMENT",
        "lastMessageType=TYPE_SMS",
        "mentions=ben",
        "assignedTo=unassigned",
        "query=hush",
        "query=carl",
        "query=hello",
    ] {
        for limit in [1, 2, 100] {
            get(&format!("/conversations/search?locationId={ACCOUNT}&limit={limit}&{more}"));
        }
    }
    for place in places {
        get(&format!("/conversations/{place}"));
        for limit in [1, 3, 100] {
            for kind in ["", "&type=TYPE_SMS", "&type=TYPE_INTERNAL_COMMENTS"] {
                get(&format!("/conversations/{place}/messages?limit={limit}{kind}"));
            }
        }
        for message in messages {
            get(&format!("/conversations/{place}/messages?limit=2&lastMessageId={message}"));
        }
    }
    for message in messages {
        get(&format!("/conversations/messages/{message}"));
        get(&format!("/conversations/messages/email/{message}"));
    }
    all
}

#[test]
fn the_whole_view_of_the_team_is_the_same_bytes_before_notes_and_after_them() {
    let node = start();
    office(&node, &["ana", "ben"]);
    let ana = Client::of(&node, "ana");
    let places = ["carl", "cora"].map(|contact| conversation(&node, &ana, contact, &["ben"]));
    let [first, second] = places.each_ref().map(String::as_str);
    for (id, contact, place) in [("m1", "carl", first), ("m2", "cora", second)] {
        communication(&node, id, &incoming(contact, place, "hello"));
        emit_message(&node, id);
    }
    communication(&node, "m3", &written("OUTGOING", "ana", "cora", second, "hello you"));
    emit_message(&node, "m3");
    let set = json!({ "locationId": ACCOUNT, "unreadCount": 5 });
    call(&node, "PUT", &format!("/conversations/{first}"), Some(&set));
    let messages = ["m1", "m2", "m3"];
    let before = everything_of_the_team(&node, &[first, second], &messages);

    let mut notes = Vec::new();
    for (mentions, uuid) in [(&["ben"][..], "u1"), (&[], "u2")] {
        let ack = ana.ask("prospect_add_note", note(first, SECRET, uuid, mentions));
        notes.push(ack["data"]["_id"].as_str().expect("an id").to_owned());
    }
    let mut dated = written("NOTE", "ana", "cora", second, SECRET);
    (dated["mentions"], dated["createdAt"]) = (json!(["ben"]), json!("2030-01-01T00:00:00.000Z"));
    communication(&node, "dated-note", &dated);
    emit_message(&node, "dated-note");
    notes.push("dated-note".into());

    let after = everything_of_the_team(&node, &[first, second], &messages);
    assert_same(&before, &after, "what the team sees");
    assert!(!after.contains("dated-note") && notes.iter().all(|id| !after.contains(id.as_str())));
    let gone = "ffffffffffffffffffffffff";
    for id in &notes {
        let seen = everything_of_the_team(&node, &[first], &[id]);
        let nothing = everything_of_the_team(&node, &[first], &[gone]);
        assert_same(&seen.replace(id.as_str(), gone), &nothing, "a note is like nothing");
        for (method, target, body) in [
            ("PUT", format!("/conversations/messages/{id}/status"), json!({ "status": "read" })),
            ("GET", format!("/conversations/messages/email/{id}"), Value::Null),
        ] {
            let there = call(&node, method, &target, Some(&body));
            let nowhere = call(&node, method, &target.replace(id.as_str(), gone), Some(&body));
            assert_eq!(there.replace(id.as_str(), gone), nowhere);
        }
    }
}

#[test]
fn a_token_of_the_team_opens_no_socket() {
    let node = start();
    office(&node, &["ana"]);
    let scopes = [&SCOPES[..], &["conversation"]].concat();
    let token = team_token(ACCOUNT, &scopes);

    let client = Client::open(&node, NAMESPACE, json!({ "auth": { "token": token } }));

    assert_eq!(client.refused()["data"]["errno"], 401);
}
