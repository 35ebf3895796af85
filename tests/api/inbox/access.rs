use serde_json::json;

use super::office::*;
use crate::support::people::{ACCOUNT, office, put};
use crate::support::{Request, Response, TestNode, token, wait};

fn with(node: &TestNode, token: &str, method: &str, path: &str) -> Response {
    let request = Request::new(method, &format!("/api/v1{path}"));
    node.send(&request.header("authorization", &format!("Bearer {token}")))
}

#[test]
fn a_token_opens_what_its_scope_names_for_its_own_team() {
    let node = start();
    office(&node, &["ana"]);
    prospect(&node, "joe", "1");
    let reads = token_of(ACCOUNT, "inbox.read");

    assert_eq!(with(&node, &reads, "GET", "/prospects/joe").status, 200);
    for (method, path) in [
        ("PATCH", "/prospects/joe/context"),
        ("POST", "/tags"),
        ("PUT", "/lead-scoring"),
        ("DELETE", "/tags/x"),
        ("POST", "/threads/messages"),
    ] {
        let answer = refused(&with(&node, &reads, method, path));
        assert_eq!(answer, (403, "FORBIDDEN".into()), "{method} {path}");
    }
    let writes = token_of(ACCOUNT, "inbox.write");
    assert_eq!(refused(&with(&node, &writes, "GET", "/tags")), (403, "FORBIDDEN".into()));
    for nobody in [token_of(ACCOUNT, "inbox.reader"), token_of(ACCOUNT, "conversation")] {
        assert_eq!(with(&node, &nobody, "GET", "/tags").status, 403);
    }
    let other = token_of("other", "inbox.read");
    let theirs = refused(&with(&node, &other, "GET", "/prospects/joe"));
    assert_eq!(theirs, (404, "PROSPECT_NOT_FOUND".into()));
}

#[test]
fn a_persons_token_with_the_scope_is_read_as_the_teams_and_nobody_elses_is() {
    let node = start();
    office(&node, &["ana"]);
    let of = |user: &str, scope: &str| {
        let mut claims = token::claims(user);
        claims["scope"] = json!(scope);
        token::sign(&claims)
    };

    assert_eq!(with(&node, &of("ana", "inbox.read"), "GET", "/members").status, 200);
    assert_eq!(with(&node, &of("ana", "conversation"), "GET", "/members").status, 403);
    let unauthorized = (401, "UNAUTHORIZED".to_owned());
    assert_eq!(
        refused(&with(&node, &of("stranger", "inbox.read"), "GET", "/members")),
        unauthorized
    );
    let mut expired = token::claims("ana");
    (expired["scope"], expired["exp"]) = (json!("inbox.read"), json!(token::now() - 60));
    for bad in [token::sign(&expired), token::unsigned(&token::claims("ana")), "sbk_0".into()] {
        assert_eq!(refused(&with(&node, &bad, "GET", "/members")), unauthorized);
    }
    let bare = node.send(&Request::get("/api/v1/members"));
    assert_eq!(refused(&bare), unauthorized);
    let key = node.send(&Request::get("/api/v1/members").key());
    assert_eq!(refused(&key), unauthorized, "the operator's key is no team's");
}

#[test]
fn whatever_goes_wrong_below_the_prefix_is_said_in_one_form() {
    let node = start();
    office(&node, &["ana"]);
    prospect(&node, "joe", "1");
    let bearer = format!("Bearer {}", team_token());
    let send = |request: Request| node.send(&request.header("authorization", &bearer));
    let context = "/api/v1/prospects/joe/context";
    let patch = || Request::new("PATCH", context);

    for (request, expected) in [
        (Request::get("/api/v1"), (404, "NOT_FOUND")),
        (Request::get("/api/v1/"), (404, "NOT_FOUND")),
        (Request::get("/api/v1/prospect"), (404, "NOT_FOUND")),
        (Request::get("/api/v1/prospects/joe/nothing"), (404, "NOT_FOUND")),
        (Request::new("DELETE", "/api/v1/prospects/joe"), (405, "METHOD_NOT_ALLOWED")),
        (patch().body("application/json", "{"), (400, "VALIDATION_ERROR")),
        (patch().body("application/json", ""), (400, "VALIDATION_ERROR")),
        (patch().body("application/json", "[".repeat(5_000)), (400, "VALIDATION_ERROR")),
        (patch().body("text/plain", "{}"), (415, "UNSUPPORTED_MEDIA_TYPE")),
        (patch().body("application/json", vec![b' '; 2_000_000]), (413, "PAYLOAD_TOO_LARGE")),
        (patch().body("application/json", "{\"valuation\":1e999}"), (400, "VALIDATION_ERROR")),
        (Request::get("/api/v1/threads?limit=%ff"), (400, "VALIDATION_ERROR")),
        (Request::get("/api/v1/threads/x%00y"), (404, "THREAD_NOT_FOUND")),
        (
            Request::get(&format!("/api/v1/prospects/{}", "x".repeat(200))),
            (404, "PROSPECT_NOT_FOUND"),
        ),
    ] {
        let answer = refused(&send(request.clone()));
        assert_eq!((answer.0, answer.1.as_str()), expected, "{request:?}");
    }
    let refused = send(Request::new("DELETE", "/api/v1/prospects/joe"));
    assert_eq!(refused.header("allow"), Some("GET"));
    let elsewhere = node.send(&Request::get("/api/v10/threads"));
    assert_eq!((elsewhere.status, elsewhere.json()["errno"].clone()), (404, json!(404)));
}

#[test]
fn every_answer_says_how_many_calls_are_left_and_the_last_when_to_come_back() {
    let node = TestNode::with(&[("limits.inbox_per_minute", "3")]);
    office(&node, &["ana"]);
    put(&node, "/v1/accounts/other", &json!({ "name": "Other" }));
    let asked = |token: &str| {
        let answer = with(&node, token, "GET", "/tags");
        let number = |name: &str| answer.header(name).and_then(|text| text.parse::<u64>().ok());
        let left = number("x-ratelimit-remaining").expect("what is left");
        let until = number("x-ratelimit-reset").expect("until when");
        assert_eq!(number("x-ratelimit-limit"), Some(3));
        assert!((token::now()..=token::now() + 60).contains(&until), "{until}");
        (answer.status, left, number("retry-after"))
    };
    // Within one minute, whichever it is.
    let (first, last) = wait::until("four calls in one minute", || {
        let minute = token::now() / 60;
        let calls: Vec<_> = (0..4).map(|_| asked(&team_token())).collect();
        (token::now() / 60 == minute).then(|| (calls[0], calls[3]))
    });

    assert_eq!(first, (200, 2, None));
    assert_eq!((last.0, last.1), (429, 0));
    assert!(last.2.is_some_and(|wait| (1..=60).contains(&wait)), "{last:?}");
    let limited = with(&node, &team_token(), "GET", "/nothing-there");
    assert_eq!(limited.status, 404, "who asks for nothing takes nothing");
    let limited = refused(&with(&node, &team_token(), "GET", "/tags"));
    assert!(limited == (429, "RATE_LIMITED".into()) || limited.0 == 200);
    assert_eq!(asked(&token_of("other", "inbox.read")).0, 200, "another team has its own");
    let forbidden = with(&node, &token_of("other", "nothing"), "GET", "/tags");
    assert_eq!(forbidden.header("x-ratelimit-remaining"), Some("1"), "a refused call is one, too");
}
