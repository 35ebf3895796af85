use serde_json::{Value, json};

use super::{begin, call, create};
use crate::support::highlevel::{SCOPES, Sdk, team_token};
use crate::support::people::{ACCOUNT, office};
use crate::support::{Request, TestNode, token};

const SEARCH: &str = "/conversations/search?locationId=acme";

fn with(token: &str) -> Request {
    Request::get(SEARCH)
        .header("authorization", &format!("Bearer {token}"))
        .header("version", "2021-07-28")
}

#[test]
fn without_a_good_token_nothing_is_there() {
    let (node, _) = begin(&["ana"]);
    let good = team_token(ACCOUNT, &SCOPES);
    assert_eq!(node.send(&with(&good)).status, 200);
    let unauthorized = json!({
        "statusCode": 401, "message": "Invalid token: access token is invalid",
        "error": "Unauthorized",
    });
    for request in [
        Request::get(SEARCH).header("version", "v3"),
        with("nonsense"),
        with("sbk_0000"),
        with(&token::sign_with(&json!({ "account_id": ACCOUNT, "exp": token::now() + 60 }), b"x")),
        Request::get(SEARCH).header("version", "v3").key(),
    ] {
        let answer = node.send(&request);
        assert_eq!((answer.status, answer.json()), (401, unauthorized.clone()));
    }
}

#[test]
fn the_version_has_to_be_one_that_clients_know_and_the_sdks_own_is() {
    let (node, mut sdk) = begin(&["ana"]);
    sdk.call("searchConversation", json!([{ "locationId": ACCOUNT }]));
    let good = team_token(ACCOUNT, &SCOPES);
    let of = |version: Option<&str>| {
        let request = Request::get(SEARCH).header("authorization", &format!("Bearer {good}"));
        let request = match version {
            Some(version) => request.header("version", version),
            None => request,
        };
        let answer = node.send(&request);
        (answer.status, answer.json()["message"].clone())
    };
    for version in ["2021-04-15", "2021-07-28", "2023-02-21", "v3"] {
        assert_eq!(of(Some(version)).0, 200, "{version}");
    }
    assert_eq!(of(None), (401, json!("version header was not found.")));
    assert_eq!(of(Some("v9")), (401, json!("version header is invalid")));
    let email = Request::get("/conversations/messages/email/none")
        .header("authorization", &format!("Bearer {good}"));
    assert_eq!(node.send(&email).status, 404, "no version is asked for");
}

#[test]
fn each_call_asks_for_its_scope_and_for_its_own_location() {
    let (node, mut sdk) = begin(&["ana"]);
    let id = create(&node, &mut sdk, "carl");
    let body = json!({ "locationId": ACCOUNT, "contactId": "carl" });
    let calls = [
        ("searchConversation", json!([{ "locationId": ACCOUNT }]), 0),
        ("getConversation", json!([{ "conversationId": id }]), 0),
        ("createConversation", json!([body]), 1),
        ("updateConversation", json!([{ "conversationId": id }, { "locationId": ACCOUNT }]), 1),
        ("deleteConversation", json!([{ "conversationId": id }]), 1),
        ("getMessages", json!([{ "conversationId": id }]), 2),
        ("getMessage", json!([{ "id": "m1" }]), 2),
        ("getEmailById", json!([{ "id": "m1" }]), 2),
        ("sendANewMessage", json!([{ "type": "SMS", "contactId": "carl" }]), 3),
        ("addAnInboundMessage", json!([{ "type": "SMS" }]), 3),
        ("addAnOutboundMessage", json!([{ "type": "Call" }]), 3),
        ("updateMessageStatus", json!([{ "messageId": "m1" }, { "status": "read" }]), 3),
    ];
    for (at, scope) in SCOPES.iter().enumerate() {
        let others: Vec<_> = SCOPES.iter().copied().filter(|other| other != scope).collect();
        let mut without = Sdk::with(&node, &team_token(ACCOUNT, &others), None);
        for (method, args, _) in calls.iter().filter(|(.., asked)| *asked == at) {
            let refused = without.refused(method, args.clone());
            let message = &refused["response"]["message"];
            assert_eq!(refused["statusCode"], 401, "{method}");
            assert_eq!(message, "The token is not authorized for this scope.", "{method}");
        }
    }
    let elsewhere = sdk.refused("searchConversation", json!([{ "locationId": "other" }]));
    assert_eq!(elsewhere["statusCode"], 403);
    assert_eq!(
        elsewhere["response"]["message"],
        "The token does not have access to this location."
    );
    let change = json!([{ "conversationId": id }, { "locationId": "other", "starred": true }]);
    assert_eq!(sdk.refused("updateConversation", change)["statusCode"], 403);
}

