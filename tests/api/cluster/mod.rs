//! Several nodes as one: real processes on one MongoDB and one NATS server.
mod checker;
mod faults;
mod leaving;
mod together;

use serde_json::{Value, json};

use crate::support::client::NAMESPACE;
use crate::support::people::office;
use crate::support::twilio::Sms;
use crate::support::{Client, TestCluster, TestNode, Way, token};

const CARL: &str = "+12025550143";

/// Nodes, and an office that every one of them knows.
fn offices(count: usize, users: &[&str]) -> Option<TestCluster> {
    let cluster = TestCluster::of(count)?;
    office(cluster.node(0), users);
    Some(cluster)
}

/// Somebody who comes by way of a balancer, and stays away once cut off until told to come back.
fn patient(balancer: &Way, user: &str) -> Client {
    let url = format!("http://{}", balancer.address);
    let options = json!({ "auth": { "token": token::of(user) }, "reconnection": false });
    let client = Client::open_at(&url, NAMESPACE, options);
    client.connected();
    client
}

/// The same, who comes back at once.
fn eager(balancer: &Way, user: &str) -> Client {
    let url = format!("http://{}", balancer.address);
    let options = json!({ "auth": { "token": token::of(user) } });
    let client = Client::open_at(&url, NAMESPACE, options);
    client.connected();
    client
}

fn write(node: &TestNode, number: u32, text: &str) {
    Sms::new(number, CARL, text).deliver(node);
}

fn text(message: &Value) -> String {
    message["data"].as_str().expect("a text").to_owned()
}

/// The texts of messages up to one, each as often as it came.
fn texts_until(client: &Client, last: &str) -> Vec<String> {
    let events =
        client.events_until(|name, event| name == "prospect_message" && event["data"] == last);
    events
        .iter()
        .filter(|(name, _)| name == "prospect_message")
        .map(|(_, event)| text(event))
        .collect()
}

/// The texts of the next so many messages.
fn next_texts(client: &Client, count: usize) -> Vec<String> {
    (0..count).map(|_| text(&client.event("prospect_message"))).collect()
}

/// Numbers as texts, in their order.
fn in_order(mut texts: Vec<String>) -> Vec<String> {
    texts.sort_by_key(|text| text.parse::<u32>().expect("a number"));
    texts
}

/// The same, each once, where it came first.
fn first_seen(mut texts: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    texts.retain(|text| seen.insert(text.clone()));
    texts
}

fn numbered(range: std::ops::RangeInclusive<u32>) -> Vec<String> {
    range.map(|n| n.to_string()).collect()
}
