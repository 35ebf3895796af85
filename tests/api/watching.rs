//! What an operator sees: health, metrics, and logs that quote nobody.
use serde_json::json;

use crate::support::people::{conversation, office};
use crate::support::twilio::Sms;
use crate::support::{Client, Request, TestNode, client, token};

#[test]
fn health_readiness_and_metrics_are_served_and_metrics_on_their_own_port() {
    let node = TestNode::start();

    let (health, ready) = (Request::get("/health"), Request::get("/ready"));
    assert_eq!((node.send(&health).status, node.send(&ready).status), (200, 200));
    let ready = node.send(&ready).json().to_string();
    assert!(ready.contains("store") && ready.contains("intake"), "{ready}");
    assert_eq!(node.send(&Request::get("/metrics")).status, 404);
    let metrics = Request::get("/metrics").send(node.metrics).expect("a whole answer");
    assert_eq!(metrics.status, 200);
    assert!(metrics.text().contains("switchboard_"), "{}", metrics.text());
}

#[test]
fn the_logs_quote_nobody() {
    let node = TestNode::with(&[("log.level", "debug")]);
    office(&node, &["ana"]);
    let token = token::of("ana");
    let ana = Client::open(&node, client::NAMESPACE, json!({ "query": { "token": token } }));
    ana.connected();
    let polling = json!({ "query": { "token": token }, "transports": ["polling"] });
    Client::open(&node, client::NAMESPACE, polling).connected();

    Sms::new(1, "+12025550143", "a private word").deliver(&node);
    node.send(&Sms::new(2, "+12025550143", "a private word").signed("forged"));
    ana.event("prospect_message");
    let place = conversation(&node, &ana, "carl", &[]);
    ana.ask("prospect_add_note", json!({ "conversation_id": place, "data": "a private word" }));
    node.send(&Request::get("/nowhere?token=a-private-word"));

    let logs = node.logs();
    let secrets = [
        token.as_str(),
        "private word",
        "private-word",
        "2025550143",
        "@example.com",
        token::SECRET,
    ];
    for secret in secrets {
        assert!(!logs.contains(secret), "the logs hold {secret:?}");
    }
}
