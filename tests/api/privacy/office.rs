//! A server for many questions, and the few orders that these tests give it.
use serde_json::{Value, json};

use crate::support::people::CHANNEL;
use crate::support::{Client, Request, TestNode, client, token};

/// Whoever asks everything asks more than a person could.
const QUESTIONS: [(&str, &str); 2] =
    [("limits.socket_events_per_second", "1000000"), ("limits.socket_event_burst", "1000000")];

pub fn start() -> TestNode {
    start_with(&[])
}

pub fn start_with(settings: &[(&str, &str)]) -> TestNode {
    TestNode::with(&[&QUESTIONS, settings].concat())
}

/// A client that, once cut off, stays away until it is told to come back.
pub fn patient(node: &TestNode, user: &str) -> Client {
    let options = json!({ "auth": { "token": token::of(user) }, "reconnection": false });
    let client = Client::open(node, client::NAMESPACE, options);
    client.connected();
    client
}

/// Everything that was under way to this client has arrived when this returns.
pub fn settle(of: &Client) {
    assert_eq!(of.ask_with("join", json!([]))["success"], true);
}

pub fn note(place: &str, text: &str, uuid: &str, mentions: &[&str]) -> Value {
    json!({
        "conversation_id": place, "channel_id": CHANNEL, "data": text, "UUID": uuid,
        "mentions": mentions, "attachments": [{ "name": text }],
    })
}

/// A message that is not from the contact, as an outside service writes it.
pub fn written(kind: &str, by: &str, contact: &str, place: &str, text: &str) -> Value {
    json!({
        "type": kind, "data": text, "contact_id": contact, "sent_by": by,
        "conversation_id": [place],
    })
}

pub fn remove(node: &TestNode, place: &str, user: &str) -> u16 {
    let path = format!("/v1/conversations/prospect/{place}/participants/{user}");
    node.send(&Request::new("DELETE", &path).key()).status
}

/// Announces a conversation to its participants as if it were new: a mark in what they hear.
pub fn mark(node: &TestNode, place: &str) {
    let path = format!("/conversations/prospect/emit/conversation/{place}/new");
    assert_eq!(node.send(&Request::get(&path).key()).status, 200);
}
