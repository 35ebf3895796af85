//! A team with its token, and prospects of a platform.
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::people::{ACCOUNT, put};
use crate::support::{Request, Response, TestNode, token};

/// Whoever asks everything asks more than a client may.
pub const PATIENT: [(&str, &str); 3] = [
    ("limits.inbox_per_minute", "1000000"),
    ("limits.inbox_per_hour", "1000000"),
    ("limits.inbox_per_day", "1000000"),
];

pub fn start() -> TestNode {
    TestNode::with(&PATIENT)
}

/// A token of the team that may do anything here.
pub fn team_token() -> String {
    token_of(ACCOUNT, "inbox.read inbox.write")
}

pub fn token_of(account: &str, scope: &str) -> String {
    let mut claims = token::claims("nobody");
    claims.as_object_mut().expect("claims").remove("sub");
    (claims["account_id"], claims["scope"]) = (json!(account), json!(scope));
    token::sign(&claims)
}

/// As the team.
pub fn ask(node: &TestNode, method: &str, path: &str, body: Option<&Value>) -> Response {
    let request = Request::new(method, &format!("/api/v1{path}"));
    let request = request.header("authorization", &format!("Bearer {}", team_token()));
    let request = match body {
        Some(body) => request.json(body),
        None => request,
    };
    node.send(&request)
}

/// The answer of a GET that has to be one.
pub fn get(node: &TestNode, path: &str) -> Value {
    let answer = ask(node, "GET", path, None);
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

/// The answer of anything else that has to succeed.
pub fn does(node: &TestNode, method: &str, path: &str, body: &Value) -> Value {
    let answer = ask(node, method, path, Some(body));
    assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text());
    answer.json()
}

/// `(status, code)` of what has to fail, having seen that it fails in the one form there is.
pub fn refused(answer: &Response) -> (u16, String) {
    let body = answer.json();
    let error = body["error"].as_object().unwrap_or_else(|| panic!("no error: {body}"));
    assert_eq!(body.as_object().map(serde_json::Map::len), Some(1), "{body}");
    assert_eq!(error.len(), 3, "{body}");
    assert_eq!(error["status"], answer.status, "{body}");
    assert!(error["message"].as_str().is_some_and(|text| !text.is_empty()), "{body}");
    (answer.status, error["code"].as_str().expect("a code").to_owned())
}

pub fn fails(node: &TestNode, method: &str, path: &str, body: Option<&Value>) -> (u16, String) {
    refused(&ask(node, method, path, body))
}

/// A contact whom a platform knows by this id.
pub fn prospect(node: &TestNode, id: &str, platform_id: &str) {
    let body = json!({
        "account_id": ACCOUNT, "name": "John Doe", "platformId": platform_id, "platform": "x",
        "platformUsername": "johndoe", "verified": false, "followersCount": 5420,
        "followingCount": 892, "description": "Software Engineer | Building cool stuff",
    });
    put(node, &format!("/v1/contacts/{id}"), &body);
}

pub fn patch(node: &TestNode, id: &str, context: &Value) -> Value {
    does(node, "PATCH", &format!("/prospects/{id}/context"), context)["prospect"].clone()
}

/// Takes documents in beside the server, which is stopped for it.
pub fn import(node: &mut TestNode, collection: &str, documents: &[Value]) {
    node.kill();
    let folder = tempfile::tempdir().expect("a folder");
    let path: PathBuf = folder.path().join("documents.json");
    let lines: String = documents.iter().map(|document| format!("{document}\n")).collect();
    std::fs::write(&path, lines).expect("it is written");
    node.run(&["import", "--collection", collection, path.to_str().expect("text")]);
    node.resume();
}

pub fn tag(node: &TestNode, name: &str) -> String {
    let made = does(node, "POST", "/tags", &json!({ "name": name, "color": "#4F46E5" }));
    made["tag"]["id"].as_str().expect("an id").to_owned()
}

pub fn status(node: &TestNode, name: &str) -> String {
    let made = does(node, "POST", "/statuses", &json!({ "name": name, "color": "#0EA5E9" }));
    made["status"]["id"].as_str().expect("an id").to_owned()
}

/// One field of every entry of a list.
pub fn each<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    let list = list.as_array().unwrap_or_else(|| panic!("no list: {list}"));
    list.iter().map(|entry| entry[field].as_str().expect("a text")).collect()
}
