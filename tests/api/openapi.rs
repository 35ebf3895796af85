//! The description of the REST interface, held against what the server does.
use serde_json::{Value, json};

use crate::support::http::API_KEY;
use crate::support::people::{CHANNEL, communication, conversation, incoming, office, put};
use crate::support::{Client, Request, TestNode};

#[test]
fn every_described_operation_is_there_and_asks_for_what_it_says() {
    let node = TestNode::start();
    let document = document(&node);

    for (path, item) in document["paths"].as_object().expect("paths") {
        let target: Vec<_> = path
            .split('/')
            .map(|part| match part {
                "{channel}" => "prospect",
                "{is_new}" => "new",
                part if part.starts_with('{') => "nobody",
                part => part,
            })
            .collect();
        let target = target.join("/");
        let refused = node.send(&Request::new("PROPFIND", &target));
        assert_eq!(refused.status, 405, "{path}");
        let allowed = refused.header("allow").expect("what is allowed").to_lowercase();
        let mut allowed: Vec<_> = allowed.split(", ").filter(|method| *method != "head").collect();
        allowed.sort_unstable();
        let described: Vec<_> = item.as_object().expect("operations").keys().collect();
        assert_eq!(described, allowed, "{path}");
        for (method, operation) in item.as_object().expect("operations") {
            let answer = node.send(&Request::new(&method.to_uppercase(), &target));
            let is_open = operation["security"].is_null();
            assert_eq!(answer.status == 401, !is_open, "{method} {path}: {}", answer.status);
            if !is_open {
                let content = &operation["responses"]["401"]["content"];
                let failure = &content["application/json"]["schema"];
                assert!(failure.is_object(), "{path}");
                assert_fits(&answer.json(), failure, &document, path);
            }
        }
    }
}

#[test]
fn answers_fit_their_description() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let place = conversation(&node, &Client::of(&node, "ana"), "carl", &[]);
    communication(&node, "m1", &incoming("carl", &place, "hello"));
    put(&node, "/v1/users/ana/push-tokens/device-1", &json!({}));
    let hook = json!({ "account_id": "acme", "url": "https://crm.example.com/hooks",
                       "events": ["message.created"] });
    put(&node, "/v1/webhooks/crm", &hook);
    let document = document(&node);

    for (described, target) in [
        ("/v1/accounts/{id}", "/v1/accounts/acme"),
        ("/v1/channels/{id}", &format!("/v1/channels/{CHANNEL}")),
        ("/v1/users/{id}", "/v1/users/ana"),
        ("/v1/users/{id}/push-tokens/{token}", "/v1/users/ana/push-tokens/device-1"),
        ("/v1/contacts/{id}", "/v1/contacts/carl"),
        ("/v1/contacts/{id}/consent", "/v1/contacts/carl/consent"),
        ("/v1/consent/doubtful", "/v1/consent/doubtful?account_id=acme"),
        ("/v1/communications/{id}", "/v1/communications/m1"),
        ("/v1/webhooks", "/v1/webhooks?account_id=acme"),
        ("/v1/webhooks/{id}", "/v1/webhooks/crm"),
        ("/v1/webhooks/{id}/failures", "/v1/webhooks/crm/failures"),
        ("/v1/quarantine", "/v1/quarantine"),
        ("/lead-finder/sockets", "/lead-finder/sockets"),
        ("/conversations/{channel}/emit/message/{id}", "/conversations/prospect/emit/message/m1"),
        ("/health", "/health"),
        ("/ready", "/ready"),
    ] {
        let answer = node.send(&Request::get(target).key());
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        let content = &document["paths"][described]["get"]["responses"]["200"]["content"];
        let schema = &content["application/json"]["schema"];
        assert!(schema.is_object(), "{described}");
        assert_fits(&answer.json(), schema, &document, described);
    }
}

#[test]
fn the_page_is_shown_without_anything_from_elsewhere() {
    let node = TestNode::start();
    assert_eq!(node.send(&Request::get("/docs")).header("location"), Some("/docs/"));
    let page = node.send(&Request::get("/docs/"));
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html")));
    assert!(
        page.header("content-security-policy").is_some_and(|p| p.contains("default-src 'self'"))
    );
    let html = page.text();
    let links: Vec<_> = html
        .split(['"', '\''])
        .filter(|word| [".js", ".css", ".png"].iter().any(|end| word.ends_with(end)))
        .collect();
    assert!(links.len() >= 3, "{html}");
    for link in links {
        assert!(!link.contains("//"), "{link} is elsewhere");
        let target = format!("/docs/{}", link.trim_start_matches("./"));
        assert_eq!(node.send(&Request::get(&target)).status, 200, "{target}");
    }
    let start = node.send(&Request::get("/docs/swagger-initializer.js")).text();
    assert!(start.contains("/openapi.json"));
    assert_eq!(node.send(&Request::get("/docs/nothing.js")).json()["error"], "NOT_FOUND");
}

fn document(node: &TestNode) -> Value {
    let answer = node.send(&Request::get("/openapi.json"));
    assert!(!answer.text().contains(API_KEY));
    let document = answer.json();
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.")));
    document
}

/// As much of JSON Schema as our own schemas use; what else one says fails the test.
fn assert_fits(value: &Value, schema: &Value, document: &Value, place: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.strip_prefix('#').expect("a reference inside");
        let schema = document.pointer(pointer).expect("it leads somewhere");
        return assert_fits(value, schema, document, place);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let null = value.is_null() && choices.iter().any(|choice| choice["type"] == "null");
        let other = choices.iter().find(|choice| choice["type"] != "null");
        return match other {
            Some(other) if !null => assert_fits(value, other, document, place),
            _ => assert!(null, "{place}: {value}"),
        };
    }
    let kinds: Vec<_> = match &schema["type"] {
        Value::String(kind) => vec![kind.as_str()],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => return,
    };
    let is = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() || kinds.contains(&"number") => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    assert!(kinds.contains(&is), "{place}: {value} is not {kinds:?}");
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        assert!(value.get(name).is_some() || is == "null", "{place}: {name} is missing in {value}");
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(field) = value.get(name) {
            assert_fits(field, property, document, &format!("{place}.{name}"));
        }
    }
    for entry in value.as_array().into_iter().flatten() {
        assert_fits(entry, &schema["items"], document, place);
    }
}
