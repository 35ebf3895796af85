use serde_json::{Value, json};

use super::published::fits;
use super::{begin, call, channel_of_mail, create, found, ids, inbound, search};
use crate::support::people::{ACCOUNT, contact, put};

#[test]
fn a_conversation_is_created_found_at_once_read_changed_and_deleted() {
    let (node, mut sdk) = begin(&["ana"]);
    let id = create(&node, &mut sdk, "carl");

    let rows = search(&mut sdk, json!({}));
    assert_eq!((ids(&rows), &rows["total"]), (vec![id.clone()], &json!(1)));
    let row = &rows["conversations"][0];
    assert_eq!(
        (&row["fullName"], &row["type"], &row["contactId"]),
        (&json!("carl"), &json!("TYPE_PHONE"), &json!("carl"))
    );

    let one = sdk.call("getConversation", json!([{ "conversationId": id }]));
    fits(&one, "GetConversationByIdResponse");
    assert_eq!(
        (&one["type"], &one["inbox"], &one["deleted"]),
        (&json!(1), &json!(true), &json!(false))
    );

    let change =
        json!({ "locationId": ACCOUNT, "unreadCount": 3, "starred": true, "feedback": {} });
    let updated = sdk.call("updateConversation", json!([{ "conversationId": id }, change]));
    fits(&updated, "GetConversationSuccessfulResponse");
    let shown = &updated["conversation"];
    assert_eq!((&shown["unreadCount"], &shown["starred"]), (&json!(3), &json!(true)));
    assert!(shown["lastMessageDate"].as_str().is_some_and(|date| date.parse::<u64>().is_ok()));
    let partial = json!({ "locationId": ACCOUNT, "starred": false });
    let updated = sdk.call("updateConversation", json!([{ "conversationId": id }, partial]));
    assert_eq!(updated["conversation"]["unreadCount"], 3, "what is absent stays");

    let deleted = sdk.call("deleteConversation", json!([{ "conversationId": id }]));
    assert_eq!(deleted, json!({ "success": true }));
    for method in ["getConversation", "deleteConversation"] {
        let refused = sdk.refused(method, json!([{ "conversationId": id }]));
        assert_eq!(refused["statusCode"], 404, "{method}");
        let message = format!("Conversation with id {id} not found");
        assert_eq!(refused["response"], json!({ "statusCode": 404, "message": message }));
    }
    assert_eq!(search(&mut sdk, json!({}))["total"], 0);
    assert_ne!(create(&node, &mut sdk, "carl"), id, "a new one can be made");
}

#[test]
fn a_contact_has_one_conversation_and_whoever_makes_another_is_told_which() {
    let (node, mut sdk) = begin(&["ana"]);
    let id = create(&node, &mut sdk, "carl");
    let body = json!({ "locationId": ACCOUNT, "contactId": "carl" });

    let refused = sdk.refused("createConversation", json!([body]));

    assert_eq!(refused["statusCode"], 400);
    assert_eq!(
        refused["response"],
        json!({
            "statusCode": 400, "conversationId": id,
            "message": "Conversation with the contact id:carl already exists!",
        })
    );
    let slashless = call("POST", "/conversations").json(&body);
    assert_eq!(node.send(&slashless).status, 400, "both spellings are one route");
    let unknown = json!({ "locationId": ACCOUNT, "contactId": "nobody" });
    assert_eq!(sdk.refused("createConversation", json!([unknown]))["statusCode"], 404);
}

#[test]
fn the_channel_of_a_new_conversation_is_the_one_that_reaches_the_contact() {
    let (node, mut sdk) = begin(&["ana"]);
    channel_of_mail(&node, "mail", "inbox@example.com", &["ana"]);
    let body = |id: &str| json!([{ "locationId": ACCOUNT, "contactId": id }]);
    put(&node, "/v1/contacts/mel", &json!({ "account_id": ACCOUNT, "email": "mel@example.com" }));
    contact(&node, "tel", "+12025550188");

    sdk.call("createConversation", body("mel"));
    sdk.call("createConversation", body("tel"));

    let types = |contact: &str, sdk: &mut _| {
        search(sdk, json!({ "contactId": contact }))["conversations"][0]["type"].clone()
    };
    assert_eq!(types("mel", &mut sdk), "TYPE_EMAIL");
    assert_eq!(types("tel", &mut sdk), "TYPE_PHONE");
}

