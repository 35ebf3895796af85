//! Who gets in, as whom, and for how long.
use serde_json::{Value, json};

use crate::inbound_sms::conversations;
use crate::support::people::{ACCOUNT, conversation, office, put};
use crate::support::{Client, TestNode, client, node, token};

#[test]
fn a_token_is_taken_from_auth_then_from_the_query_then_from_the_header() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let (good, bad) = (token::of("ana"), "not.a.token");
    let bearer = |token: &str| json!({ "authorization": format!("Bearer {token}") });

    let let_in = [
        json!({ "auth": { "token": good } }),
        json!({ "auth": { "token": format!("Bearer {good}") } }),
        json!({ "query": { "token": good } }),
        json!({ "extraHeaders": bearer(&good) }),
        json!({ "extraHeaders": { "x-auth-token": good } }),
        json!({ "auth": { "token": good }, "query": { "token": bad } }),
        json!({ "query": { "token": good }, "extraHeaders": bearer(bad) }),
        json!({ "auth": { "token": good }, "transports": ["polling"] }),
        json!({ "query": { "token": good }, "transports": ["polling", "websocket"] }),
    ];
    for options in let_in {
        let client = Client::open(&node, client::NAMESPACE, options);
        client.connected();
        let ack = client.ask_with("join", json!([]));
        assert_eq!((&ack["success"], &ack["message"]), (&json!(true), &json!("SUCCESS")));
    }
    // The first that is there decides: a good one further down does not help.
    let refused = [
        json!({}),
        json!({ "auth": { "token": bad }, "query": { "token": good } }),
        json!({ "auth": { "token": 5 }, "query": { "token": good } }),
        json!({ "query": { "token": bad }, "extraHeaders": bearer(&good) }),
    ];
    for options in refused {
        expect_refusal(&node, options, 401, "Unauthorized");
    }
}

#[test]
fn a_token_that_is_not_right_in_every_respect_is_refused() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    put(
        &node,
        "/v1/users/gone",
        &json!({
            "account_id": ACCOUNT, "name": "gone", "email": "gone@example.com", "active": false,
        }),
    );
    let with = |key: &str, value: Value| {
        let mut claims = token::claims("ana");
        claims[key] = value;
        token::sign(&claims)
    };
    let without = |key: &str| {
        let mut claims = token::claims("ana");
        claims.as_object_mut().expect("an object").remove(key);
        token::sign(&claims)
    };

    let unauthorized = [
        token::unsigned(&token::claims("ana")),
        token::sign_with(&token::claims("ana"), b"another secret"),
        with("exp", json!(token::now() - 120)),
        with("nbf", json!(token::now() + 120)),
        without("exp"),
        without("sub"),
        with("account_id", json!("another")),
        token::of("nobody"),
        token::of("gone"),
    ];
    for token in unauthorized {
        expect_refusal(&node, json!({ "auth": { "token": token } }), 401, "Unauthorized");
    }
    for scope in [json!("conversations"), json!("conversation.read"), json!([]), json!("")] {
        let options = json!({ "auth": { "token": with("scope", scope) } });
        expect_refusal(&node, options, 403, "Forbidden");
    }
    for scope in [json!(["x", "conversation"]), json!("x conversation"), json!("x,conversation")] {
        let options = json!({ "auth": { "token": with("scope", scope) } });
        Client::open(&node, client::NAMESPACE, options).connected();
    }
}

#[test]
fn a_public_key_is_no_shared_secret() {
    let key = node::fixture("rsa-public.pem");
    let node = TestNode::with(&[
        ("auth.jwt_secret", ""),
        ("auth.jwt_public_key_file", &key.display().to_string()),
    ]);
    office(&node, &["ana"]);
    let pem = std::fs::read(&key).expect("the fixture");

    let confused = token::sign_with(&token::claims("ana"), &pem);

    expect_refusal(&node, json!({ "auth": { "token": confused } }), 401, "Unauthorized");
    let genuine = std::fs::read_to_string(node::fixture("rsa-token.txt")).expect("the fixture");
    let genuine = genuine.lines().last().expect("a token");
    Client::open(&node, client::NAMESPACE, json!({ "auth": { "token": genuine } })).connected();
}

#[test]
fn each_namespace_of_one_connection_has_its_own_token() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let open = |namespace: &str, token: &str| {
        let options = json!({ "auth": { "token": token }, "forceNew": false });
        Client::open(&node, namespace, options)
    };

    let ana = open("/v1/conversation", &token::of("ana"));
    let line = ana.connected()["connection"].clone();
    let ben = open("/v1/conversation/live", &token::of("ben"));
    let also_ben = ben.connected();
    let refused = open("/v1/shared", "not.a.token").refused();
    let unknown = open("/v1/elsewhere", &token::of("ana")).refused();

    assert_eq!(also_ben["connection"], line, "one connection");
    assert_eq!(
        (&refused["message"], &refused["data"]["errno"]),
        (&json!("Unauthorized"), &json!(401))
    );
    assert_eq!(unknown["message"], "Invalid namespace");
    conversation(&node, &ana, "carl", &[]);
    assert_eq!((conversations(&ana).len(), conversations(&ben).len()), (1, 0));
}

#[test]
fn a_live_socket_does_not_outlive_its_token() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let mut claims = token::claims("ana");
    // Within the 30 s that clocks may differ by, for two more seconds.
    claims["exp"] = json!(token::now() - 28);
    let options = json!({ "auth": { "token": token::sign(&claims) } });

    let ana = Client::open(&node, client::NAMESPACE, options);
    ana.connected();

    ana.disconnected();
}

#[test]
fn the_token_command_makes_tokens_that_let_people_in() {
    let node = TestNode::start();
    office(&node, &["ana"]);

    let person = node.run(&["token", "--user", "ana", "--account", ACCOUNT]);
    let team = node.run(&["token", "--account", ACCOUNT, "--scope", "conversation"]);

    Client::open(&node, client::NAMESPACE, json!({ "auth": { "token": person } })).connected();
    expect_refusal(&node, json!({ "auth": { "token": team } }), 401, "Unauthorized");
}

fn expect_refusal(node: &TestNode, options: Value, errno: u16, message: &str) {
    let client = Client::open(node, client::NAMESPACE, options.clone());
    let refusal = client.refused();
    assert_eq!(refusal["message"], message, "{options}");
    assert_eq!(
        refusal["data"],
        json!({ "success": false, "errno": errno, "message": message }),
        "{options}"
    );
    assert_eq!(refusal["active"], false, "the client must not try again by itself");
}
