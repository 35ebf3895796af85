//! Outside services send users events of names that only those two know.
use serde_json::{Value, json};

use crate::support::http::API_KEY;
use crate::support::people::office;
use crate::support::{Client, Request, Response, TestNode, token};

const SHARED: &str = "/v1/shared";

#[test]
fn an_event_reaches_every_device_of_its_user_in_shared_and_nothing_else() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let (phone, laptop) = (shared(&node, "ana"), shared(&node, "ana"));
    let others = [
        shared(&node, "ben"),
        Client::of(&node, "ana"),
        open(&node, "/v1/conversation/live", "ana"),
        open(&node, "/v1/lead-finder", "ana"),
    ];
    let body = json!({ "title": "New Lead", "data": { "lead_id": "l1" } });

    let answer = emit(&node, "ana/notification", &body);

    assert_eq!(answer.status, 200);
    assert_eq!(answer.json(), json!({ "success": true, "message": "SUCCESS" }));
    for device in [&phone, &laptop] {
        assert_eq!(device.event("notification"), body);
    }
    for other in &others {
        // Its answer comes after whatever was sent before.
        other.ask("join", json!({}));
        assert!(!other.heard().contains("New Lead"));
    }
}

#[test]
fn a_payload_is_any_json_and_is_the_only_argument() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let ana = shared(&node, "ana");
    let payloads = [
        json!(["a", 1, null]),
        json!("text with \u{1e} and \u{2028} and \"quotes\""),
        json!(-0.5),
        json!(true),
        json!(null),
        json!({}),
        json!({ "_placeholder": true, "num": 0 }),
    ];

    for (number, payload) in payloads.iter().enumerate() {
        assert_eq!(emit(&node, &format!("ana/event-{number}"), payload).status, 200);
    }
    // Nothing at all stands for an empty object.
    assert_eq!(node.send(&Request::post("/emit/ana/nothing").key()).status, 200);

    for (number, payload) in payloads.iter().enumerate() {
        assert_eq!(arguments(&ana, &format!("event-{number}")), json!([payload]));
    }
    assert_eq!(arguments(&ana, "nothing"), json!([{}]));
}

#[test]
fn an_event_for_many_reaches_each_of_them_once_and_carries_data_only() {
    let node = TestNode::start();
    office(&node, &["ana", "ben", "dan"]);
    let [ana, ben, dan] = ["ana", "ben", "dan"].map(|user| shared(&node, user));
    let data = json!({ "title": "Scheduled Maintenance" });

    let many = json!({ "userIds": ["ana", "ben", "ana", "nobody"], "data": data });
    assert_eq!(emit(&node, "system_announcement", &many).status, 200);
    // A name like any other: not a broadcast to everybody.
    let one = json!({ "userIds": "ana", "data": ["the last"] });
    assert_eq!(emit(&node, "broadcast", &one).status, 200);
    assert_eq!(emit(&node, "ben/broadcast", &json!(["the last"])).status, 200);

    for member in [&ana, &ben] {
        let seen = member.events_until(|name, _| name == "broadcast");
        assert_eq!(
            seen,
            [
                ("system_announcement".to_owned(), data.clone()),
                ("broadcast".to_owned(), json!(["the last"])),
            ]
        );
    }
    dan.ask("join", json!({}));
    assert!(!dan.heard().contains("Maintenance") && !dan.heard().contains("the last"));
}

#[test]
fn whoever_is_away_is_passed_over_and_told_nothing_later() {
    let node = TestNode::start();
    office(&node, &["ana"]);

    for user in ["ana", "nobody", "64user1", "a%20b"] {
        let answer = emit(&node, &format!("{user}/early"), &json!({}));
        assert_eq!((answer.status, answer.json()["success"].clone()), (200, json!(true)));
    }
    let ana = shared(&node, "ana");
    emit(&node, "ana/late", &json!({}));

    let seen = ana.events_until(|name, _| name == "late");
    assert_eq!(seen.len(), 1);
}

#[test]
fn names_that_would_end_a_clients_connection_are_refused() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let ana = shared(&node, "ana");
    let reserved = [
        "connect",
        "connect_error",
        "disconnect",
        "disconnecting",
        "newListener",
        "removeListener",
    ];

    for name in reserved {
        let many = json!({ "userIds": ["ana"], "data": {} });
        let answers = [emit(&node, &format!("ana/{name}"), &json!({})), emit(&node, name, &many)];
        for answer in answers {
            assert_refused(&answer, 400, "VALIDATION_ERROR");
        }
    }
    // A client of this namespace is sent no event of ours, so ours are names like any other.
    for name in ["prospect_message", "message", "error", "ping", "a%2Fb", "%C3%A9%20%22", "%5C"] {
        assert_eq!(emit(&node, &format!("ana/{name}"), &json!({ "n": name })).status, 200);
    }

    let seen = ana.events_until(|name, _| name == "\\");
    let names: Vec<_> = seen.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["prospect_message", "message", "error", "ping", "a/b", "é \"", "\\"]);
}

