//! What members ask about a conversation, and what they may be told of it.
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::people::{ACCOUNT, CHANNEL, communication, emit_message};
use super::{Client, TestNode};

pub const ADD: &str = "prospect_add_conversation";
pub const MESSAGE: &str = "prospect_message";

/// A payload about one conversation: its id, and these fields.
pub fn about(place: &str, more: &Value) -> Value {
    let mut ask = json!({ "conversation_id": place });
    for (key, value) in more.as_object().expect("fields") {
        ask[key] = value.clone();
    }
    ask
}

/// Asks for a change and gives the conversation of its answer, having seen that the answer has
/// the form which all of them have.
pub fn change(by: &Client, event: &str, place: &str, more: Value) -> Value {
    let ack = by.ask(event, about(place, &more));
    let conversation = ack["data"]["conversation"].clone();
    assert!(conversation.is_object(), "{event}: {ack}");
    let whole = json!({
        "success": true, "message": "SUCCESS", "data": { "conversation": conversation },
    });
    assert_eq!(ack, whole);
    conversation
}

/// The next `prospect_add_conversation` about this conversation that says it is not new.
pub fn told(member: &Client, place: &str) -> Value {
    member.event_where(ADD, |event| event["_id"] == place && event["isNew"] == false)
}

/// Everything a member was told up to now that is not about the end of it: an automated message
/// is sent to mark that.
pub fn told_until_now(node: &TestNode, member: &Client, place: &str) -> Vec<(String, Value)> {
    let mark = fence(node, place);
    let mut seen =
        member.events_until(|name, event| name == MESSAGE && event["data"] == mark.as_str());
    seen.pop();
    seen
}

/// An automated message, which counts for nobody and wakes nobody; gives its text.
pub fn fence(node: &TestNode, place: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let id = format!("fence-{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let body = json!({
        "account_id": ACCOUNT, "type": "OUTGOING", "data": id, "conversation_id": [place],
    });
    communication(node, &id, &body);
    emit_message(node, &id);
    id
}

/// The ids of the first page of a member's list.
pub fn listed(by: &Client, filter: Option<&str>) -> Vec<String> {
    let mut ask = json!({ "channel_id": CHANNEL, "limit": 100 });
    if let Some(filter) = filter {
        ask["filter"] = json!(filter);
    }
    ids(&by.ask("prospect_list_conversation", ask)["conversation"])
}

pub fn get(by: &Client, place: &str) -> Value {
    change(by, "prospect_get_conversation_by_id", place, json!({}))
}

/// The ids of rows.
pub fn ids(rows: &Value) -> Vec<String> {
    let rows = rows.as_array().unwrap_or_else(|| panic!("no rows: {rows}"));
    rows.iter().map(|row| row["_id"].as_str().expect("an id").to_owned()).collect()
}

/// One field of every row, in order.
pub fn texts(rows: &Value, field: &str) -> Vec<String> {
    let rows = rows.as_array().unwrap_or_else(|| panic!("no rows: {rows}"));
    rows.iter().map(|row| row[field].as_str().expect("a text").to_owned()).collect()
}

/// Every row of a list, page by page, having seen that no page holds more than it may and that
/// only the last says it is the last.
pub fn all_pages(by: &Client, event: &str, key: &str, ask: &Value) -> Vec<Value> {
    let (mut rows, mut ask) = (Vec::new(), ask.clone());
    let limit = ask["limit"].as_u64().expect("a limit");
    // Far more pages than there are rows: a cursor that stands still is found.
    for _ in 0..1_000 {
        let page = by.ask(event, ask.clone());
        let part = page[key].as_array().unwrap_or_else(|| panic!("no page: {page}")).clone();
        assert!(part.len() as u64 <= limit, "more than asked for");
        rows.extend(part.iter().cloned());
        if page["paging"]["next"].is_null() {
            return rows;
        }
        assert_eq!(part.len() as u64, limit, "a page that is not the last is full");
        ask["next"] = page["paging"]["next"].clone();
    }
    panic!("the pages have no end");
}
