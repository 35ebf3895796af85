//! What changes in one face is there in the others, and live on the sockets.
use serde_json::{Value, json};

use super::office::*;
use crate::support::asks::{ADD, MESSAGE, change};
use crate::support::highlevel::Sdk;
use crate::support::people::{ACCOUNT, CHANNEL, office};
use crate::support::{Client, TestNode, wait};

/// Joe, to whom the team wrote; ana and ben work there. Gives the thread.
fn begun(node: &TestNode) -> String {
    office(node, &["ana", "ben"]);
    prospect(node, "joe", "1");
    let letter = json!({ "prospectId": "joe", "accountLinkId": CHANNEL, "content": "hello" });
    let sent = does(node, "POST", "/threads/messages", &letter);
    sent["thread"]["id"].as_str().expect("an id").to_owned()
}

fn highlevel(sdk: &mut Sdk, more: Value) -> Value {
    let mut ask = more;
    ask["locationId"] = json!(ACCOUNT);
    sdk.call("searchConversation", json!([ask]))["conversations"][0].clone()
}

#[test]
fn what_the_team_keeps_of_a_prospect_is_seen_on_the_sockets_and_in_the_other_face() {
    let node = start();
    let thread = begun(&node);
    let (ana, mut sdk) = (Client::of(&node, "ana"), Sdk::of(&node));
    let (hot, won) = (tag(&node, "Hot"), status(&node, "Won"));

    patch(&node, "joe", &json!({ "addTags": [hot], "statusId": won }));
    let marked = ana.event_where(ADD, |event| {
        event["tags"] != json!([]) && event["contact_status"] != Value::Null
    });
    patch(&node, "joe", &json!({ "assignedToMemberId": "ben", "done": true }));
    let closed = ana
        .event_where(ADD, |event| event["is_open"] == false && event["assigned_to"] != Value::Null);

    assert_eq!((&marked["_id"], each(&marked["tags"], "name")), (&json!(thread), vec!["Hot"]));
    assert_eq!(marked["contact_status"]["name"], "Won");
    assert_eq!((&closed["assigned_to"], &closed["isNew"]), (&json!("ben"), &json!(false)));
    let row = highlevel(&mut sdk, json!({ "assignedTo": "ben" }));
    assert_eq!((&row["id"], &row["inbox"]), (&json!(thread), &json!(false)));
    assert_eq!((&row["assignedTo"], &row["tags"]), (&json!("ben"), &json!(["Hot"])));
}

#[test]
fn what_somebody_does_on_a_socket_is_the_same_for_the_team() {
    let node = start();
    let thread = begun(&node);
    let ana = Client::of(&node, "ana");
    let shown = || get(&node, &format!("/threads/{thread}"))["thread"].clone();

    change(&ana, "prospect_open", &thread, json!({ "is_open": false }));
    assert_eq!((&shown()["done"], &shown()["prospect"]["done"]), (&json!(true), &json!(true)));
    let ids = |view: &str| {
        let page = get(&node, &format!("/threads?inboxView={view}"));
        page["threads"].as_array().expect("threads").len()
    };
    assert_eq!((ids("archived"), ids("default"), ids("no-reply")), (1, 0, 0));

    change(&ana, "prospect_open", &thread, json!({ "is_open": true }));
    assert_eq!((&shown()["done"], &shown()["prospect"]["done"]), (&json!(false), &json!(false)));
    assert_eq!((ids("archived"), ids("default"), ids("no-reply")), (0, 1, 1));
}

#[test]
fn what_is_written_in_any_face_is_one_message_in_all_of_them() {
    let node = start();
    let thread = begun(&node);
    let (ana, mut sdk) = (Client::of(&node, "ana"), Sdk::of(&node));

    let path = format!("/threads/{thread}/messages");
    let sent = does(&node, "POST", &path, &json!({ "content": "from the inbox" }));
    let id = sent["message"]["id"].clone();
    let body = json!({ "type": "SMS", "conversationId": thread, "message": "from outside" });
    let inbound = sdk.call("addAnInboundMessage", json!([body]))["messageId"].clone();

    for (id, text) in [(&id, "from the inbox"), (&inbound, "from outside")] {
        let heard = ana.event_where(MESSAGE, |event| event["_id"] == *id);
        assert_eq!(heard["data"], text);
    }
    let of_the_team = get(&node, &path);
    let expected = ["from outside", "from the inbox", "hello"];
    assert_eq!(each(&of_the_team["messages"], "content"), expected);
    let list = sdk.call("getMessages", json!([{ "conversationId": thread }]));
    assert_eq!(each(&list["messages"]["messages"], "body"), expected);
    let on_the_socket = ana.ask("prospect_list_message", json!({ "conversation_id": thread }));
    assert_eq!(each(&on_the_socket["messages"], "data"), expected);
}

#[test]
fn threads_are_found_by_what_was_written_and_by_who_it_is_but_never_by_a_note() {
    let node = start();
    let thread = begun(&node);
    prospect(&node, "jane", "2");
    let letter = json!({ "prospectId": "jane", "accountLinkId": CHANNEL, "content": "the plans" });
    does(&node, "POST", "/threads/messages", &letter);
    let ana = Client::of(&node, "ana");
    let found = |query: &str| {
        let page = get(&node, &format!("/threads?{query}"));
        assert_eq!(page["nextCursor"], Value::Null);
        let ids = each(&page["threads"], "prospectId");
        ids.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    wait::until("the words to be found", || (found("query=PLANS") == ["jane"]).then_some(()));
    assert_eq!(found("query=joh"), ["jane", "joe"], "both are named John");
    assert_eq!(found("search=hello"), ["joe"]);
    assert_eq!(found("query=hello&inboxView=archived"), [""; 0]);
    assert_eq!(found("query=%21%3F"), [""; 0], "no word is in it");
    let before = get(&node, "/threads");

    let note = json!({ "conversation_id": thread, "data": "plans of ours", "mentions": ["ben"] });
    assert_eq!(ana.ask("prospect_add_note", note)["success"], true);

    assert_eq!(found("query=plans"), ["jane"]);
    assert_eq!(found("query=ours"), [""; 0]);
    assert_eq!(get(&node, "/threads"), before, "not a byte of any row, nor their order");
}

#[test]
fn pages_of_a_search_hold_each_thread_once_and_end() {
    let node = start();
    office(&node, &["ana"]);
    for number in 0..7 {
        let id = format!("p{number}");
        prospect(&node, &id, &number.to_string());
        let letter = json!({ "prospectId": id, "accountLinkId": CHANNEL, "content": "same" });
        does(&node, "POST", "/threads/messages", &letter);
    }
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = get(&node, &format!("/threads?query=same&limit=3{cursor}"));
        all.extend(each(&page["threads"], "prospectId").into_iter().map(str::to_owned));
        let next = &page["nextCursor"];
        if next.is_null() {
            break;
        }
        let (id, at) = (next["id"].as_str(), next["timestamp"].as_str());
        cursor =
            format!("&cursorId={}&cursorTimestamp={}", id.expect("an id"), at.expect("an instant"));
    }
    assert_eq!(all, ["p6", "p5", "p4", "p3", "p2", "p1", "p0"]);
}