#[test]
fn what_cannot_be_emitted_is_answered_in_the_services_own_words() {
    let node = TestNode::start();
    let json = "application/json";
    let post = |path: &str| Request::post(path).key();

    for (request, status, code) in [
        (post("/emit/ana/note").body(json, "{\"a\":"), 400, "VALIDATION_ERROR"),
        (post("/emit/ana/note").body(json, b"\"\xff\"".as_slice()), 400, "VALIDATION_ERROR"),
        (post("/emit/ana/note").body("text/plain", "hi"), 415, "UNSUPPORTED_MEDIA_TYPE"),
        (post("/emit/note"), 400, "VALIDATION_ERROR"),
        (post("/emit/note").json(&json!({ "userIds": [] })), 400, "VALIDATION_ERROR"),
        (post("/emit/note").json(&json!({ "userIds": ["ana"] })), 400, "VALIDATION_ERROR"),
        (post("/emit"), 404, "NOT_FOUND"),
        (post("/emit/a/b/c"), 404, "NOT_FOUND"),
        (Request::get("/emit/ana/note").key(), 405, "METHOD_NOT_ALLOWED"),
        (
            post("/emit/ana/note").body(json, format!("\"{}\"", "x".repeat(1_048_576))),
            413,
            "PAYLOAD_TOO_LARGE",
        ),
        (Request::post("/emit/ana/note"), 401, "UNAUTHORIZED"),
        (Request::post("/emit/note").header("x-api-key", "wrong"), 401, "UNAUTHORIZED"),
    ] {
        assert_refused(&node.send(&request), status, code);
    }
}

#[test]
fn calls_above_the_limit_are_refused_with_the_time_to_wait() {
    let node = TestNode::with(&[
        ("limits.emit_per_minute", "3"),
        ("auth.api_keys", &format!("{API_KEY},another")),
    ]);
    office(&node, &["ana"]);
    let ana = shared(&node, "ana");
    let another = || {
        let path = "/emit/ana/from_another";
        node.send(&Request::post(path).header("x-api-key", "another")).status
    };

    // Strangers take nothing from anybody.
    for _ in 0..5 {
        assert_eq!(node.send(&Request::post("/emit/ana/stranger")).status, 401);
    }
    let bodies = [json!({}), json!({ "userIds": "ana", "data": {} }), json!({})];
    for (path, body) in ["ana/one", "two", "ana/three"].iter().zip(bodies) {
        assert_eq!(emit(&node, path, &body).status, 200);
    }
    let refused = emit(&node, "ana/four", &json!({}));

    assert_eq!(refused.status, 429);
    assert_eq!(
        refused.json(),
        json!({
            "success": false, "errno": 429, "message": "Too many emit requests",
            "error": "RATE_LIMITED",
        })
    );
    let wait: u64 = refused.header("retry-after").and_then(|wait| wait.parse().ok()).expect("time");
    assert!((1..=20).contains(&wait), "{wait}");
    assert_eq!(another(), 200, "another key has calls of its own");
    let seen = ana.events_until(|name, _| name == "from_another");
    let names: Vec<_> = seen.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["one", "two", "three", "from_another"]);
    // Each of the other emits stands for somebody's message: none of those is turned away.
    for _ in 0..5 {
        let get = Request::get("/conversations/prospect/emit/message/absent").key();
        assert_eq!(node.send(&get).status, 404);
        let task = Request::post("/lead-finder/task").key().json(&json!({ "socketId": "absent" }));
        assert_eq!(node.send(&task).status, 404);
    }
}

#[test]
fn without_keys_a_header_buys_no_more_calls() {
    let node = TestNode::with(&[("limits.emit_per_minute", "2"), ("auth.api_keys", "")]);
    let post =
        |key: &str| node.send(&Request::post("/emit/ana/note").header("x-api-key", key)).status;

    assert_eq!(["a", "b", "c", "d"].map(post), [200, 200, 429, 429]);
}

fn shared(node: &TestNode, user: &str) -> Client {
    open(node, SHARED, user)
}

fn open(node: &TestNode, namespace: &str, user: &str) -> Client {
    let client = Client::open(node, namespace, json!({ "auth": { "token": token::of(user) } }));
    client.connected();
    client
}

fn emit(node: &TestNode, path: &str, body: &Value) -> Response {
    node.send(&Request::post(&format!("/emit/{path}")).key().json(body))
}

/// Everything that came with the next event of that name.
fn arguments(client: &Client, name: &str) -> Value {
    let first = client.event(name);
    let heard = client.heard();
    let line = heard
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("a report"))
        .find(|report| report["is"] == "event" && report["name"] == name)
        .expect("it was just heard");
    assert_eq!(line["args"][0], first);
    line["args"].clone()
}

fn assert_refused(answer: &Response, status: u16, code: &str) {
    let body = answer.json();
    assert_eq!(answer.status, status, "{body}");
    assert_eq!((&body["success"], &body["errno"]), (&json!(false), &json!(status)), "{body}");
    assert_eq!(body["error"], code, "{body}");
    assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()), "{body}");
}
