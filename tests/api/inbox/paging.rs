use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::office::*;
use crate::support::TestNode;
use crate::support::people::{CHANNEL, office};

const THREADS: usize = 230;

/// So many threads that began, and were last written in, at one of five instants.
fn many(node: &mut TestNode) -> BTreeSet<String> {
    office(node, &["ana"]);
    let at = |number: usize| format!("2026-01-0{}T09:30:00.000Z", 1 + number / 50);
    let contacts: Vec<_> = (0..THREADS)
        .map(|number| {
            json!({ "_id": format!("c{number:03}"), "account_id": "acme", "name": "Same Name",
                    "platformId": number.to_string(), "platformUsername": format!("@u{number}") })
        })
        .collect();
    let threads: Vec<_> = (0..THREADS)
        .map(|number| {
            json!({ "_id": format!("t{number:03}"), "account_id": "acme", "channel_id": CHANNEL,
                    "contact_id": format!("c{number:03}"), "users": ["ana"],
                    "createdAt": at(number), "updatedAt": at(number) })
        })
        .collect();
    let messages: Vec<_> = (0..THREADS)
        .map(|number| {
            json!({ "_id": format!("m{number:03}"), "type": "INCOMING", "data": "hello",
                    "contact_id": format!("c{number:03}"), "sent_by": format!("c{number:03}"),
                    "channel_id": CHANNEL, "conversation_id": [format!("t{number:03}")],
                    "createdAt": at(number) })
        })
        .collect();
    import(node, "contacts", &contacts);
    import(node, "conversationprospects", &threads);
    import(node, "communications", &messages);
    (0..THREADS).map(|number| format!("t{number:03}")).collect()
}

/// The loop of the guide; `meanwhile` happens after each page.
fn export(
    node: &TestNode,
    query: &str,
    limit: usize,
    mut meanwhile: impl FnMut(usize),
) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    for page_number in 0.. {
        let page = get(node, &format!("/threads?limit={limit}&{query}{cursor}"));
        let some = page["threads"].as_array().expect("threads");
        assert!(some.len() <= limit);
        all.extend(some.iter().cloned());
        let next = &page["nextCursor"];
        if next.is_null() {
            break;
        }
        assert_eq!(some.len(), limit, "a page that is not the last is full");
        cursor = format!(
            "&cursor%5Bid%5D={}&cursor%5Btimestamp%5D={}",
            next["id"].as_str().expect("an id"),
            next["timestamp"].as_str().expect("an instant"),
        );
        meanwhile(page_number);
    }
    all
}

fn ids(threads: &[Value]) -> Vec<String> {
    threads.iter().map(|thread| thread["id"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn an_export_over_threads_of_equal_instants_holds_each_once() {
    let mut node = start();
    let expected = many(&mut node);

    for (query, limit) in
        [("", 100), ("", 7), ("", 1), ("sort=createdAt", 100), ("sort=createdAt", 7)]
    {
        let all = ids(&export(&node, query, limit, |_| {}));
        assert_eq!(all.len(), THREADS, "{query} {limit}");
        assert_eq!(all.iter().cloned().collect::<BTreeSet<_>>(), expected, "{query} {limit}");
    }
    let usual = ids(&export(&node, "", 50, |_| {}));
    assert_eq!(ids(&export(&node, "", 7, |_| {})), usual, "one order at every size");
    let default = get(&node, "/threads");
    assert_eq!(each(&default["threads"], "id"), usual[..50]);
    assert_eq!(get(&node, "/threads?limit=1000")["threads"].as_array().map(Vec::len), Some(100));
    let exactly = get(&node, "/threads?limit=100&filter[noTags]=true&accountLinkId=acme-sms");
    assert_eq!(exactly["threads"].as_array().map(Vec::len), Some(100));
}

#[test]
fn a_cursor_goes_on_although_its_thread_moved_and_sorted_by_beginning_nothing_is_missed() {
    let mut node = start();
    let expected = many(&mut node);
    let wakes = |page: usize| {
        // The one that would have come last by now is written in.
        let body = json!({ "content": "news" });
        let path = format!("/threads/t{:03}/messages", THREADS - 1 - page);
        does(&node, "POST", &path, &body);
    };

    let by_beginning = ids(&export(&node, "sort=createdAt", 50, wakes));

    assert_eq!(by_beginning.len(), THREADS);
    assert_eq!(by_beginning.into_iter().collect::<BTreeSet<_>>(), expected);
    let first = get(&node, "/threads?limit=10");
    let (next, last) = (&first["nextCursor"], &first["threads"][9]);
    let cursor = format!(
        "cursorId={}&cursorTimestamp={}",
        next["id"].as_str().expect("an id"),
        next["timestamp"].as_str().expect("an instant")
    );
    let before = get(&node, &format!("/threads?limit=10&{cursor}"));
    let path = format!("/threads/{}/messages", last["id"].as_str().expect("an id"));
    does(&node, "POST", &path, &json!({ "content": "moved up" }));
    assert_eq!(get(&node, &format!("/threads?limit=10&{cursor}")), before);
    for half in ["cursorId=t001", "cursor[timestamp]=2026-01-01T09:30:00.000Z"] {
        assert_eq!(fails(&node, "GET", &format!("/threads?{half}"), None).0, 400, "{half}");
    }
}
