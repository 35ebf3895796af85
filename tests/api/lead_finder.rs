//! Scrapers wait on a namespace of their own; outside services give each one its tasks.
use serde_json::{Value, json};

use crate::support::people::office;
use crate::support::{Client, Request, Response, TestNode, token};

const LEAD_FINDER: &str = "/v1/lead-finder";

#[test]
fn a_task_reaches_the_one_scraper_it_is_for() {
    let node = TestNode::start();
    let (maps, yelp) = (scraper(&node, json!({})), scraper(&node, json!({})));
    let joined = maps.ask_with("join", json!([]));
    let socket = joined["data"]["socketId"].clone();
    let task = json!({ "task_id": "task_001", "keyword": "plumber near me", "max_results": 50 });

    let answer = give(&node, "scrape_task", &json!({ "socketId": socket, "payload": task }));

    assert_eq!((&joined["success"], &joined["message"]), (&json!(true), &json!("SUCCESS")));
    assert_eq!(answer.json(), json!({ "success": true, "message": "SUCCESS" }));
    assert_eq!(maps.event("scrape_task"), task);
    assert_eq!(give(&node, "health_check", &json!({ "socketId": socket })).status, 200);
    assert_eq!(maps.event("health_check"), json!({}));
    yelp.ask("join", json!({}));
    assert!(!yelp.heard().contains("task_001"));
}

#[test]
fn the_list_says_who_is_there_and_by_which_ids() {
    let node = TestNode::start();
    let first = Client::open(&node, LEAD_FINDER, json!({ "query": { "clientId": "maps" } }));
    let sid = first.connected()["sid"].clone();
    let second = scraper(&node, json!({}));
    let made = second.ask("join", json!({}))["data"].clone();

    let list = scrapers(&node);

    assert_eq!((&list[0]["socketId"], &list[0]["clientId"]), (&sid, &json!("maps")));
    assert_eq!(
        (&list[1]["socketId"], &list[1]["clientId"]),
        (&made["socketId"], &made["clientId"])
    );
    for row in &list {
        let at = row["connectedAt"].as_str().expect("an instant");
        assert!(at.len() == 24 && at.ends_with('Z'), "{at}");
        assert_eq!(row.as_object().map(serde_json::Map::len), Some(3));
    }
    assert_eq!(list.len(), 2);
    assert!(made["clientId"].as_str().is_some_and(|id| id.len() >= 16), "{made}");
    assert_eq!(node.send(&Request::get("/lead-finder/sockets")).status, 401);
}

#[test]
fn a_client_id_outlives_the_socket_id() {
    let node = TestNode::start();
    let options = json!({ "auth": { "clientId": "maps" }, "reconnection": false });
    let maps = Client::open(&node, LEAD_FINDER, options);
    let old = maps.connected()["sid"].clone();

    maps.cut();
    maps.reopen();
    let new = maps.connected()["sid"].clone();

    assert_ne!(old, new);
    assert_eq!(give(&node, "task", &json!({ "socketId": "maps", "payload": 1 })).status, 200);
    assert_eq!(maps.event("task"), json!(1));
    let until_gone = || {
        let list = scrapers(&node);
        (list.len() == 1).then(|| list[0]["socketId"].clone())
    };
    assert_eq!(crate::support::wait::until("the old socket to be gone", until_gone), new);
    assert_not_found(&give(&node, "task", &json!({ "socketId": old })));
}

