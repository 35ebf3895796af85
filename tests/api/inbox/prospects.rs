use std::thread;

use serde_json::{Value, json};

use super::office::*;
use crate::support::Request;
use crate::support::people::{ACCOUNT, office, put};

#[test]
fn a_prospect_is_found_by_platform_id_and_who_is_not_there_is_null() {
    let node = start();
    office(&node, &["ana"]);
    prospect(&node, "joe", "1234567890123456789");

    let found = get(&node, "/prospects/lookup?platformId=1234567890123456789");

    let expected = json!({ "prospect": {
        "id": "joe", "platformId": "1234567890123456789", "platform": "x",
        "platformUsername": "johndoe", "name": "John Doe",
        "description": "Software Engineer | Building cool stuff", "verified": false,
        "followersCount": 5420, "followingCount": 892, "tags": [], "status": null, "done": false,
    }});
    assert_eq!(found, expected);
    assert_eq!(get(&node, "/prospects/joe"), expected);
    for nobody in ["platformId=1", "platformId=joe", "platformId=1234567890123456789&platform=y"] {
        let miss = get(&node, &format!("/prospects/lookup?{nobody}"));
        assert_eq!(miss, json!({ "prospect": null }), "{nobody}");
    }
    let alias =
        get(&node, "/prospects/lookup?externalPlatformId=1234567890123456789&platform=twitter");
    assert_eq!(alias, expected);
    for wrong in ["", "?platformId=", "?platformId=1&platformId=2", "?platfromId=1"] {
        let answer = fails(&node, "GET", &format!("/prospects/lookup{wrong}"), None);
        assert_eq!(answer, (400, "VALIDATION_ERROR".into()), "{wrong}");
    }
    let by_platform = fails(&node, "GET", "/prospects/1234567890123456789", None);
    assert_eq!(by_platform, (404, "PROSPECT_NOT_FOUND".into()), "that is no id of ours");
}

#[test]
fn prospects_of_another_team_are_not_there() {
    let node = start();
    office(&node, &["ana"]);
    put(&node, "/v1/contacts/theirs", &json!({ "account_id": "other", "platformId": "7" }));

    assert_eq!(get(&node, "/prospects/lookup?platformId=7"), json!({ "prospect": null }));
    assert_eq!(fails(&node, "GET", "/prospects/theirs", None).1, "PROSPECT_NOT_FOUND");
    let context = json!({ "notes": "mine" });
    let patched = fails(&node, "PATCH", "/prospects/theirs/context", Some(&context));
    assert_eq!(patched.1, "PROSPECT_NOT_FOUND");
    assert_eq!(get(&node, "/prospects")["prospects"], json!([]));
}

#[test]
fn a_patch_changes_what_it_names_clears_what_is_null_and_leaves_the_rest() {
    let node = start();
    office(&node, &["ana"]);
    prospect(&node, "joe", "1");
    let (enterprise, maker) = (tag(&node, "Enterprise"), tag(&node, "Decision Maker"));
    let qualified = status(&node, "Qualified");

    let whole = patch(
        &node,
        "joe",
        &json!({
            "notes": "Decision maker at Acme Corp", "valuation": 75000,
            "tagIds": [enterprise, maker, enterprise], "statusId": qualified,
            "assignedToMemberId": "ana", "done": false,
        }),
    );

    assert_eq!(each(&whole["tags"], "name"), ["Enterprise", "Decision Maker"]);
    assert_eq!(whole["status"]["name"], "Qualified");
    assert_eq!(
        (&whole["notes"], &whole["valuation"]),
        (&json!("Decision maker at Acme Corp"), &json!(75000))
    );
    assert_eq!((&whole["assignedToMemberId"], &whole["done"]), (&json!("ana"), &json!(false)));
    assert_eq!(patch(&node, "joe", &json!({})), whole, "nothing named, nothing changed");
    let zero = patch(&node, "joe", &json!({ "valuation": 0, "done": true }));
    assert_eq!((&zero["valuation"], &zero["done"]), (&json!(0), &json!(true)));
    assert_eq!(zero["notes"], whole["notes"]);
    let moved = patch(&node, "joe", &json!({ "removeTags": [enterprise], "addTags": [maker] }));
    assert_eq!(each(&moved["tags"], "name"), ["Decision Maker"]);
    let cleared = json!({ "notes": null, "valuation": null, "statusId": null,
                          "assignedToMemberId": null, "tagIds": [] });
    let cleared = patch(&node, "joe", &cleared);
    for gone in ["notes", "valuation", "assignedToMemberId"] {
        assert!(cleared.get(gone).is_none(), "{gone} is left out when it is unset");
    }
    assert_eq!((&cleared["tags"], &cleared["status"]), (&json!([]), &Value::Null));
    assert_eq!(get(&node, "/prospects/joe")["prospect"], cleared);
}

