//! Accounts, channels, users, contacts: what outside services keep up to date.
use serde_json::{Value, json};

use crate::lists::expect_error;
use crate::support::people::{office, put};
use crate::support::{Request, TestNode};

#[test]
fn what_was_put_is_read_back_and_putting_it_again_changes_nothing() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let documents = [
        ("/v1/accounts/acme", json!({ "name": "Acme", "time_zone": "Europe/Berlin" })),
        (
            "/v1/channels/mail",
            json!({
                "account_id": "acme", "kind": "EMAIL", "name": "Mail", "address": "inbox@example.com",
                "member_ids": ["ana"],
            }),
        ),
        (
            "/v1/users/ben",
            json!({
                "account_id": "acme", "name": "Ben", "email": "ben@example.com",
                "image": "https://example.com/ben.png", "role": "agent", "active": true,
            }),
        ),
        (
            "/v1/contacts/carl",
            json!({
                "account_id": "acme", "name": "Carl", "phone": "+12025550143", "company": "Carl & Co",
                "platform": "x", "platformId": "1234567890123456789", "followersCount": 0,
            }),
        ),
    ];

    for (path, body) in documents {
        let stored = document(&put(&node, path, &body));
        let again = document(&put(&node, path, &body));
        let read = document(&node.send(&Request::get(path).key()).json());

        assert_eq!(stored["_id"], path.rsplit('/').next().expect("an id"), "{path}");
        for (key, value) in body.as_object().expect("an object") {
            assert_eq!(&stored[key], value, "{path} {key}");
        }
        assert_eq!((&again, &read), (&stored, &stored), "{path}");
    }
    let changed = json!({ "account_id": "acme", "name": "Benjamin", "email": "ben@example.com" });
    assert_eq!(document(&put(&node, "/v1/users/ben", &changed))["name"], "Benjamin");
}

#[test]
fn nothing_moves_to_another_account() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    put(&node, "/v1/contacts/carl", &json!({ "account_id": "acme", "name": "Carl" }));
    put(&node, "/v1/accounts/other", &json!({ "name": "Other" }));

    let moves = [
        ("/v1/users/ana", json!({ "account_id": "other", "name": "a", "email": "a@example.com" })),
        ("/v1/channels/acme-sms", json!({ "account_id": "other", "kind": "SMS", "name": "s" })),
        ("/v1/contacts/carl", json!({ "account_id": "other", "name": "Carl" })),
    ];

    for (path, body) in moves {
        let answer = node.send(&Request::put(path, &body).key());
        expect_error(&answer.json(), 409, "CONFLICT");
        let read = document(&node.send(&Request::get(path).key()).json());
        assert_eq!(read["account_id"], "acme", "{path}");
    }
}

#[test]
fn a_document_with_something_wrong_is_refused_whole() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let user = json!({ "account_id": "acme", "name": "Eve", "email": "eve@example.com" });
    let with = |key: &str, value: Value| {
        let mut body = user.clone();
        body[key] = value;
        ("/v1/users/eve", body)
    };

    let wrong = [
        with("name", json!(5)),
        with("name", Value::Null),
        with("active", json!("yes")),
        with("email", json!(["eve@example.com"])),
        with("surprise", json!(true)),
        ("/v1/users/eve", json!([])),
        ("/v1/users/eve", json!({})),
        ("/v1/channels/c", json!({ "account_id": "acme", "name": "no kind" })),
        (
            "/v1/channels/c",
            json!({
                "account_id": "acme", "kind": "SMS", "name": "s", "member_ids": "ana",
            }),
        ),
        ("/v1/contacts/c", json!({ "account_id": "acme", "phone": "+12" })),
        ("/v1/communications/c", json!({ "type": "SHOUT", "data": "x", "contact_id": "carl" })),
    ];

    for (path, body) in wrong {
        let answer = node.send(&Request::put(path, &body).key());
        assert_eq!(answer.status, 400, "{path} {body}");
        expect_error(&answer.json(), 400, "VALIDATION_ERROR");
        assert_eq!(node.send(&Request::get(path).key()).status, 404, "{path} {body}");
    }
}

#[test]
fn reference_data_is_for_trusted_services_only() {
    let node = TestNode::start();
    office(&node, &["ana"]);

    for path in ["/v1/accounts/acme", "/v1/channels/acme-sms", "/v1/users/ana", "/v1/contacts/x"] {
        let body = json!({ "account_id": "acme", "name": "x", "email": "x@example.com" });
        for request in [
            Request::get(path),
            Request::put(path, &body),
            Request::put(path, &body).header("x-api-key", ""),
            Request::get(path).header("x-api-key", "a-key-that-only-tests-kno"),
        ] {
            let answer = node.send(&request);
            assert_eq!(answer.status, 401, "{request:?}");
            assert_eq!(answer.json()["message"], "Unauthorized");
        }
    }
    let device = "/v1/users/ana/push-tokens/device-1";
    assert_eq!(node.send(&Request::put(device, &json!({})).key()).status, 200);
    assert_eq!(node.send(&Request::new("DELETE", device).key()).status, 200);
    assert_eq!(node.send(&Request::new("DELETE", device)).status, 401);
}

/// The stored document, bare or as `data`.
fn document(answer: &Value) -> Value {
    answer.get("data").unwrap_or(answer).clone()
}
