//! `switchboard trace`: what happened to one message, hop by hop, and never what it says.
use serde_json::json;

use crate::support::people::{communication, conversation, emit_message, incoming, office};
use crate::support::twilio::Sms;
use crate::support::{Client, TestNode, client, token, wait};

const CONTACT: &str = "+12025550143";
const SECRET: &str = "what nobody but us should read";

/// The lines of a trace, once all of these are in it.
fn trace(node: &TestNode, message: &str, wanted: &[&str]) -> Vec<String> {
    wait::until(&format!("{wanted:?} in the trace"), || {
        let trace = node.run(&["trace", message]);
        assert!(!trace.contains(SECRET) && !trace.contains(CONTACT), "{trace}");
        let has = |word: &&str| trace.lines().any(|line| line.contains(*word));
        wanted.iter().all(has).then(|| trace.lines().map(str::to_owned).collect())
    })
}

#[test]
fn a_trace_shows_every_hop_from_the_webhook_to_the_sockets_and_the_pushes() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let (ana, phone) = (Client::of(&node, "ana"), Client::of(&node, "ana"));
    let sms = Sms::new(1, CONTACT, SECRET);

    sms.deliver(&node);
    sms.deliver(&node);

    let message = ana.event("prospect_message");
    phone.event("prospect_message");
    let id = message["_id"].as_str().expect("an id");
    let lines = trace(&node, id, &["again=true", "reason=no_device", "announced"]);
    let text = lines.join("\n");
    assert!(lines[0].starts_with(&format!("message={id} type=INCOMING")), "{text}");
    let hop = |name: &str| {
        let found = lines.iter().position(|line| line.split("  ").nth(1) == Some(name));
        found.unwrap_or_else(|| panic!("no {name}:\n{text}"))
    };
    assert!(lines[hop("kept")].contains("source=twilio_sms intake=1"), "{text}");
    assert!(lines[hop("delivered")].contains("again=false"), "{text}");
    assert!(lines[hop("stored")].contains("seq=1"), "{text}");
    assert!(lines[hop("announced")].contains("sessions=ana:2"), "{text}");
    assert!(text.contains("user=ana state=skipped reason=connected"), "{text}");
    assert!(text.contains("user=ben state=skipped reason=no_device"), "{text}");
}

#[test]
fn a_trace_shows_who_was_told_later_and_what_was_shown_again() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let ana = Client::of(&node, "ana");
    let options = json!({ "auth": { "token": token::of("ben") }, "reconnection": false });
    let ben = Client::open(&node, client::NAMESPACE, options);
    ben.connected();
    let place = conversation(&node, &ana, "carl", &["ben"]);
    ben.cut();
    communication(&node, "m1", &incoming("carl", &place, SECRET));
    emit_message(&node, "m1");
    ben.reopen();
    ben.event_where("prospect_message", |message| message["_id"] == "m1");

    emit_message(&node, "m1");

    let lines = trace(&node, "m1", &["shown again", "replayed"]);
    let line = |name: &str| lines.iter().find(|line| line.contains(name)).expect("it is there");
    assert!(line("replayed").contains("user=ben"), "{lines:?}");
    assert!(line("shown again").contains("ana:1,ben:1"), "{lines:?}");
}

#[test]
fn a_node_that_takes_nothing_down_still_says_where_a_message_stands() {
    let node = TestNode::with(&[("trace.enabled", "false")]);
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");
    let place = conversation(&node, &ana, "carl", &[]);
    communication(&node, "m1", &incoming("carl", &place, SECRET));
    emit_message(&node, "m1");
    ana.event("prospect_message");

    let text = trace(&node, "m1", &["stored", "reason=connected"]).join("\n");

    assert!(!text.contains("announced"), "{text}");
}
