//! The transports as the stock client uses them: long-polling, polling that becomes a websocket,
//! and websocket alone. Whatever carries it, every event comes once and in order.
use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::lists::expect_error;
use crate::support::asks::{MESSAGE, about, change, fence, told};
use crate::support::people::{communication, conversation, emit_message, incoming, office};
use crate::support::{Client, TestNode, client, token};

const UPGRADING: &[&str] = &["polling", "websocket"];
const POLLING: &[&str] = &["polling"];

#[test]
fn by_polling_alone_everything_works() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let (ana, ben) = (open(&node, "ana", POLLING, json!({})), Client::of(&node, "ben"));
    let joined = ana.connected();
    assert_eq!((&joined["transport"], &joined["recovered"]), (&json!("polling"), &json!(false)));

    let place = conversation(&node, &ana, "carl", &["ben"]);
    for number in 0..20 {
        let id = format!("m{number}");
        communication(&node, &id, &incoming("carl", &place, &id));
        emit_message(&node, &id);
    }
    change(&ben, "prospect_open", &place, json!({ "is_open": false }));

    assert_eq!(told(&ana, &place)["is_open"], false);
    let mark = fence(&node, &place);
    let seen = ana.events_until(|_, event| event["data"] == mark.as_str());
    let texts: Vec<_> = seen.iter().map(|(_, event)| event["data"].clone()).collect();
    let mut wanted: Vec<_> = (0..20).map(|number| json!(format!("m{number}"))).collect();
    wanted.push(json!(mark));
    assert_eq!(texts, wanted);
    let wide = json!({ "data": "ü€😀\u{2028}\u{1e}\"\\".repeat(1_000), "mentions": ["ben"] });
    let ack = ana.ask("prospect_add_note", about(&place, &wide));
    assert_eq!(ack["data"]["data"], wide["data"], "nothing is changed on its way");
    let seen = [&ana, &ben].map(|of| of.event_where(MESSAGE, |event| event["is_note"] == true));
    assert_eq!(seen.each_ref().map(|event| event["data"] == wide["data"]), [true, true]);
}

#[test]
fn ten_clients_upgrade_amid_five_hundred_messages_and_none_is_lost_or_comes_twice() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let ana = Client::of(&node, "ana");
    let place = conversation(&node, &ana, "carl", &["ben"]);
    let clients: Vec<_> = (0..10).map(|_| open(&node, "ben", UPGRADING, json!({}))).collect();

    // What a client is told to emit before it is connected, it emits as soon as it is: by polling,
    // and what comes of it comes while the websocket takes over.
    let mut calls: Vec<Vec<u64>> = vec![Vec::new(); 10];
    for number in 0..50 {
        for (at, (client, calls)) in clients.iter().zip(&mut calls).enumerate() {
            let note = json!({ "data": format!("{at}:{number}"), "mentions": ["ana"] });
            calls.push(client.send("prospect_add_note", about(&place, &note)));
        }
    }
    for (client, calls) in clients.iter().zip(calls) {
        client.connected();
        for call in calls {
            let ack = client.answer(call);
            assert_eq!(ack["success"], true, "{ack}");
        }
    }
    clients.iter().for_each(|client| {
        client.upgraded();
    });

    let mark = fence(&node, &place);
    let texts = |of: &Client| -> Vec<String> {
        let seen = of.events_until(|_, event| event["data"] == mark.as_str());
        let messages = seen.iter().filter(|(name, _)| name == MESSAGE);
        messages.map(|(_, event)| event["data"].as_str().expect("a text").to_owned()).collect()
    };
    let all = texts(&ana);
    assert_eq!(all.len(), 501, "every one arrived");
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 501, "and once");
    for (at, client) in clients.iter().enumerate() {
        let of_this = |text: &&String| text.starts_with(&format!("{at}:"));
        let wanted: Vec<_> = (0..50).map(|number| format!("{at}:{number}")).collect();
        let sent: Vec<_> = all.iter().filter(of_this).cloned().collect();
        assert_eq!(sent, wanted, "in the order it sent them");

        let seen = texts(client);
        assert!(all.ends_with(&seen), "from when it was connected: all, in the order of all");
        assert_eq!(seen.iter().filter(of_this).count(), 50, "its own among them");
    }
}

