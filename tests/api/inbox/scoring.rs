use serde_json::{Value, json};

use super::office::*;
use crate::support::TestNode;
use crate::support::people::{ACCOUNT, office, put};

/// A contact of whom a platform knows this.
fn known(node: &TestNode, id: &str, profile: &Value) {
    let mut body = profile.clone();
    (body["account_id"], body["platformId"]) = (json!(ACCOUNT), json!(id));
    put(node, &format!("/v1/contacts/{id}"), &body);
}

fn score(node: &TestNode, id: &str) -> Value {
    get(node, &format!("/prospects/{id}/score"))["score"].clone()
}

/// Somebody who has all the points that there are.
fn star(node: &TestNode, id: &str) {
    known(
        node,
        id,
        &json!({ "followersCount": 100_001, "verified": true, "description": "Founder & CEO",
                 "url": "https://example.com" }),
    );
}

#[test]
fn without_rules_of_its_own_an_account_scores_as_the_guide_does_and_says_why() {
    let node = start();
    office(&node, &["ana"]);
    star(&node, "star");
    let vp = json!({ "followersCount": 1_000, "verified": false, "description": "VP of Sales",
                     "url": "" });
    known(&node, "vp", &vp);
    known(&node, "nobody", &json!({}));

    let (star, vp) = (score(&node, "star"), score(&node, "vp"));

    assert_eq!(
        star,
        json!({ "prospectId": "star", "total": 80, "rules": [
            { "name": "followers", "points": 30, "because": "more than 100000" },
            { "name": "verified", "points": 15, "because": "verified by the platform" },
            { "name": "bio", "points": 25, "because": "mentions \"founder\"" },
            { "name": "website", "points": 10, "because": "is set" },
        ] })
    );
    assert_eq!(vp["total"], 25, "exactly 1000 are not more than 1000");
    assert_eq!(vp["rules"][0]["because"], Value::Null);
    assert_eq!(score(&node, "nobody")["total"], 0);
    assert_eq!(get(&node, "/lead-scoring")["isDefault"], true);
    let missing = fails(&node, "GET", "/prospects/missing/score", None);
    assert_eq!(missing, (404, "PROSPECT_NOT_FOUND".into()));
}

#[test]
fn rules_that_an_account_puts_are_its_own_and_outlive_a_restart() {
    let mut node = start();
    office(&node, &["ana"]);
    star(&node, "star");
    let rules = json!({ "rules": [
        { "name": "reach", "field": "followingCount", "above": [{ "than": 10, "points": 5 }] },
        { "name": "bots", "field": "description", "containsAny": ["FOUNDER"], "points": -40 },
    ] });

    let put = does(&node, "PUT", "/lead-scoring", &rules);
    node.kill();
    node.resume();

    assert_eq!((&put["isDefault"], &put["autoTag"]), (&json!(false), &Value::Null));
    assert_eq!(get(&node, "/lead-scoring"), put);
    assert_eq!(does(&node, "PUT", "/lead-scoring", &put), put, "what is shown can be put back");
    let score = score(&node, "star");
    assert_eq!((&score["total"], &score["rules"][0]["points"]), (&json!(-40), &json!(0)));
    let other = crate::support::Request::get("/api/v1/lead-scoring");
    let token = token_of("other", "inbox.read");
    let other = node.send(&other.header("authorization", &format!("Bearer {token}")));
    assert_eq!(other.json()["isDefault"], true, "another team's are another's");
    for wrong in [
        json!({}),
        json!({ "rules": [{ "name": "x" }] }),
        json!({ "rules": [{ "name": "x", "verified": true, "points": 1, "isSett": true }] }),
    ] {
        assert_eq!(fails(&node, "PUT", "/lead-scoring", Some(&wrong)).0, 400, "{wrong}");
    }
    assert_eq!(get(&node, "/lead-scoring"), put, "nothing of it was kept");
}

#[test]
fn who_has_enough_points_is_tagged_besides_and_nobody_loses_a_tag() {
    let node = start();
    office(&node, &["ana"]);
    star(&node, "star");
    known(&node, "vp", &json!({ "description": "vp" }));
    let [high, own] = ["High value", "Own"].map(|name| tag(&node, name));
    for id in ["star", "vp"] {
        patch(&node, id, &json!({ "addTags": [own] }));
    }
    let auto_tag = |id: &str| does(&node, "POST", &format!("/prospects/{id}/auto-tag"), &json!({}));
    assert_eq!(auto_tag("star")["tagged"], false, "no tag was named");
    let mut rules = get(&node, "/lead-scoring");
    rules["autoTag"] = json!({ "tagId": "no-tag", "threshold": 70 });
    let unknown = fails(&node, "PUT", "/lead-scoring", Some(&rules));
    assert_eq!(unknown, (404, "TAG_NOT_FOUND".into()));
    rules["autoTag"]["tagId"] = json!(high);
    does(&node, "PUT", "/lead-scoring", &rules);

    let tagged = auto_tag("star");

    assert_eq!((&tagged["tagged"], &tagged["score"]["total"]), (&json!(true), &json!(80)));
    assert_eq!(each(&tagged["prospect"]["tags"], "name"), ["Own", "High value"]);
    assert_eq!(auto_tag("star"), tagged, "twice is once");
    let other = auto_tag("vp");
    assert_eq!((&other["tagged"], &other["score"]["total"]), (&json!(false), &json!(25)));
    assert_eq!(each(&other["prospect"]["tags"], "name"), ["Own"]);
    known(&node, "star", &json!({ "description": "retired" }));
    assert_eq!(each(&auto_tag("star")["prospect"]["tags"], "name"), ["Own", "High value"]);
}
