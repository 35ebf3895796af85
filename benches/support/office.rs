//! Who works in the measurements.
use serde_json::json;

use super::node::Node;

pub const ACCOUNT: &str = "acme";

pub fn user(index: usize) -> String {
    format!("user-{index:05}")
}

pub fn channel(index: usize) -> String {
    format!("channel-{index:03}")
}

/// The number of a channel.
pub fn number(channel: usize) -> String {
    format!("+1202555{channel:04}")
}

/// So many channels, each with so many members: users `0..channels * members`, in their order.
pub fn open(node: &Node, channels: usize, members: usize) {
    node.put(&format!("/v1/accounts/{ACCOUNT}"), &json!({ "name": "Acme" }));
    for at in 0..channels {
        let members: Vec<_> = (at * members..(at + 1) * members).map(user).collect();
        for id in &members {
            let body = json!({
                "account_id": ACCOUNT, "name": id, "email": format!("{id}@example.com"),
            });
            node.put(&format!("/v1/users/{id}"), &body);
        }
        let body = json!({
            "account_id": ACCOUNT, "kind": "SMS", "name": "SMS", "address": number(at),
            "member_ids": members,
        });
        node.put(&format!("/v1/channels/{}", channel(at)), &body);
    }
}