#[test]
fn one_thing_that_is_not_there_or_not_known_changes_nothing() {
    let node = start();
    office(&node, &["ana"]);
    put(
        &node,
        "/v1/users/spy",
        &json!({ "account_id": "other", "name": "Spy", "email": "s@x.io" }),
    );
    prospect(&node, "joe", "1");
    let hot = tag(&node, "Hot");
    let before = patch(&node, "joe", &json!({ "tagIds": [hot], "notes": "first" }));

    for (context, expected) in [
        (json!({ "tagIds": [hot, "no-tag"] }), (404, "TAG_NOT_FOUND")),
        (json!({ "addTags": ["no-tag"] }), (404, "TAG_NOT_FOUND")),
        (json!({ "removeTags": ["no-tag"] }), (404, "TAG_NOT_FOUND")),
        (json!({ "tagIds": [], "statusId": "no-status" }), (404, "STATUS_NOT_FOUND")),
        (json!({ "notes": "x", "assignedToMemberId": "nobody" }), (404, "MEMBER_NOT_FOUND")),
        (json!({ "notes": "x", "assignedToMemberId": "spy" }), (404, "MEMBER_NOT_FOUND")),
        (json!({ "notes": "x", "tags": [] }), (400, "VALIDATION_ERROR")),
        (json!({ "notes": "x", "tagIds": null }), (400, "VALIDATION_ERROR")),
        (json!({ "notes": "x", "done": null }), (400, "VALIDATION_ERROR")),
        (json!({ "notes": "x", "valuation": -1 }), (400, "VALIDATION_ERROR")),
        (json!({ "notes": "x", "tagIds": [hot], "addTags": [hot] }), (400, "VALIDATION_ERROR")),
        (json!([]), (400, "VALIDATION_ERROR")),
    ] {
        let (code, word) = fails(&node, "PATCH", "/prospects/joe/context", Some(&context));
        assert_eq!((code, word.as_str()), expected, "{context}");
    }
    let named = ask(&node, "PATCH", "/prospects/joe/context", Some(&json!({ "tags": [] })));
    assert_eq!(named.json()["error"]["message"], "unknown field \"tags\"");

    assert_eq!(get(&node, "/prospects/joe")["prospect"], before);
}

#[test]
fn patches_of_different_fields_at_the_same_time_all_survive() {
    let node = start();
    office(&node, &["ana"]);
    prospect(&node, "joe", "1");
    let tags: Vec<_> = (0..12).map(|number| tag(&node, &format!("t{number}"))).collect();
    let new = status(&node, "New");

    thread::scope(|scope| {
        let node = &node;
        for tag in &tags {
            scope.spawn(move || patch(node, "joe", &json!({ "addTags": [tag] })));
        }
        for context in [
            json!({ "notes": "written" }),
            json!({ "valuation": 12.5 }),
            json!({ "statusId": new }),
            json!({ "assignedToMemberId": "ana" }),
        ] {
            scope.spawn(move || patch(node, "joe", &context));
        }
    });

    let joe = get(&node, "/prospects/joe")["prospect"].clone();
    assert_eq!(joe["tags"].as_array().map(Vec::len), Some(12));
    assert_eq!((&joe["notes"], &joe["valuation"]), (&json!("written"), &json!(12.5)));
    assert_eq!(
        (&joe["status"]["name"], &joe["assignedToMemberId"]),
        (&json!("New"), &json!("ana"))
    );
}

#[test]
fn a_profile_that_is_synced_again_touches_nothing_that_the_team_keeps() {
    let node = start();
    office(&node, &["ana"]);
    prospect(&node, "joe", "1");
    let hot = tag(&node, "Hot");
    patch(
        &node,
        "joe",
        &json!({ "notes": "pays late", "valuation": 5, "tagIds": [hot], "done": true }),
    );

    put(
        &node,
        "/v1/contacts/joe",
        &json!({
            "account_id": ACCOUNT, "name": "Joseph", "platformId": "1", "platformUsername": "@joseph",
            "notes": "theirs", "tags": ["theirs"], "valuation": 1, "done": false, "verified": true,
        }),
    );

    let joe = get(&node, "/prospects/joe")["prospect"].clone();
    assert_eq!((&joe["name"], &joe["platformUsername"]), (&json!("Joseph"), &json!("joseph")));
    assert_eq!((&joe["notes"], &joe["valuation"]), (&json!("pays late"), &json!(5)));
    assert_eq!((each(&joe["tags"], "name"), &joe["done"]), (vec!["Hot"], &json!(true)));
    let document = node.send(&Request::get("/v1/contacts/joe").key()).json();
    assert_eq!(document["notes"], "theirs", "what came with the contact is kept as it came");
}

#[test]
fn who_is_worth_most_comes_first_and_tags_find_their_prospects() {
    let node = start();
    office(&node, &["ana"]);
    let hot = tag(&node, "Hot");
    for (number, worth) in
        [(1, Some(5.0)), (2, None), (3, Some(0.0)), (4, Some(70_000.5)), (5, Some(5.0))]
    {
        let id = format!("p{number}");
        prospect(&node, &id, &number.to_string());
        patch(&node, &id, &json!({ "valuation": worth }));
    }
    patch(&node, "p2", &json!({ "addTags": [hot] }));
    patch(&node, "p5", &json!({ "addTags": [hot] }));

    let mut by_worth = Vec::new();
    let mut path = "/prospects?sort=valuation&limit=2".to_owned();
    loop {
        let page = get(&node, &path);
        by_worth.extend(each(&page["prospects"], "id").into_iter().map(str::to_owned));
        let next = &page["nextCursor"];
        if next.is_null() {
            break;
        }
        path = format!(
            "/prospects?sort=valuation&limit=2&cursor[id]={}&cursor[valuation]={}",
            next["id"].as_str().expect("an id"),
            next["valuation"],
        );
    }

    assert_eq!(by_worth, ["p4", "p5", "p1", "p3"]);
    let tagged = get(&node, &format!("/prospects?filter[tagIds][0]={hot}"));
    assert_eq!(each(&tagged["prospects"], "id"), ["p2", "p5"]);
    assert_eq!(tagged["nextCursor"], Value::Null);
    let untagged = get(&node, "/prospects?filter%5BnoTags%5D=true");
    assert_eq!(each(&untagged["prospects"], "id"), ["p1", "p3", "p4"]);
    assert_eq!(get(&node, "/prospects?filter[tagIds][]=nothing")["prospects"], json!([]));
}
