//! What changes here is seen on the sockets at once, and the other way about.
use serde_json::{Value, json};

use super::{begin, create, inbound, search};
use crate::support::Client;
use crate::support::asks::{ADD, MESSAGE, change, get, told, told_until_now};
use crate::support::people::ACCOUNT;

fn row(sdk: &mut super::Sdk) -> Value {
    search(sdk, json!({}))["conversations"][0].clone()
}

#[test]
fn a_star_is_seen_by_every_participant_and_once() {
    let (node, mut sdk) = begin(&["ana", "ben"]);
    let (ana, ben) = (Client::of(&node, "ana"), Client::of(&node, "ben"));
    let id = create(&node, &mut sdk, "carl");
    for member in [&ana, &ben] {
        let began = member.event_where(ADD, |event| event["_id"] == id.as_str());
        assert_eq!((&began["isNew"], &began["starred"]), (&json!(true), &json!(false)));
    }
    let star = json!([{ "conversationId": id }, { "locationId": ACCOUNT, "starred": true }]);

    sdk.call("updateConversation", star.clone());
    sdk.call("updateConversation", star);

    for member in [&ana, &ben] {
        let seen = told(member, &id);
        assert_eq!((&seen["starred"], &seen["show_on_top"]), (&json!(true), &json!(false)));
        let again = told_until_now(&node, member, &id);
        assert!(again.iter().all(|(name, _)| name != ADD), "{again:?}");
    }
    assert_eq!(get(&ben, &id)["starred"], true);
}

#[test]
fn what_is_closed_on_a_socket_is_out_of_the_inbox_and_a_message_brings_it_back() {
    let (node, mut sdk) = begin(&["ana"]);
    let ana = Client::of(&node, "ana");
    let id = create(&node, &mut sdk, "carl");

    change(&ana, "prospect_open", &id, json!({ "is_open": false }));
    assert_eq!(row(&mut sdk)["inbox"], false);

    inbound(&mut sdk, &id, "hello");
    assert_eq!(ana.event(MESSAGE)["data"], "hello");
    assert_eq!(row(&mut sdk)["inbox"], true);
}

#[test]
fn a_set_unread_count_is_the_teams_alone_and_ends_when_somebody_reads() {
    let (node, mut sdk) = begin(&["ana", "ben"]);
    let (ana, ben) = (Client::of(&node, "ana"), Client::of(&node, "ben"));
    let id = create(&node, &mut sdk, "carl");
    inbound(&mut sdk, &id, "hello");
    assert_eq!(row(&mut sdk)["unreadCount"], 1);
    told_until_now(&node, &ana, &id);

    let set = json!([{ "conversationId": id }, { "locationId": ACCOUNT, "unreadCount": 7 }]);
    sdk.call("updateConversation", set);

    assert_eq!(row(&mut sdk)["unreadCount"], 7);
    assert_eq!(
        (get(&ana, &id)["unread_count"].clone(), get(&ben, &id)["unread_count"].clone()),
        (json!(1), json!(1))
    );
    let heard = told_until_now(&node, &ana, &id);
    assert!(heard.iter().all(|(name, _)| name != ADD), "nobody is told on a socket: {heard:?}");

    let set = json!([{ "conversationId": id }, { "locationId": ACCOUNT, "unreadCount": 7 }]);
    sdk.call("updateConversation", set);
    change(&ana, "prospect_read", &id, json!({}));
    assert_eq!(row(&mut sdk)["unreadCount"], 0, "somebody of the team has seen it");
    assert_eq!(get(&ben, &id)["unread_count"], 1, "ben has not");
}

#[test]
fn a_deleted_conversation_is_gone_from_every_socket_and_who_was_there_is_told() {
    let (node, mut sdk) = begin(&["ana", "ben"]);
    let (ana, ben) = (Client::of(&node, "ana"), Client::of(&node, "ben"));
    let id = create(&node, &mut sdk, "carl");
    inbound(&mut sdk, &id, "hello");
    for member in [&ana, &ben] {
        member.event(MESSAGE);
    }

    sdk.call("deleteConversation", json!([{ "conversationId": id }]));

    for member in [&ana, &ben] {
        let seen = told(member, &id);
        assert_eq!((&seen["deleted"], &seen["is_open"]), (&json!(true), &json!(false)));
        assert_eq!(seen["last_activity"], Value::Null);
        let about = json!({ "conversation_id": id });
        for event in ["prospect_get_conversation_by_id", "prospect_list_message", "prospect_read"] {
            assert_eq!(member.ask(event, about.clone())["errno"], 404, "{event}");
        }
        let list = json!({ "channel_id": crate::support::people::CHANNEL });
        assert_eq!(member.ask("prospect_list_conversation", list)["conversation"], json!([]));
    }
}

#[test]
fn who_was_away_when_it_was_deleted_is_told_on_coming_back() {
    let (node, mut sdk) = begin(&["ana"]);
    let ana = Client::open(
        &node,
        crate::support::client::NAMESPACE,
        json!({ "auth": { "token": crate::support::token::of("ana") }, "reconnection": false }),
    );
    ana.connected();
    let id = create(&node, &mut sdk, "carl");
    ana.event_where(ADD, |event| event["_id"] == id.as_str());
    ana.cut();

    sdk.call("deleteConversation", json!([{ "conversationId": id }]));
    ana.reopen();

    assert_eq!(ana.connected()["recovered"], true);
    assert_eq!(told(&ana, &id)["deleted"], true);
}

#[test]
fn the_next_message_after_a_deletion_begins_another_conversation() {
    let (node, mut sdk) = begin(&["ana"]);
    let ana = Client::of(&node, "ana");
    let id = create(&node, &mut sdk, "carl");
    sdk.call("deleteConversation", json!([{ "conversationId": id }]));
    assert_eq!(told(&ana, &id)["deleted"], true);

    let body = json!({ "type": "SMS", "contactId": "carl", "message": "are you there?" });
    let again = sdk.call("addAnInboundMessage", json!([body]));

    assert_ne!(again["conversationId"], id.as_str());
    let began = ana.event_where(ADD, |event| event["_id"] == again["conversationId"]);
    assert_eq!(began["isNew"], true);
    assert_eq!(ana.event(MESSAGE)["conversation_id"], again["conversationId"]);
}
