use serde_json::{Value, json};

use super::office::*;
use crate::support::people::{CHANNEL, channel, contact, office, put};
use crate::support::twilio::Sms;
use crate::support::{Client, TestNode, wait};

fn ids(node: &TestNode, query: &str) -> Vec<String> {
    let page = get(node, &format!("/threads?{query}"));
    each(&page["threads"], "prospectId").into_iter().map(str::to_owned).collect()
}

fn sorted(node: &TestNode, query: &str) -> Vec<String> {
    let mut ids = ids(node, query);
    ids.sort();
    ids
}

/// Carl wrote; Cleo was answered; Cora is done. Each has a contact of that name.
fn three(node: &TestNode) -> Client {
    office(node, &["ana", "ben"]);
    for (number, name) in [(1, "carl"), (2, "cleo"), (3, "cora")] {
        contact(node, name, &format!("+1202555014{number}"));
        Sms::new(number, &format!("+1202555014{number}"), &format!("{name} here")).deliver(node);
    }
    let ana = Client::of(node, "ana");
    wait::until("three threads", || (ids(node, "").len() == 3).then_some(()));
    let place = |name: &str| thread_of(node, name);
    let answer = json!({ "content": "how are you?" });
    does(node, "POST", &format!("/threads/{}/messages", place("cleo")), &answer);
    ana.ask("prospect_open", json!({ "conversation_id": place("cora"), "is_open": false }));
    ana
}

fn thread_of(node: &TestNode, prospect: &str) -> String {
    let path = format!("/threads/lookup?externalId={prospect}&accountLinkId={CHANNEL}");
    get(node, &path)["thread"]["id"].as_str().expect("a thread").to_owned()
}

#[test]
fn a_thread_is_shown_with_its_prospect_and_what_was_written_last() {
    let node = start();
    let _ana = three(&node);
    let hot = tag(&node, "Hot");
    patch(&node, "carl", &json!({ "addTags": [hot], "notes": "pays late" }));

    let carl = get(&node, &format!("/threads/{}", thread_of(&node, "carl")))["thread"].clone();

    assert_eq!((&carl["prospectId"], &carl["accountLinkId"]), (&json!("carl"), &json!(CHANNEL)));
    assert_eq!((&carl["done"], &carl["assignedToMemberId"]), (&json!(false), &Value::Null));
    assert_eq!(carl["lastMessage"]["content"], "carl here");
    assert_eq!(carl["lastMessageAt"], carl["lastMessage"]["createdAt"]);
    assert_eq!(
        (&carl["lastMessage"]["authorId"], &carl["lastMessage"]["origin"]),
        (&json!("carl"), &json!("external"))
    );
    assert_eq!(carl["prospect"], get(&node, "/prospects/carl")["prospect"]);
    assert_eq!(carl["prospect"]["notes"], "pays late");
    for nobody in ["ffffffffffffffffffffffff", "x y"] {
        let path = format!("/threads/{}", nobody.replace(' ', "%20"));
        assert_eq!(fails(&node, "GET", &path, None), (404, "THREAD_NOT_FOUND".into()));
    }
}

#[test]
fn views_show_what_is_to_be_answered_what_waits_and_what_is_done() {
    let node = start();
    let ana = three(&node);

    assert_eq!(sorted(&node, ""), ["carl", "cleo", "cora"], "without a view all of them");
    assert_eq!(sorted(&node, "inboxView=default"), ["carl", "cleo"]);
    assert_eq!(sorted(&node, "inbox=default"), ["carl", "cleo"]);
    assert_eq!(ids(&node, "inboxView=no-reply"), ["cleo"]);
    assert_eq!(ids(&node, "inboxView=archived"), ["cora"]);
    assert!(ids(&node, "inboxView=requests").is_empty());
    assert_eq!(fails(&node, "GET", "/threads?inboxView=all", None).0, 400);
    // A note of a colleague is not an answer of ours, and no news.
    let order = ids(&node, "");
    let note =
        json!({ "conversation_id": thread_of(&node, "carl"), "data": "hm", "mentions": ["ben"] });
    assert_eq!(ana.ask("prospect_add_note", note)["success"], true);
    assert_eq!(ids(&node, "inboxView=no-reply"), ["cleo"]);
    assert_eq!(ids(&node, ""), order);
    Sms::new(9, "+12025550143", "me again").deliver(&node);
    wait::until("cora to be back", || (ids(&node, "inboxView=archived").is_empty()).then_some(()));
    assert_eq!(ids(&node, "")[0], "cora", "what was written last comes first");
}

