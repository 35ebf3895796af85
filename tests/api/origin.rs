//! Which web pages may talk to us: asked on polling and on the websocket alike.
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