#[test]
fn another_account_finds_nothing_under_ids_of_this_one() {
    let (node, mut sdk) = begin(&["ana"]);
    let id = create(&node, &mut sdk, "carl");
    let message = super::inbound(&mut sdk, &id, "hello");
    let mut other = Sdk::with(&node, &team_token("other", &SCOPES), None);

    let rows = other.call("searchConversation", json!([{ "locationId": "other" }]));
    assert_eq!(rows, json!({ "conversations": [], "total": 0 }));
    for (method, args) in [
        ("getConversation", json!([{ "conversationId": id }])),
        ("updateConversation", json!([{ "conversationId": id }, { "locationId": "other" }])),
        ("deleteConversation", json!([{ "conversationId": id }])),
        ("getMessages", json!([{ "conversationId": id }])),
        ("getMessage", json!([{ "id": message }])),
        ("createConversation", json!([{ "locationId": "other", "contactId": "carl" }])),
        ("sendANewMessage", json!([{ "type": "SMS", "contactId": "carl", "message": "x" }])),
        ("addAnInboundMessage", json!([{ "type": "SMS", "conversationId": id, "message": "x" }])),
        ("updateMessageStatus", json!([{ "messageId": message }, { "status": "read" }])),
    ] {
        assert_eq!(other.refused(method, args)["statusCode"], 404, "{method}");
    }
}

#[test]
fn a_key_of_the_team_opens_until_it_is_revoked_beside_the_running_server() {
    let (node, _) = begin(&["ana"]);
    let create = ["api-key", "create", "--account", ACCOUNT, "--name", "crm", "--scope", SCOPES[0]];
    let key = node.run(&create);
    assert_eq!(node.send(&with(&key)).status, 200);
    let list = node.run(&["api-key", "list"]);
    assert!(list.contains("crm") && list.contains(SCOPES[0]) && !list.contains(&key), "{list}");

    let id = list.split('\t').next().expect("an id").to_owned();
    node.run(&["api-key", "revoke", &id]);

    assert_eq!(node.send(&with(&key)).status, 401);
    assert!(!node.try_run(&["api-key", "revoke", "none"]).status.success());
    assert!(!node.logs().contains(&key));
}

#[test]
fn a_persons_token_with_the_scopes_is_read_as_the_team() {
    let (node, mut sdk) = begin(&["ana"]);
    let id = create(&node, &mut sdk, "carl");
    let mut claims = token::claims("ana");
    claims["scope"] = json!(SCOPES.join(" "));
    let mut person = Sdk::with(&node, &token::sign(&claims), None);

    let one = person.call("getConversation", json!([{ "conversationId": id }]));

    assert_eq!(one, sdk.call("getConversation", json!([{ "conversationId": id }])));
    let only_sockets = token::of("ana");
    let mut person = Sdk::with(&node, &only_sockets, None);
    let refused = person.refused("getConversation", json!([{ "conversationId": id }]));
    assert_eq!(refused["statusCode"], 401);
}

#[test]
fn an_account_that_calls_too_often_is_told_when_to_come_back_and_no_other() {
    let node = TestNode::with(&[("limits.highlevel_per_10s", "3")]);
    office(&node, &["ana"]);
    let mut sdk = Sdk::of(&node);
    let ask = json!([{ "locationId": ACCOUNT }]);
    let first = node.send(&with(&team_token(ACCOUNT, &SCOPES)));
    assert_eq!(first.header("x-ratelimit-max"), Some("3"));
    assert_eq!(first.header("x-ratelimit-remaining"), Some("2"));
    assert_eq!(first.header("x-ratelimit-interval-milliseconds"), Some("10000"));

    sdk.call("searchConversation", ask.clone());
    sdk.call("searchConversation", ask);
    let spent = node.send(&with(&team_token(ACCOUNT, &SCOPES)));

    assert_eq!((spent.status, spent.json()["statusCode"].clone()), (429, json!(429)));
    let wait: u64 = spent.header("retry-after").expect("when").parse().expect("seconds");
    assert!((1..=10).contains(&wait));
    let mut other = Sdk::with(&node, &team_token("other", &SCOPES), None);
    other.call("searchConversation", json!([{ "locationId": "other" }]));
}

#[test]
fn paths_that_are_nowhere_and_methods_that_are_not_there_are_told_in_each_ones_words() {
    let (node, _) = begin(&["ana"]);
    let nowhere = node.send(&call("GET", "/conversations/messages/a/b/c"));
    assert_eq!((nowhere.status, nowhere.json()["statusCode"].clone()), (404, json!(404)));
    let method = node.send(&call("PATCH", "/conversations/c1"));
    assert_eq!((method.status, method.json()["statusCode"].clone()), (405, json!(405)));
    assert!(method.header("allow").is_some_and(|allowed| allowed.contains("DELETE")));
    let emit = node.send(&Request::get("/conversations/prospect/emit/nothing"));
    assert_eq!((emit.status, emit.json()["error"].clone()), (404, json!("NOT_FOUND")));
    let emit = node.send(&Request::get("/conversations/prospect/emit/message/m1"));
    assert_eq!((emit.status, emit.json()["success"].clone()), (401, json!(false)));
    assert_eq!(Value::Null, emit.json()["statusCode"]);
}