#[test]
fn who_is_unknown_is_a_request_until_somebody_answers() {
    let node = start();
    office(&node, &["ana"]);
    let body = json!({ "account_id": "acme", "kind": "SMS", "name": "Open", "address": "+12025550199",
                       "member_ids": ["ana"], "message_requests": true });
    put(&node, "/v1/channels/open", &body);
    Sms::new(1, "+12025550143", "hello?").to("+12025550199").deliver(&node);

    let request = wait::until("a request", || {
        let page = get(&node, "/threads?inboxView=requests");
        page["threads"].get(0).cloned()
    });

    assert_eq!((&request["isRequest"], &request["done"]), (&json!(true), &json!(false)));
    assert!(ids(&node, "inboxView=default").is_empty());
    let path = format!("/threads/{}", request["id"].as_str().expect("an id"));
    let opened = does(&node, "PATCH", &path, &json!({ "done": false }));
    assert_eq!(opened["thread"]["isRequest"], false, "who opens it takes it up");
    assert_eq!(ids(&node, "inboxView=default").len(), 1);
}

#[test]
fn filters_hold_in_every_spelling_and_none_is_passed_over() {
    let node = start();
    let _ana = three(&node);
    channel(&node, "second", "+12025550101", &["ana"]);
    Sms::new(7, "+12025550141", "on the other line").to("+12025550101").deliver(&node);
    wait::until("four threads", || (ids(&node, "").len() == 4).then_some(()));
    let [hot, big, new, won] =
        [tag(&node, "Hot"), tag(&node, "Big"), status(&node, "New"), status(&node, "Won")];
    patch(&node, "carl", &json!({ "addTags": [hot], "statusId": new }));
    patch(
        &node,
        "cleo",
        &json!({ "addTags": [hot, big], "statusId": won, "assignedToMemberId": "ana" }),
    );

    let both = ["carl", "carl", "cleo"];
    for (query, expected) in [
        (format!("filter[tagIds][0]={hot}"), &both[..]),
        (format!("filter%5BtagIds%5D%5B0%5D={hot}"), &both[..]),
        (format!("filter[tagIds][]={hot}"), &both[..]),
        (format!("filter[tagIds]={hot}"), &both[..]),
        (format!("filters[tags][selectedIds][0]={hot}"), &both[..]),
        (format!("filter[tagIds][999999999]={hot}&filter[tagIds][0]={big}"), &both[..]),
        (format!("filter[tagIds][0]={big}"), &["cleo"][..]),
        ("filter[tagIds][0]=no-tag".to_owned(), &[][..]),
        ("filter[noTags]=true".to_owned(), &["cora"][..]),
        (format!("filter[statusIds][0]={won}"), &["cleo"][..]),
        (format!("filters[statuses][selectedIds][]={won}&filter[statusIds][]={new}"), &both[..]),
        ("filter[assigneeIds][0]=ana".to_owned(), &["cleo"][..]),
        (format!("filter[tagIds][]={hot}&filter[statusIds][]={new}"), &["carl", "carl"][..]),
        (format!("filter[tagIds][]={hot}&inboxView=no-reply"), &["cleo"][..]),
        ("accountLinkId=second".to_owned(), &["carl"][..]),
        (
            format!("accountLinkIds[]=second&accountLinkIds[]={CHANNEL}&filter[tagIds][]={hot}"),
            &both[..],
        ),
        (format!("sort=createdAt&filter[tagIds][]={hot}&filter[tagIds][]={big}"), &both[..]),
    ] {
        assert_eq!(sorted(&node, &query), expected, "{query}");
    }
    for wrong in [
        format!("filter[tags]={hot}"),
        format!("filter[tagIDs][0]={hot}"),
        format!("tagIds={hot}"),
        format!("filter[tagIds][0]={hot}&filter[noTags]=true"),
        "filter[tagIds][0]=".to_owned(),
        "unread=true".to_owned(),
    ] {
        assert_eq!(fails(&node, "GET", &format!("/threads?{wrong}"), None).0, 400, "{wrong}");
    }
    let link = fails(&node, "GET", "/threads?accountLinkId=nowhere", None);
    assert_eq!(link, (404, "ACCOUNT_LINK_NOT_FOUND".into()));
}

