//! An office to test in: one account, one SMS number, and whoever works there.
use serde_json::{Value, json};

use super::{Client, Request, TestNode, wait};

pub const ACCOUNT: &str = "acme";
/// The channel of [`office`], and its number.
pub const CHANNEL: &str = "acme-sms";
pub const NUMBER: &str = "+12025550100";

/// An account with these users, all of them members of its SMS channel.
pub fn office(node: &TestNode, users: &[&str]) {
    put(node, &format!("/v1/accounts/{ACCOUNT}"), &json!({ "name": "Acme" }));
    for id in users {
        user(node, id);
    }
    channel(node, CHANNEL, NUMBER, users);
}

pub fn user(node: &TestNode, id: &str) {
    let body = json!({
        "account_id": ACCOUNT, "name": id, "email": format!("{id}@example.com"),
    });
    put(node, &format!("/v1/users/{id}"), &body);
}

pub fn channel(node: &TestNode, id: &str, number: &str, members: &[&str]) {
    let body = json!({
        "account_id": ACCOUNT, "kind": "SMS", "name": id, "address": number,
        "member_ids": members,
    });
    put(node, &format!("/v1/channels/{id}"), &body);
}

pub fn contact(node: &TestNode, id: &str, phone: &str) {
    let body = json!({ "account_id": ACCOUNT, "name": id, "phone": phone });
    put(node, &format!("/v1/contacts/{id}"), &body);
}

/// A conversation of the contact with this user and others; gives its id.
pub fn conversation(node: &TestNode, by: &Client, contact_id: &str, others: &[&str]) -> String {
    let digits = contact_id.bytes().fold(0, |sum: u32, byte| (sum * 31 + u32::from(byte)) % 10_000);
    contact(node, contact_id, &format!("+1202555{digits:04}"));
    let ask = json!({ "contact_id": contact_id, "channel_id": CHANNEL, "users": others });
    let ack = by.ask("prospect_add_conversation", ask);
    assert_eq!(ack["success"], true, "{ack}");
    let heard = by.event_where("prospect_add_conversation", |conversation| {
        conversation["contact_id"]["_id"] == contact_id
    });
    heard["_id"].as_str().expect("an id").to_owned()
}

/// Writes a communication as an outside service would; it is not shown until it is emitted.
pub fn communication(node: &TestNode, id: &str, body: &Value) {
    put(node, &format!("/v1/communications/{id}"), body);
}

/// A message from a contact, for [`communication`].
pub fn incoming(contact: &str, conversation: &str, text: &str) -> Value {
    json!({
        "type": "INCOMING", "data": text, "contact_id": contact, "sent_by": contact,
        "channel_id": CHANNEL, "conversation_id": [conversation],
    })
}

pub fn emit_message(node: &TestNode, id: &str) {
    let answer =
        node.send(&Request::get(&format!("/conversations/prospect/emit/message/{id}")).key());
    assert_eq!((answer.status, answer.json()["success"].clone()), (200, json!(true)));
}

pub fn emit_conversation(node: &TestNode, id: &str) {
    let path = format!("/conversations/prospect/emit/conversation/{id}/existing");
    let answer = node.send(&Request::get(&path).key());
    assert_eq!((answer.status, answer.json()["success"].clone()), (200, json!(true)));
}

/// Upserts, and gives the document that is stored now.
pub fn put(node: &TestNode, path: &str, body: &Value) -> Value {
    // A store that is busy says so, and whoever puts something tries again.
    let answer = wait::until("the store to take it", || {
        let answer = node.send(&Request::put(path, body).key());
        (answer.status != 503).then_some(answer)
    });
    assert_eq!(answer.status, 200, "PUT {path}: {}", answer.text());
    answer.json()
}
