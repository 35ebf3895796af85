//! Who may do what: every client event, asked by everybody who could ask it.
use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::office::{note, remove, start};
use super::tenants::{RIVAL, rival_office, rival_token};
use super::transcript::{assert_same, everything};
use crate::lists::expect_error;
use crate::support::people::{
    CHANNEL, communication, conversation, emit_message, incoming, office, user,
};
use crate::support::{Client, Frame, RawSocket, TestNode, client, token};

/// What an event is to those who take no part.
#[derive(Clone, Copy, PartialEq)]
enum Rule {
    /// It names no conversation, and shows only one's own.
    Anybody,
    /// Anybody of the account.
    Colleagues,
    /// For everybody else there is no such conversation.
    Participants,
}
use Rule::{Anybody, Colleagues, Participants};

/// A payload that names this conversation.
type Ask = fn(&str) -> Value;

/// An event without a row here has no business on the wire.
const TABLE: &[(&str, Rule, Ask)] = &[
    ("join", Anybody, |_| json!({})),
    (
        "prospect_add_conversation",
        Colleagues,
        |_| json!({ "contact_id": "carl", "channel_id": CHANNEL }),
    ),
    ("prospect_list_conversation", Colleagues, |_| json!({ "channel_id": CHANNEL })),
    ("prospect_search", Colleagues, |_| json!({ "query": "hello", "channel_id": CHANNEL })),
    ("prospect_add_note", Participants, |place| note(place, "a try", "a-uuid", &["ana"])),
    (
        "prospect_add_participant",
        Participants,
        |place| json!({ "conversation_id": place, "users": ["ana"] }),
    ),
    ("prospect_archive", Participants, |place| json!({ "conversation_id": place })),
    (
        "prospect_edit_conversation",
        Participants,
        |place| json!({ "conversation_id": place, "title": "a try" }),
    ),
    ("prospect_get_conversation_by_id", Participants, |place| json!({ "conversation_id": place })),
    ("prospect_list_message", Participants, |place| json!({ "conversation_id": place })),
    (
        "prospect_list_message_by_id",
        Participants,
        |place| json!({ "conversation_id": place, "message_id": "m1" }),
    ),
    ("prospect_open", Participants, |place| json!({ "conversation_id": place, "is_open": false })),
    ("prospect_read", Participants, |place| json!({ "conversation_id": place })),
    ("prospect_show_on_top", Participants, |place| json!({ "conversation_id": place })),
    ("prospect_snooze", Participants, |place| json!({ "conversation_id": place })),
];

const ABSENT: &str = "ffffffffffffffffffffffff";

#[test]
fn every_client_event_has_a_row_in_the_table_of_who_may() {
    let source = include_str!("../../../src/socketio/events/mod.rs");
    let start = source.find("match name {").expect("the events are told apart by name");
    let arms = source[start..].lines().take_while(|line| !line.trim_start().starts_with("_ =>"));
    let heads = arms.filter_map(|line| line.split_once("=>")).map(|(head, _)| head);
    let known: BTreeSet<_> = heads.flat_map(|head| head.split('"').skip(1).step_by(2)).collect();

    let rows: BTreeSet<_> = TABLE.iter().map(|(event, ..)| *event).collect();

    assert!(known.len() > 10, "the events were not found where they used to stand");
    assert_eq!(known, rows, "say in the table who may");
}

fn scene() -> (TestNode, Client, String) {
    let node = start();
    office(&node, &["ana", "ben"]);
    user(&node, "former");
    user(&node, "never");
    rival_office(&node, &["rita"]);
    let ana = Client::of(&node, "ana");
    let place = conversation(&node, &ana, "carl", &["ben", "former"]);
    communication(&node, "m1", &incoming("carl", &place, "hello"));
    emit_message(&node, "m1");
    assert_eq!(remove(&node, &place, "former"), 200);
    (node, ana, place)
}

#[test]
fn a_participant_may_do_all_of_it() {
    let (_node, ana, place) = scene();

    for (event, _, ask) in TABLE {
        let ack = ana.ask(event, ask(&place));
        assert_ne!(ack["success"], false, "{event}: {ack}");
    }
}