#[test]
fn who_is_not_there_or_not_a_scraper_cannot_be_given_a_task() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let options = json!({ "auth": { "token": token::of("ana") } });
    let people = ["/v1/conversation", "/v1/conversation/live", "/v1/shared"];
    let people = people.map(|namespace| Client::open(&node, namespace, options.clone()));
    let maps = scraper(&node, json!({}));
    let line = {
        let other = Client::open(&node, LEAD_FINDER, json!({}));
        other.connected()["connection"].clone()
    };

    for client in &people {
        let socket = client.connected()["sid"].clone();
        assert_not_found(&give(&node, "task", &json!({ "socketId": socket, "payload": "secret" })));
    }
    // The connection's own id is no socket's.
    for absent in [line, json!("absent"), json!("ana")] {
        assert_not_found(&give(&node, "task", &json!({ "socketId": absent })));
    }
    for wrong in [json!({}), json!({ "payload": {} }), json!({ "socketId": 5 }), json!([])] {
        assert_eq!(give(&node, "task", &wrong).status, 400, "{wrong}");
    }
    let socket = maps.ask("join", json!({}))["data"]["socketId"].clone();
    for name in ["connect", "disconnect", "connect_error"] {
        assert_eq!(give(&node, name, &json!({ "socketId": socket })).status, 400);
    }
    maps.ask("join", json!({}));
    for client in &people {
        client.ask("join", json!({}));
        assert!(!client.heard().contains("secret"));
    }
}

#[test]
fn a_scraper_may_join_and_ask_nothing_else() {
    let node = TestNode::start();
    let maps = scraper(&node, json!({}));

    for event in ["prospect_list_conversation", "scrape_task", "hello"] {
        let answer = maps.ask(event, json!({}));
        assert_eq!(
            (&answer["success"], &answer["errno"]),
            (&json!(false), &json!(404)),
            "{answer}"
        );
    }
    maps.ask("join", json!({}));
}

#[test]
fn a_client_id_that_is_none_is_refused() {
    let node = TestNode::start();

    for options in [
        json!({ "auth": { "clientId": 5 } }),
        json!({ "auth": { "clientId": "" } }),
        json!({ "auth": { "clientId": "x".repeat(129) } }),
        json!({ "query": { "clientId": "" } }),
        json!({ "query": { "clientId": "a\nb" } }),
    ] {
        let refusal = Client::open(&node, LEAD_FINDER, options.clone()).refused();
        assert_eq!(refusal["data"]["errno"], 400, "{options}");
    }
    assert!(scrapers(&node).is_empty());
}

#[test]
fn where_a_token_is_set_scrapers_have_to_show_it() {
    let secret = "what-scrapers-know";
    let node = TestNode::with(&[("auth.leadfinder_token", secret)]);
    office(&node, &["ana"]);

    for options in [
        json!({}),
        json!({ "auth": { "token": "wrong" } }),
        json!({ "auth": { "token": "wrong" }, "query": { "token": secret } }),
        json!({ "auth": { "token": token::of("ana") } }),
        json!({ "query": { "token": "" } }),
    ] {
        let refusal = Client::open(&node, LEAD_FINDER, options.clone()).refused();
        assert_eq!(refusal["message"], "Unauthorized", "{options}");
        assert_eq!(refusal["data"]["errno"], 401);
    }
    for options in [
        json!({ "auth": { "token": secret } }),
        json!({ "query": { "token": secret } }),
        json!({ "extraHeaders": { "authorization": format!("Bearer {secret}") } }),
        json!({ "extraHeaders": { "x-auth-token": secret }, "transports": ["polling"] }),
    ] {
        Client::open(&node, LEAD_FINDER, options).connected();
    }
    assert!(!node.logs().contains(secret));
}

fn scraper(node: &TestNode, options: Value) -> Client {
    let client = Client::open(node, LEAD_FINDER, options);
    client.connected();
    client
}

fn give(node: &TestNode, event: &str, body: &Value) -> Response {
    node.send(&Request::post(&format!("/lead-finder/{event}")).key().json(body))
}

fn scrapers(node: &TestNode) -> Vec<Value> {
    let answer = node.send(&Request::get("/lead-finder/sockets").key()).json();
    assert_eq!(answer["success"], true);
    answer["data"].as_array().expect("a list").clone()
}

fn assert_not_found(answer: &Response) {
    let body = answer.json();
    assert_eq!((answer.status, &body["errno"]), (404, &json!(404)), "{body}");
    assert_eq!((&body["success"], &body["error"]), (&json!(false), &json!("NOT_FOUND")));
}
