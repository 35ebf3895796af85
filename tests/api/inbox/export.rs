use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::office::*;
use crate::support::people::{ACCOUNT, CHANNEL, office};
use crate::support::{Client, Request, TestNode};

const HEADER: &str = "prospectId,platformId,username,name,followers,verified,tags,status,notes";

fn exported(node: &TestNode, query: &str) -> String {
    let answer = ask(node, "GET", &format!("/prospects/export{query}"), None);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text().to_owned()
}

fn ids(lines: &str) -> Vec<String> {
    let read = |line: &str| serde_json::from_str::<Value>(line).expect("a row");
    lines.lines().map(|line| read(line)["prospectId"].as_str().expect("an id").into()).collect()
}

#[test]
fn every_prospect_is_exported_once_however_many_pages_it_takes() {
    let mut node = start();
    office(&node, &["ana"]);
    let many: Vec<_> = (0..1_203)
        .map(|number| {
            json!({ "_id": format!("c{number:04}"), "account_id": ACCOUNT,
                              "platformId": number.to_string(), "name": "Same Name" })
        })
        .collect();
    let theirs = json!({ "_id": "theirs", "account_id": "other", "platformId": "7" });
    import(&mut node, "contacts", &[many, vec![theirs]].concat());

    let csv = exported(&node, "");
    let lines = exported(&node, "?format=jsonl");

    let mut rows = csv.split("\r\n");
    assert_eq!(rows.next(), Some(HEADER));
    let first: Vec<_> = rows.filter_map(|row| row.split(',').next()).collect();
    let expected: Vec<_> = (0..1_203).map(|number| format!("c{number:04}")).collect();
    assert_eq!(first, [&expected[..], &[String::new()]].concat(), "and a last line break");
    assert_eq!(ids(&lines), expected);
    assert_eq!(exported(&node, "?filter[tagIds][]=none&format=jsonl"), "");
    assert_eq!(exported(&node, "?filter[tagIds][]=none"), format!("{HEADER}\r\n"));
}

#[test]
fn a_cell_is_never_a_formula_and_a_note_is_in_none() {
    let node = start();
    office(&node, &["ana", "ben"]);
    let ana = Client::of(&node, "ana");
    prospect(&node, "joe", "1");
    let hot = tag(&node, "=Hot");
    let new = status(&node, "New, warm");
    let notes = "=HYPERLINK(\"http://x\")\nsecond line";
    let context = json!({ "notes": notes, "addTags": [hot], "statusId": new });
    patch(&node, "joe", &context);
    prospect(&node, "jane", "2");
    let letter = json!({ "prospectId": "joe", "accountLinkId": CHANNEL, "content": "hello" });
    let thread = does(&node, "POST", "/threads/messages", &letter)["thread"]["id"].clone();
    let note = json!({ "conversation_id": thread, "data": "hush-hush", "mentions": ["ben"] });
    assert_eq!(ana.ask("prospect_add_note", note)["success"], true);

    let csv = exported(&node, &format!("?filter[statusIds][0]={new}"));
    assert!(csv.contains("joe,1,johndoe,John Doe,5420,false,'=Hot,\"New, warm\",\"'=HYPERLINK(\"\"http://x\"\")\nsecond line\"\r\n"), "{csv}");
    let lines = exported(&node, &format!("?format=jsonl&filter[tagIds][0]={hot}"));
    assert_eq!(ids(&lines), ["joe"]);
    let row: Value = serde_json::from_str(&lines).expect("one row");
    assert_eq!((&row["notes"], &row["tags"]), (&json!(notes), &json!("=Hot")), "as it is");
    assert!(!csv.contains("hush") && !lines.contains("hush"));
}

#[test]
fn an_export_is_the_teams_and_says_what_it_cannot_do() {
    let node = start();
    office(&node, &["ana"]);
    prospect(&node, "joe", "1");
    let other = format!("Bearer {}", token_of("other", "inbox.read"));
    let theirs = Request::get("/api/v1/prospects/export").header("authorization", &other);
    assert_eq!(node.send(&theirs).text(), format!("{HEADER}\r\n"));
    let answer = ask(&node, "GET", "/prospects/export", None);
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(
        answer.header("content-disposition"),
        Some("attachment; filename=\"prospects.csv\"")
    );
    for wrong in ["format=xml", "limit=5", "filter[tags]=x"] {
        let refused = fails(&node, "GET", &format!("/prospects/export?{wrong}"), None);
        assert_eq!(refused, (400, "VALIDATION_ERROR".into()), "{wrong}");
    }
    let unscoped = format!("Bearer {}", token_of(ACCOUNT, "inbox.write"));
    let unscoped = Request::get("/api/v1/prospects/export").header("authorization", &unscoped);
    assert_eq!(refused(&node.send(&unscoped)), (403, "FORBIDDEN".into()));
    assert_eq!(BTreeSet::from_iter(ids(&exported(&node, "?format=jsonl"))).len(), 1);
}