#[test]
fn every_documented_parameter_narrows_or_orders_a_search() {
    let (node, mut sdk) = begin(&["ana", "ben"]);
    let first = create(&node, &mut sdk, "carl");
    let second = create(&node, &mut sdk, "dora");
    inbound(&mut sdk, &first, "hello");
    let sent = json!([{ "type": "SMS", "contactId": "dora", "message": "good morning" }]);
    sdk.call("sendANewMessage", sent);
    let star = json!({ "locationId": ACCOUNT, "starred": true });
    sdk.call("updateConversation", json!([{ "conversationId": second }, star]));

    let cases: Vec<(Value, &[&str])> = vec![
        (json!({ "status": "all" }), &["dora", "carl"]),
        (json!({ "status": "recents" }), &["dora", "carl"]),
        (json!({ "sort": "asc" }), &["carl", "dora"]),
        (json!({ "sortBy": "last_manual_message_date" }), &["carl", "dora"]),
        (json!({ "sortBy": "last_message_date", "sort": "desc" }), &["dora", "carl"]),
        (json!({ "sortBy": "due_at" }), &["dora", "carl"]),
        (json!({ "status": "unread" }), &["carl"]),
        (json!({ "status": "read" }), &["dora"]),
        (json!({ "status": "starred" }), &["dora"]),
        (json!({ "id": first }), &["carl"]),
        (json!({ "contactId": "dora" }), &["dora"]),
        (json!({ "assignedTo": "unassigned" }), &["dora", "carl"]),
        (json!({ "assignedTo": "ana,ben" }), &[]),
        (json!({ "assignedTo": ["ana", "unassigned"] }), &["dora", "carl"]),
        (json!({ "followers": "ana" }), &["dora", "carl"]),
        (json!({ "followers": "zoe" }), &[]),
        (json!({ "mentions": "ana" }), &[]),
        (json!({ "lastMessageDirection": "inbound" }), &["carl"]),
        (json!({ "lastMessageDirection": "outbound" }), &["dora"]),
        (json!({ "lastMessageAction": "automated" }), &["dora"]),
        (json!({ "lastMessageAction": "manual" }), &[]),
        (json!({ "lastMessageType": "TYPE_SMS" }), &["dora", "carl"]),
        (json!({ "lastMessageType": "TYPE_CALL" }), &[]),
        (json!({ "startDate": 1, "endDate": 2 }), &[]),
        (json!({ "startDate": 1_600_000_000_000_u64 }), &["dora", "carl"]),
        (json!({ "limit": 1 }), &["dora"]),
        (json!({ "limit": 1000 }), &["dora", "carl"]),
        (json!({ "scoreProfile": "p1", "scoreProfileMin": 1, "scoreProfileMax": 9 }), &[]),
        (json!({ "startAfterId": "what is not documented" }), &["dora", "carl"]),
    ];
    let name = |id: &String| if *id == first { "carl" } else { "dora" };
    for (more, wanted) in cases {
        let rows: Vec<_> = found(&mut sdk, more.clone()).iter().map(name).collect::<Vec<_>>();
        assert_eq!(rows, wanted, "{more}");
    }
}

#[test]
fn what_is_malformed_is_a_bad_request_and_says_what() {
    let (node, mut sdk) = begin(&["ana"]);
    let id = create(&node, &mut sdk, "carl");
    for wrong in [
        "sort=up",
        "sortBy=name",
        "status=new",
        "lastMessageType=SMS",
        "lastMessageDirection=both",
        "limit=0",
        "limit=2.5",
        "startAfterDate=soon",
        "startDate=yesterday",
    ] {
        let target = format!("/conversations/search?locationId={ACCOUNT}&{wrong}");
        let answer = node.send(&call("GET", &target));
        assert_eq!(answer.status, 400, "{wrong}");
        let body = answer.json();
        assert_eq!(body["statusCode"], 400);
        assert!(body["message"].is_string() && body.get("error").is_none(), "{body}");
    }
    assert_eq!(node.send(&call("GET", "/conversations/search")).status, 400, "no location");
    for body in [
        json!({}),
        json!({ "locationId": ACCOUNT, "unreadCount": -1 }),
        json!({ "locationId": ACCOUNT, "starred": "yes" }),
        json!({ "locationId": ACCOUNT, "feedback": 7 }),
        json!([]),
    ] {
        let answer = node.send(&call("PUT", &format!("/conversations/{id}")).json(&body));
        assert_eq!(answer.status, 400, "{body}");
    }
    let float = json!({ "locationId": ACCOUNT, "unreadCount": 1.0, "feedback": "positive" });
    let answer = node.send(&call("PUT", &format!("/conversations/{id}")).json(&float));
    assert_eq!(answer.json()["conversation"]["unreadCount"], 1);
    let garbage = call("POST", "/conversations/").body("application/json", "{");
    assert_eq!(node.send(&garbage).json()["statusCode"], 400);
}

#[test]
fn a_query_finds_conversations_by_their_contact_and_by_what_was_said_in_any_order_and_page() {
    let (node, mut sdk) = begin(&["ana", "ben"]);
    let first = create(&node, &mut sdk, "carl");
    let second = create(&node, &mut sdk, "dora");
    let third = create(&node, &mut sdk, "emil");
    inbound(&mut sdk, &second, "where are the plans?");
    inbound(&mut sdk, &third, "plans arrived");

    assert_eq!(found(&mut sdk, json!({ "query": "carl" })), std::slice::from_ref(&first));
    assert_eq!(found(&mut sdk, json!({ "query": "Plans" })), [third.clone(), second.clone()]);
    let asc = json!({ "query": "plans", "sort": "asc" });
    assert_eq!(found(&mut sdk, asc), [second.clone(), third.clone()]);
    let unread = json!({ "query": "plans", "status": "unread", "contactId": "dora" });
    assert_eq!(found(&mut sdk, unread), std::slice::from_ref(&second));
    assert_eq!(found(&mut sdk, json!({ "query": "plans", "id": first })), [""; 0]);
    assert_eq!(found(&mut sdk, json!({ "query": "?!" })), [""; 0]);

    let page = search(&mut sdk, json!({ "query": "plans", "limit": 1 }));
    assert_eq!((ids(&page), &page["total"]), (vec![third], &json!(2)));
    let after = page["conversations"][0]["sort"].clone();
    let next = json!({ "query": "plans", "limit": 1, "startAfterDate": after });
    assert_eq!(found(&mut sdk, next), [second]);

    let ana = crate::support::Client::of(&node, "ana");
    let note = json!({ "conversation_id": first, "data": "plans, secretly", "mentions": ["ben"] });
    assert_eq!(ana.ask("prospect_add_note", note)["success"], true);
    assert_eq!(search(&mut sdk, json!({ "query": "plans" }))["total"], 2);
    assert_eq!(found(&mut sdk, json!({ "query": "secretly" })), [""; 0]);
}
