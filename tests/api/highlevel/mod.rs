//! The Conversations API of HighLevel: its own npm client points here, and every answer fits the
//! published description.
mod access;
mod conversations;
mod live;
mod messages;
mod paging;
mod published;

use serde_json::{Value, json};

use crate::support::highlevel::Sdk;
use crate::support::people::{ACCOUNT, CHANNEL, contact, office};
use crate::support::{Request, TestNode};
use published::fits;

/// An office with these users, and a client of its account.
fn begin(users: &[&str]) -> (TestNode, Sdk) {
    let node = TestNode::start();
    office(&node, users);
    let sdk = Sdk::of(&node);
    (node, sdk)
}

/// Begins the conversation with a contact that is made for it; gives its id.
fn create(node: &TestNode, sdk: &mut Sdk, contact_id: &str) -> String {
    let digits = contact_id.bytes().fold(0, |sum: u32, byte| (sum * 31 + u32::from(byte)) % 10_000);
    contact(node, contact_id, &format!("+1202555{digits:04}"));
    let body = json!({ "locationId": ACCOUNT, "contactId": contact_id });
    let answer = sdk.call("createConversation", json!([body]));
    fits(&answer, "CreateConversationSuccessResponse");
    answer["conversation"]["id"].as_str().expect("an id").to_owned()
}

/// A search with these parameters besides the location.
fn search(sdk: &mut Sdk, mut more: Value) -> Value {
    more["locationId"] = json!(ACCOUNT);
    let answer = sdk.call("searchConversation", json!([more]));
    fits(&answer, "SendConversationResponseDto");
    answer
}

/// The ids of a search's rows.
fn found(sdk: &mut Sdk, more: Value) -> Vec<String> {
    ids(&search(sdk, more))
}

fn ids(answer: &Value) -> Vec<String> {
    let rows = answer["conversations"].as_array().expect("rows");
    rows.iter().map(|row| row["id"].as_str().expect("an id").to_owned()).collect()
}

/// The contact writes, as another service tells us; gives the message's id.
fn inbound(sdk: &mut Sdk, conversation: &str, text: &str) -> String {
    let body = json!({ "type": "SMS", "conversationId": conversation, "message": text });
    let answer = sdk.call("addAnInboundMessage", json!([body]));
    fits(&answer, "ProcessMessageResponseDto");
    answer["messageId"].as_str().expect("an id").to_owned()
}

/// A raw call with every scope, of the version that is published.
fn call(method: &str, target: &str) -> Request {
    let token = crate::support::highlevel::team_token(ACCOUNT, &crate::support::highlevel::SCOPES);
    Request::new(method, target)
        .header("authorization", &format!("Bearer {token}"))
        .header("version", "2021-04-15")
}

fn channel_of_mail(node: &TestNode, id: &str, address: &str, members: &[&str]) {
    let body = json!({
        "account_id": ACCOUNT, "kind": "EMAIL", "name": "Mail", "address": address,
        "member_ids": members,
    });
    crate::support::people::put(node, &format!("/v1/channels/{id}"), &body);
    assert_ne!(id, CHANNEL);
}
