use serde_json::{Value, json};

use super::office::*;
use crate::support::people::{CHANNEL, office, put};
use crate::support::{TestNode, wait};

#[test]
fn tags_are_made_renamed_and_taken_away_from_everybody() {
    let node = start();
    office(&node, &["ana"]);
    prospect(&node, "joe", "1");
    let (hot, cold) = (tag(&node, "Hot"), tag(&node, "Cold"));
    patch(&node, "joe", &json!({ "tagIds": [hot, cold] }));

    let renamed = does(&node, "PATCH", &format!("/tags/{hot}"), &json!({ "name": "Hot Lead" }));

    assert_eq!(renamed, json!({ "tag": { "id": hot, "name": "Hot Lead", "color": "#4F46E5" } }));
    let tags = get(&node, "/tags");
    assert_eq!(each(&tags["tags"], "name"), ["Cold", "Hot Lead"]);
    assert_eq!(
        each(&get(&node, "/prospects/joe")["prospect"]["tags"], "name"),
        ["Hot Lead", "Cold"]
    );
    let deleted = ask(&node, "DELETE", &format!("/tags/{hot}"), None);
    assert_eq!((deleted.status, deleted.text()), (204, String::new()));
    assert_eq!(each(&get(&node, "/prospects/joe")["prospect"]["tags"], "name"), ["Cold"]);
    for method in ["DELETE", "PATCH"] {
        let gone = fails(&node, method, &format!("/tags/{hot}"), Some(&json!({ "name": "x" })));
        assert_eq!(gone, (404, "TAG_NOT_FOUND".into()), "{method}");
    }
    assert_ne!(tag(&node, "Hot Lead"), hot, "the name is free again");
}

#[test]
fn names_are_one_labels_alone_and_belong_to_their_team() {
    let node = start();
    office(&node, &["ana"]);
    let hot = tag(&node, "Hot");
    let won = status(&node, "Won");
    let (cold, lost) = (tag(&node, "Cold"), status(&node, "Lost"));

    for (method, path, name) in [
        ("POST", "/tags".to_owned(), "Hot"),
        ("PATCH", format!("/tags/{cold}"), "Hot"),
        ("POST", "/statuses".to_owned(), "Won"),
        ("PATCH", format!("/statuses/{lost}"), "Won"),
    ] {
        let taken = fails(&node, method, &path, Some(&json!({ "name": name })));
        assert_eq!(taken, (409, "CONFLICT".into()), "{method} {path}");
    }
    for wrong in [json!({}), json!({ "name": "" }), json!({ "name": "x", "color": "reddish" })] {
        assert_eq!(fails(&node, "POST", "/tags", Some(&wrong)).0, 400, "{wrong}");
    }
    let stranger = |method: &str, path: &str| {
        let request = crate::support::Request::new(method, &format!("/api/v1{path}"));
        let token = token_of("other", "inbox.read inbox.write");
        let request = request.header("authorization", &format!("Bearer {token}"));
        node.send(&request.json(&json!({ "name": "theirs" })))
    };
    assert_eq!(stranger("GET", "/tags").json(), json!({ "tags": [] }));
    assert_eq!(refused(&stranger("PATCH", &format!("/tags/{hot}"))).1, "TAG_NOT_FOUND");
    assert_eq!(refused(&stranger("DELETE", &format!("/statuses/{won}"))).1, "STATUS_NOT_FOUND");
    assert_eq!(each(&get(&node, "/tags")["tags"], "name"), ["Cold", "Hot"]);
}