#[test]
fn a_thread_is_found_by_its_prospect_and_link_and_who_has_none_gets_null() {
    let node = start();
    office(&node, &["ana"]);
    prospect(&node, "joe", "1234567890");
    let begin =
        json!({ "accountLinkId": CHANNEL, "prospectPlatformId": "1234567890", "content": "hi" });
    // How far the message is on its way may have changed meanwhile.
    let at_rest = |mut thread: Value| {
        if let Some(last) = thread.get_mut("lastMessage").and_then(Value::as_object_mut) {
            last.retain(|field, _| field != "status" && field != "errorCode");
        }
        thread
    };
    let lookup =
        |query: &str| at_rest(get(&node, &format!("/threads/lookup?{query}"))["thread"].clone());
    let by = format!("prospectPlatformId=1234567890&accountLinkId={CHANNEL}");
    assert_eq!(lookup(&by), Value::Null);

    let sent = does(&node, "POST", "/threads/messages", &begin);

    assert_eq!(lookup(&by), at_rest(sent["thread"].clone()));
    assert_eq!(
        lookup(&format!("externalPlatformId=1234567890&accountLinkId={CHANNEL}")),
        at_rest(sent["thread"].clone())
    );
    assert_eq!(lookup(&format!("prospectPlatformId=9&accountLinkId={CHANNEL}")), Value::Null);
    for wrong in ["prospectPlatformId=1", &format!("accountLinkId={CHANNEL}"), ""] {
        assert_eq!(
            fails(&node, "GET", &format!("/threads/lookup?{wrong}"), None).0,
            400,
            "{wrong}"
        );
    }
    let nowhere = fails(&node, "GET", "/threads/lookup?prospectPlatformId=1&accountLinkId=x", None);
    assert_eq!(nowhere, (404, "ACCOUNT_LINK_NOT_FOUND".into()));
}

#[test]
fn a_thread_is_closed_and_assigned_by_itself_or_with_all_others_of_its_prospect() {
    let node = start();
    let _ana = three(&node);
    channel(&node, "second", "+12025550101", &["ana"]);
    Sms::new(7, "+12025550141", "on the other line").to("+12025550101").deliver(&node);
    wait::until("four threads", || (ids(&node, "").len() == 4).then_some(()));
    let path = format!("/threads/{}", thread_of(&node, "carl"));

    let one = does(&node, "PATCH", &path, &json!({ "done": true, "assignedToMemberId": "ben" }));

    assert_eq!(
        (&one["thread"]["done"], &one["thread"]["assignedToMemberId"]),
        (&json!(true), &json!("ben"))
    );
    assert_eq!(one["thread"]["prospect"]["done"], false, "another one is open");
    assert!(one["thread"]["prospect"].get("assignedToMemberId").is_none());
    let all = patch(&node, "carl", &json!({ "done": true, "assignedToMemberId": "ana" }));
    assert_eq!((&all["done"], &all["assignedToMemberId"]), (&json!(true), &json!("ana")));
    let done = get(&node, "/threads?inboxView=archived&filter[assigneeIds][]=ana");
    assert_eq!(each(&done["threads"], "prospectId"), ["carl", "carl"]);
    for wrong in [json!({ "done": "yes" }), json!({ "assigneeId": 5 }), json!({ "tagIds": [] })] {
        assert_eq!(fails(&node, "PATCH", &path, Some(&wrong)).0, 400, "{wrong}");
    }
    let nobody = json!({ "done": false, "assignedToMemberId": "nobody" });
    assert_eq!(fails(&node, "PATCH", &path, Some(&nobody)), (404, "MEMBER_NOT_FOUND".into()));
    assert_eq!(get(&node, &path)["thread"]["done"], true, "nothing of it was done");
}
