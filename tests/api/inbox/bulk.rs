use serde_json::{Value, json};

use super::office::*;
use crate::support::TestNode;
use crate::support::people::{office, put};

fn bulk(node: &TestNode, updates: &Value) -> Value {
    does(node, "POST", "/prospects/bulk", &json!({ "updates": updates }))["results"].clone()
}

#[test]
fn each_update_has_its_own_outcome_and_none_stops_the_others() {
    let node = start();
    office(&node, &["ana"]);
    put(&node, "/v1/accounts/other", &json!({ "name": "Other" }));
    let theirs = json!({ "account_id": "other", "name": "Their own" });
    put(&node, "/v1/contacts/theirs", &theirs);
    (1..=3).for_each(|number| prospect(&node, &format!("p{number}"), &number.to_string()));
    let (hot, won) = (tag(&node, "Hot"), status(&node, "Won"));
    let update = |id: &str, context: Value| json!({ "prospectId": id, "context": context });

    let results = bulk(
        &node,
        &json!([
            update("p1", json!({ "statusId": won, "addTags": [hot] })),
            update("nobody", json!({ "statusId": won })),
            update("theirs", json!({ "notes": "ours now" })),
            update("p2", json!({ "statusId": "no-status", "notes": "x" })),
            update("p2", json!({ "nots": "x" })),
            { "prospectId": 7, "context": {} },
            { "prospectId": "p2" },
            "p2",
            update("p1", json!({ "removeTags": [hot], "notes": "twice" })),
            update("p3", json!({ "valuation": 5 })),
        ]),
    );

    let results = results.as_array().expect("outcomes");
    let outcomes: Vec<_> =
        results.iter().map(|one| one["code"].as_str().unwrap_or("done")).collect();
    let wrong = "VALIDATION_ERROR";
    assert_eq!(
        outcomes,
        [
            "done",
            "PROSPECT_NOT_FOUND",
            "PROSPECT_NOT_FOUND",
            "STATUS_NOT_FOUND",
            wrong,
            wrong,
            wrong,
            wrong,
            "done",
            "done",
        ]
    );
    assert_eq!(results[0], json!({ "prospectId": "p1", "success": true }));
    assert_eq!(results[5]["prospectId"], 7, "each is told by what it was sent with");
    for (one, outcome) in results.iter().zip(&outcomes) {
        assert_eq!(one["success"], *outcome == "done", "{one}");
        assert_eq!(one["error"].is_string(), *outcome != "done", "{one}");
    }
    let shown = |id: &str| get(&node, &format!("/prospects/{id}"))["prospect"].clone();
    let first = shown("p1");
    assert_eq!((&first["status"]["name"], &first["notes"]), (&json!("Won"), &json!("twice")));
    assert_eq!(first["tags"], json!([]), "one after the other");
    assert!(shown("p2").get("notes").is_none() && shown("p2")["status"].is_null());
    assert_eq!(shown("p3")["valuation"], 5);
}

#[test]
fn one_request_is_one_call_and_holds_so_many_updates() {
    let node = TestNode::with(&[("limits.inbox_per_minute", "20")]);
    office(&node, &["ana"]);
    prospect(&node, "joe", "1");
    let update = json!({ "prospectId": "joe", "context": { "valuation": 1 } });

    let left = |updates: usize| {
        let body = json!({ "updates": vec![update.clone(); updates] });
        let answer = ask(&node, "POST", "/prospects/bulk", Some(&body));
        let left = answer.header("x-ratelimit-remaining").map(str::to_owned);
        (answer.status, left.and_then(|left| left.parse::<u32>().ok()))
    };

    let (status, most) = left(100);
    assert!(status == 200 && most.is_some_and(|left| left >= 19), "{most:?}");
    assert_eq!((left(101).0, left(0).0), (400, 400));
    for wrong in [json!({}), json!({ "updates": update }), json!({ "updates": [], "more": 1 })] {
        let (code, _) = fails(&node, "POST", "/prospects/bulk", Some(&wrong));
        assert_eq!(code, 400, "{wrong}");
    }
    assert_eq!(get(&node, "/prospects/joe")["prospect"]["valuation"], 1);
}