#[test]
fn the_pipeline_is_ordered_as_it_was_put_and_each_prospect_stands_at_one_place_in_it() {
    let node = start();
    office(&node, &["ana"]);
    prospect(&node, "joe", "1");
    let [new, qualified, demo] = ["New", "Qualified", "Demo"].map(|name| status(&node, name));
    patch(&node, "joe", &json!({ "statusId": new }));
    patch(&node, "joe", &json!({ "statusId": demo }));

    let order = json!({ "statusIds": [demo, new, qualified] });
    let ordered = does(&node, "PUT", "/statuses/order", &order);

    assert_eq!(each(&ordered["statuses"], "name"), ["Demo", "New", "Qualified"]);
    assert_eq!(get(&node, "/statuses"), ordered);
    for wrong in [json!([demo]), json!([demo, demo, new]), json!([demo, new, qualified, "x"])] {
        let order = json!({ "statusIds": wrong });
        let (code, _) = fails(&node, "PUT", "/statuses/order", Some(&order));
        assert!(code == 400 || code == 404, "{order}");
    }
    assert_eq!(get(&node, "/prospects/joe")["prospect"]["status"]["name"], "Demo");
    assert_eq!(ask(&node, "DELETE", &format!("/statuses/{demo}"), None).status, 204);
    assert_eq!(get(&node, "/prospects/joe")["prospect"]["status"], Value::Null);
    let last = status(&node, "Won");
    assert_eq!(each(&get(&node, "/statuses")["statuses"], "id"), [&new, &qualified, &last]);
}

#[test]
fn a_tag_that_many_have_is_gone_for_all_at_once_and_off_their_threads_in_time() {
    let mut node = start();
    office(&node, &["ana"]);
    let many: Vec<_> = (0..600)
        .map(|number| json!({ "_id": format!("c{number:04}"), "account_id": "acme", "platformId": format!("{number}") }))
        .collect();
    import(&mut node, "contacts", &many);
    let threads: Vec<_> = (0..30)
        .map(|number| {
            json!({ "_id": format!("t{number:02}"), "account_id": "acme", "channel_id": CHANNEL,
                    "contact_id": format!("c{number:04}"), "users": ["ana"] })
        })
        .collect();
    import(&mut node, "conversationprospects", &threads);
    let (hot, big) = (tag(&node, "Hot"), tag(&node, "Big"));
    mark_all(&node, &hot, 600);
    patch(&node, "c0001", &json!({ "addTags": [big] }));
    let with = |tag: &str| each_id(&node, &format!("/threads?limit=100&filter[tagIds][]={tag}"));
    assert_eq!(with(&hot).len(), 30);

    assert_eq!(ask(&node, "DELETE", &format!("/tags/{hot}"), None).status, 204);

    assert!(with(&hot).is_empty(), "nobody finds anything by it any more");
    assert_eq!(get(&node, "/prospects/c0599")["prospect"]["tags"], json!([]));
    assert_eq!(each(&get(&node, "/prospects/c0001")["prospect"]["tags"], "name"), ["Big"]);
    let untagged = || each_id(&node, "/threads?limit=100&filter[noTags]=true").len();
    wait::for_long("the threads to lose it", || (untagged() == 29).then_some(()));
}

/// Marks every contact, a hundred at a time.
fn mark_all(node: &TestNode, tag: &str, count: usize) {
    let all: Vec<_> = (0..count)
        .map(|number| {
            json!({ "prospectId": format!("c{number:04}"), "context": { "addTags": [tag] } })
        })
        .collect();
    for some in all.chunks(100) {
        let done = does(node, "POST", "/prospects/bulk", &json!({ "updates": some }));
        let results = done["results"].as_array().expect("outcomes");
        assert!(results.iter().all(|result| result["success"] == true), "{done}");
    }
}

fn each_id(node: &TestNode, path: &str) -> Vec<String> {
    each(&get(node, path)["threads"], "id").into_iter().map(str::to_owned).collect()
}

#[test]
fn members_and_account_links_are_listed_whole() {
    let node = start();
    office(&node, &["ana", "ben"]);
    let gone = json!({ "account_id": "acme", "name": "Gone", "email": "g@x.io", "active": false });
    put(&node, "/v1/users/gone", &gone);

    let members = get(&node, "/members");
    let links = get(&node, "/account-links");

    assert_eq!(each(&members["members"], "email"), ["ana@example.com", "ben@example.com"]);
    assert!(members["members"][0]["createdAt"].as_str().is_some_and(|at| at.ends_with('Z')));
    assert_eq!(members["members"][0]["role"], Value::Null);
    let link = &links["accountLinks"][0];
    assert_eq!((&link["id"], &link["platform"]), (&json!(CHANNEL), &json!("sms")));
}