#[test]
fn for_everybody_else_there_is_no_such_conversation() {
    let (node, ana, place) = scene();
    let rita = json!({ "auth": { "token": rival_token("rita") } });
    let rita = Client::open(&node, client::NAMESPACE, rita);
    rita.connected();
    let [former, never] = ["former", "never"].map(|user| Client::of(&node, user));
    let before = everything(&ana, CHANNEL, &[&place], &[100]).text;

    for (event, rule, ask) in TABLE {
        for (who, of) in [("former", &former), ("never", &never), ("another account", &rita)] {
            let foreign = who == "another account";
            if *rule == Participants {
                let (there, nowhere) = (of.ask(event, ask(&place)), of.ask(event, ask(ABSENT)));
                expect_error(&there, 404, "NOT_FOUND");
                assert_eq!(there.to_string(), nowhere.to_string(), "{event} of {who}");
            } else if *rule == Colleagues && foreign {
                let there = of.ask(event, ask(&place));
                expect_error(&there, 404, "NOT_FOUND");
                let mut unknown = ask(&place);
                for key in ["contact_id", "channel_id"] {
                    if unknown[key].is_string() {
                        unknown[key] = json!(ABSENT);
                        break;
                    }
                }
                assert_eq!(there.to_string(), of.ask(event, unknown).to_string(), "{event}");
            } else if *event != "prospect_add_conversation" {
                let ack = of.ask(event, ask(&place));
                assert!(!ack.to_string().contains(&place), "{event} of {who}: {ack}");
            }
        }
    }

    assert_same(&before, &everything(&ana, CHANNEL, &[&place], &[100]).text, "nothing happened");
    assert!(!rita.heard().contains(&place), "{RIVAL} heard of it");
    assert!(!never.heard().contains(&place));
    // Whoever begins what is there already joins it, with what everybody may see.
    let (event, _, ask) = TABLE[1];
    assert_eq!(never.ask(event, ask(&place))["success"], true);
    assert_eq!(never.event("prospect_add_conversation")["_id"], place.as_str());
}

#[test]
fn with_an_expired_token_nothing_can_be_asked() {
    let (node, ana, place) = scene();
    let before = everything(&ana, CHANNEL, &[&place], &[100]).text;
    let mut claims = token::claims("ana");
    claims["exp"] = json!(token::now() - 31);
    let expired = token::sign(&claims);

    for (event, _, ask) in TABLE {
        let mut socket = RawSocket::open(&node, &[]).expect("an upgrade");
        assert!(matches!(socket.read(), Frame::Text(open) if open.starts_with('0')));
        socket.text(&format!("40/v1/conversation,{{\"token\":\"{expired}\"}}"));
        let Frame::Text(refusal) = socket.read() else { panic!("a refusal") };
        assert!(refusal.starts_with("44/v1/conversation,"), "{refusal}");
        // Not let in, and asking all the same.
        socket.text(&format!("42/v1/conversation,0{}", json!([event, ask(&place)])));
        assert_eq!(socket.read_to_end(), Vec::<String>::new(), "{event}");
    }

    assert_same(&before, &everything(&ana, CHANNEL, &[&place], &[100]).text, "nothing happened");
}

#[test]
fn a_token_that_runs_out_on_a_live_socket_is_answered_no_more() {
    let (node, _ana, place) = scene();
    let mut claims = token::claims("ben");
    // Within the 30 s that clocks may differ by, for some more seconds.
    claims["exp"] = json!(token::now() - 26);
    let mut socket = RawSocket::joined(&node, &token::sign(&claims));
    let refused = |text: &str| text.contains("\"errno\":401");
    for (number, (event, _, ask)) in TABLE.iter().cycle().enumerate() {
        socket.text(&format!("42/v1/conversation,{number}{}", json!([event, ask(&place)])));
        match socket.read() {
            Frame::Text(text) if text.starts_with("41") || refused(&text) => break,
            // An answer, or an event that came of one.
            Frame::Text(_) => {}
            _ => return,
        }
    }

    for (event, _, ask) in TABLE {
        socket.text(&format!("42/v1/conversation,9999{}", json!([event, ask(&place)])));
        loop {
            match socket.read() {
                Frame::Text(text) if text.starts_with("43/v1/conversation,9999[") => {
                    assert!(refused(&text), "{event}: {text}");
                    break;
                }
                // What was asked before it ran out.
                Frame::Text(_) => {}
                _ => return,
            }
        }
    }
}