#[test]
fn a_binary_attachment_is_refused_and_nothing_after_it_is_misread() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");
    let place = conversation(&node, &ana, "carl", &[]);
    for transports in [&["websocket"][..], POLLING, UPGRADING] {
        let client = open(&node, "ana", transports, json!({}));
        client.connected();
        for _ in 0..3 {
            let note = about(&place, &json!({ "data": "with a picture" }));
            let ack = client.ask_with_buffer("prospect_add_note", note);
            expect_error(&ack, 400, "VALIDATION_ERROR");
            expect_error(&client.ask_with_buffer("join", json!({})), 400, "VALIDATION_ERROR");
            assert_eq!(client.ask("join", json!({}))["success"], true);
        }
        let mark = fence(&node, &place);
        let seen = client.events_until(|_, event| event["data"] == mark.as_str());
        assert_eq!(seen.len(), 1, "nothing was written: {seen:?}");
    }
}

#[test]
fn compression_is_offered_by_the_client_and_left_alone_by_the_server() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let deflate = json!({ "perMessageDeflate": { "threshold": 1 } });

    let ana = open(&node, "ana", &["websocket"], deflate.clone());
    assert_eq!(ana.connected()["extensions"], "", "nothing was agreed on");
    let upgrading = open(&node, "ana", UPGRADING, deflate);
    upgrading.connected();
    upgrading.upgraded();

    let place = conversation(&node, &ana, "carl", &[]);
    let long = json!({ "data": "long enough to be worth it ".repeat(500) });
    for client in [&ana, &upgrading] {
        assert_eq!(client.ask("prospect_add_note", about(&place, &long))["success"], true);
    }
    for client in [&ana, &upgrading] {
        assert_eq!(client.event(MESSAGE)["data"], long["data"]);
    }
}

#[test]
fn a_line_that_is_lost_is_recovered_by_polling_and_while_upgrading() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let ben = Client::of(&node, "ben");
    let place = conversation(&node, &ben, "carl", &["ana"]);
    for transports in [POLLING, UPGRADING] {
        let ana = open(&node, "ana", transports, json!({ "reconnection": false }));
        let mut was = ana.connected();
        for round in 0..3 {
            ana.cut();
            let missed = [fence(&node, &place), fence(&node, &place)];
            ana.reopen();

            let is = ana.connected();
            assert_eq!((&is["recovered"], &is["pid"]), (&json!(true), &was["pid"]), "{round}");
            assert_ne!(is["connection"], was["connection"]);
            let last = fence(&node, &place);
            let seen = ana.events_until(|_, event| event["data"] == last.as_str());
            let texts: Vec<_> = seen.iter().map(|(_, event)| event["data"].clone()).collect();
            assert_eq!(texts, [json!(missed[0]), json!(missed[1]), json!(last)]);
            was = is;
        }
    }
}

#[test]
fn a_client_that_polls_comes_back_by_itself_after_a_kill_of_the_server() {
    let mut node = TestNode::start();
    office(&node, &["ana"]);
    let ana = open(&node, "ana", POLLING, json!({}));
    ana.connected();
    let place = conversation(&node, &ana, "carl", &[]);
    let before = fence(&node, &place);
    ana.event_where(MESSAGE, |event| event["data"] == before.as_str());

    node.kill();
    ana.disconnected();
    node.resume();
    let missed = fence(&node, &place);

    // It may come back before or after what it was not there for.
    while ana.connected()["recovered"] != true {}
    assert_eq!(ana.event(MESSAGE)["data"], missed.as_str());
    assert_eq!(ana.ask("join", json!({}))["success"], true);
}

fn open(node: &TestNode, user: &str, transports: &[&str], more: Value) -> Client {
    let mut options = json!({ "auth": { "token": token::of(user) }, "transports": transports });
    for (key, value) in more.as_object().expect("options") {
        options[key] = value.clone();
    }
    Client::open(node, client::NAMESPACE, options)
}
