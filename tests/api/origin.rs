//! Which web pages may talk to us: asked on polling, on the websocket and by REST alike.
use serde_json::json;

use crate::support::{RawSocket, Request, TestNode};

const FRIEND: &str = "https://app.example.com";
const STRANGER: &str = "https://elsewhere.example.net";

#[test]
fn a_page_from_elsewhere_is_refused_on_both_transports() {
    let node = TestNode::start();

    for origin in [STRANGER, "null", "http://127.0.0.1:1", "not an origin"] {
        assert_eq!(websocket(&node, Some(origin)), 403, "{origin}");
        let answer = polling(&node, Some(origin));
        assert_eq!(answer.0, 403, "{origin}");
        assert!(!answer.1, "no page from {origin} may read the answer");
    }
    let own = node.url();
    assert_eq!((websocket(&node, Some(&own)), polling(&node, Some(&own)).0), (101, 200));
    assert_eq!((websocket(&node, None), polling(&node, None).0), (101, 200), "not a browser");
}

#[test]
fn a_page_from_an_allowed_origin_is_let_in() {
    let node = TestNode::with(&[("server.allowed_origins", FRIEND)]);

    assert_eq!(websocket(&node, Some(FRIEND)), 101);
    assert_eq!(polling(&node, Some(FRIEND)), (200, true));
    assert_eq!((websocket(&node, Some(STRANGER)), polling(&node, Some(STRANGER)).0), (403, 403));
    let preflight = Request::new("OPTIONS", "/socket.io/?EIO=4&transport=polling")
        .header("origin", FRIEND)
        .header("access-control-request-method", "POST");
    let answer = node.send(&preflight);
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("access-control-allow-origin"), Some(FRIEND));
}

#[test]
fn a_page_from_an_allowed_origin_may_use_rest_and_read_what_it_is_answered() {
    let node = TestNode::with(&[("server.allowed_origins", FRIEND)]);
    let path = "/v1/conversations/prospect/nowhere/message";
    let preflight = Request::new("OPTIONS", path)
        .header("origin", FRIEND)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type");

    let allowed = node.send(&preflight);
    let refused = node.send(&Request::post(path).json(&json!({})).header("origin", FRIEND));
    let own = node.send(&Request::get("/health").header("origin", &node.url()));

    let lists = |header: &str, wanted: &str| {
        let listed = allowed.header(header).unwrap_or_default().to_lowercase();
        listed.split(", ").any(|word| word == wanted)
    };
    assert_eq!(allowed.status, 204);
    assert!(lists("access-control-allow-methods", "post"));
    for header in ["authorization", "content-type"] {
        assert!(lists("access-control-allow-headers", header), "{header}");
    }
    for (answer, origin) in [(&allowed, FRIEND), (&refused, FRIEND), (&own, &node.url())] {
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
        assert_eq!(answer.header("vary"), Some("Origin"));
    }
    assert_eq!((refused.status, own.status), (401, 200), "failures can be read, too");
}

#[test]
fn a_page_from_elsewhere_gets_nothing_done_by_rest() {
    let node = TestNode::with(&[("server.allowed_origins", FRIEND)]);
    let account = Request::put("/v1/accounts/acme", &json!({ "name": "Acme" })).key();

    for origin in [STRANGER, "null"] {
        let refused = node.send(&account.clone().header("origin", origin));
        let preflight = Request::new("OPTIONS", "/v1/accounts/acme")
            .header("origin", origin)
            .header("access-control-request-method", "PUT");
        for answer in [&refused, &node.send(&preflight)] {
            assert_eq!((answer.status, &answer.json()["error"]), (403, &json!("FORBIDDEN")));
            assert_eq!(answer.header("access-control-allow-origin"), None);
        }
    }
    assert_eq!(node.send(&Request::get("/v1/accounts/acme").key()).status, 404, "nothing was done");
    assert_eq!(node.send(&account).status, 200, "not a browser");
}

fn websocket(node: &TestNode, origin: Option<&str>) -> u16 {
    let headers: Vec<_> = origin.map(|origin| ("origin", origin)).into_iter().collect();
    RawSocket::open(node, &headers).err().unwrap_or(101)
}

/// The status, and whether a page of that origin may read the answer.
fn polling(node: &TestNode, origin: Option<&str>) -> (u16, bool) {
    let mut request = Request::get("/socket.io/?EIO=4&transport=polling");
    if let Some(origin) = origin {
        request = request.header("origin", origin);
    }
    let answer = node.send(&request);
    (answer.status, answer.header("access-control-allow-origin") == origin && origin.is_some())
}
