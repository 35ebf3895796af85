use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{begin, call, create, ids, search};
use crate::support::highlevel::Sdk;
use crate::support::people::{ACCOUNT, CHANNEL, contact};
use crate::support::{Client, TestNode};

/// Every id in the order of the pages; each page but the last has just as many as asked for.
fn paged(
    sdk: &mut Sdk,
    limit: usize,
    more: &Value,
    cursor: impl Fn(&Value) -> Value,
) -> Vec<String> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let mut ask = more.clone();
        ask["limit"] = json!(limit);
        if let Some(after) = after.take() {
            ask["startAfterDate"] = after;
        }
        let page = search(sdk, ask);
        let rows = page["conversations"].as_array().expect("rows");
        assert!(rows.len() <= limit);
        all.extend(ids(&page));
        match rows.last() {
            Some(last) if rows.len() == limit => after = Some(cursor(last)),
            _ => return all,
        }
    }
}

#[test]
fn pages_hold_every_row_once_by_number_by_array_and_by_date_field_though_all_have_one_instant() {
    let mut node = TestNode::start();
    crate::support::people::office(&node, &["ana"]);
    for at in 0..57 {
        contact(&node, &format!("contact-{at}"), &format!("+1202556{at:04}"));
    }
    node.kill();
    imported(&node, 57);
    node.resume();
    let mut sdk = Sdk::of(&node);

    let by_number = |row: &Value| row["sort"][0].clone();
    let by_array = |row: &Value| row["sort"].clone();
    let by_date = |row: &Value| row["lastMessageDate"].clone();
    for sort in ["desc", "asc"] {
        let more = json!({ "sort": sort });
        let whole = paged(&mut sdk, 100, &more, by_number);
        assert_eq!(whole.iter().collect::<BTreeSet<_>>().len(), 57);
        for limit in [1, 10, 19] {
            assert_eq!(paged(&mut sdk, limit, &more, by_number), whole, "{sort} {limit}");
            assert_eq!(paged(&mut sdk, limit, &more, by_array), whole, "{sort} {limit}");
            assert_eq!(paged(&mut sdk, limit, &more, by_date), whole, "{sort} {limit}");
        }
    }
    assert_eq!(search(&mut sdk, json!({ "limit": 5 }))["total"], 57);
}

/// So many conversations of one instant, as an import brings them.
fn imported(node: &TestNode, many: usize) {
    let mut lines = String::new();
    for at in 0..many {
        let line = json!({
            "_id": format!("conversation-{at:03}"), "account_id": ACCOUNT, "channel_id": CHANNEL,
            "contact_id": format!("contact-{at}"), "users": ["ana"],
            "createdAt": "2026-01-31T09:30:00.000Z",
        });
        lines.push_str(&format!("{line}\n"));
    }
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), lines).expect("written");
    node.run(&[
        "import",
        "--collection",
        "conversationprospects",
        &file.path().display().to_string(),
    ]);
}

#[test]
fn the_total_stays_from_page_to_page_and_the_second_page_begins_behind_the_first() {
    let (node, mut sdk) = begin(&["ana"]);
    let made: Vec<_> = ["a", "b", "c"].map(|name| create(&node, &mut sdk, name)).into();

    let first = search(&mut sdk, json!({ "limit": 2 }));
    let row = &first["conversations"][1];
    let second = search(&mut sdk, json!({ "limit": 2, "startAfterDate": row["lastMessageDate"] }));

    assert_eq!((&first["total"], &second["total"]), (&json!(3), &json!(3)));
    let newest: Vec<_> = made.iter().rev().cloned().collect();
    assert_eq!([ids(&first), ids(&second)].concat(), newest);
    assert_eq!(row["sort"][0], row["lastMessageDate"]);
}

#[test]
fn every_wire_form_of_a_cursor_means_the_same() {
    let (node, mut sdk) = begin(&["ana"]);
    let ids: Vec<_> = ["a", "b"].map(|name| create(&node, &mut sdk, name)).into();
    let rows = search(&mut sdk, json!({}));
    let at = rows["conversations"][0]["sort"][0].as_u64().expect("whole milliseconds");
    let date = chrono::DateTime::from_timestamp_millis(i64::try_from(at).expect("small"));
    let date = date.expect("in range").to_rfc3339_opts(chrono::SecondsFormat::Millis, true);

    for form in [
        format!("startAfterDate={at}"),
        format!("startAfterDate={at}.0"),
        format!("startAfterDate[]={at}"),
        format!("startAfterDate%5B%5D={at}&startAfterDate%5B%5D={}", ids[1]),
        format!("startAfterDate={at}&startAfterDate={}", ids[1]),
        format!("startAfterDate%5BstartAfterDate%5D={at}"),
        format!("startAfterDate={date}"),
    ] {
        let target = format!("/conversations/search?locationId={ACCOUNT}&limit=20.0&{form}");
        let answer = node.send(&call("GET", &target));
        assert_eq!(answer.status, 200, "{form}: {}", answer.text());
        assert_eq!(super::ids(&answer.json()), [ids[0].clone()], "{form}");
    }
}

#[test]
fn a_note_moves_no_row_of_a_search_and_changes_no_byte_of_it() {
    let (node, mut sdk) = begin(&["ana", "ben"]);
    let (first, _) = (create(&node, &mut sdk, "a"), create(&node, &mut sdk, "b"));
    let ana = Client::of(&node, "ana");
    let before = search(&mut sdk, json!({}));

    let note = json!({ "conversation_id": first, "data": "hidden", "mentions": ["ben"] });
    assert_eq!(ana.ask("prospect_add_note", note)["success"], true);

    assert_eq!(search(&mut sdk, json!({})), before);
}
