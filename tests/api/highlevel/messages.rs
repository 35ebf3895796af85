use serde_json::{Value, json};

use super::published::fits;
use super::{begin, call, channel_of_mail, create, inbound, search};
use crate::support::highlevel::Sdk;
use crate::support::people::{ACCOUNT, put};
use crate::support::{Client, TestNode};

fn listed(sdk: &mut Sdk, conversation: &str, more: Value) -> Value {
    let mut ask = json!({ "conversationId": conversation });
    for (key, value) in more.as_object().expect("fields") {
        ask[key] = value.clone();
    }
    let answer = sdk.call("getMessages", json!([ask]));
    fits(&answer["messages"], "GetMessagesByConversationResponseDto");
    answer["messages"].clone()
}

fn bodies(page: &Value) -> Vec<&str> {
    let messages = page["messages"].as_array().expect("messages");
    messages.iter().map(|message| message["body"].as_str().expect("a body")).collect()
}

#[test]
fn messages_are_listed_newest_first_page_by_page_and_read_one_by_one() {
    let (node, mut sdk) = begin(&["ana"]);
    let id = create(&node, &mut sdk, "carl");
    for text in ["one", "two", "three"] {
        inbound(&mut sdk, &id, text);
    }

    let first = listed(&mut sdk, &id, json!({ "limit": 2 }));
    assert_eq!((bodies(&first), &first["nextPage"]), (vec!["three", "two"], &json!(true)));
    let rest = listed(&mut sdk, &id, json!({ "lastMessageId": first["lastMessageId"] }));
    assert_eq!((bodies(&rest), &rest["nextPage"]), (vec!["one"], &json!(false)));
    assert_eq!(bodies(&listed(&mut sdk, &id, json!({ "type": "TYPE_EMAIL,TYPE_CALL" }))), [""; 0]);
    assert_eq!(bodies(&listed(&mut sdk, &id, json!({ "type": "TYPE_SMS" }))).len(), 3);

    let one = sdk.call("getMessage", json!([{ "id": rest["lastMessageId"] }]));
    fits(&one, "GetMessageResponseDto");
    assert_eq!((&one["body"], &one["direction"]), (&json!("one"), &json!("inbound")));
    assert_eq!((&one["type"], &one["messageType"]), (&json!(2), &json!("TYPE_SMS")));
    assert_eq!(sdk.refused("getMessage", json!([{ "id": "none" }]))["statusCode"], 404);
    let wrong = json!([{ "wrongName": "m1" }]);
    assert_eq!(sdk.refused("getMessage", wrong)["statusCode"], 404, "%7Bid%7D names nothing");
}

#[test]
fn a_message_is_sent_in_a_conversation_that_is_made_if_need_be_and_its_status_is_told() {
    let (node, mut sdk) = begin(&["ana"]);
    let ana = Client::of(&node, "ana");
    crate::support::people::contact(&node, "carl", "+12025550177");
    let body = json!({ "type": "SMS", "contactId": "carl", "message": "hello", "status": "pending",
                       "subType": {} });

    let sent = sdk.call("sendANewMessage", json!([body]));
    fits(&sent, "SendMessageResponseDto");

    let shown = ana.event("prospect_message");
    assert_eq!((&shown["data"], &shown["sent_by"]["name"]), (&json!("hello"), &json!("System")));
    assert_eq!(shown["conversation_id"], sent["conversationId"]);
    assert_eq!(search(&mut sdk, json!({}))["conversations"][0]["id"], sent["conversationId"]);

    // Nothing carries SMS here, so that it has failed; who carried it says otherwise.
    ana.event_where("prospect_message_status", |told| told["status"] == "failed");
    let report = json!({ "status": "delivered" });
    let target = json!({ "messageId": sent["messageId"] });
    let reported = sdk.call("updateMessageStatus", json!([target, report]));
    fits(&reported, "SendMessageResponseDto");
    assert_eq!(reported["status"], "delivered");
    let told = ana.event_where("prospect_message_status", |told| told["status"] == "delivered");
    assert_eq!(told["_id"], sent["messageId"]);
    let back = json!([{ "messageId": sent["messageId"] }, { "status": "failed" }]);
    assert_eq!(sdk.call("updateMessageStatus", back)["status"], "delivered", "it never goes back");
}

#[test]
fn an_email_is_sent_with_what_it_has_and_read_by_its_id() {
    let (node, mut sdk) = begin(&["ana"]);
    channel_of_mail(&node, "mail", "inbox@example.com", &["ana"]);
    put(&node, "/v1/contacts/mel", &json!({ "account_id": ACCOUNT, "email": "mel@example.com" }));
    let body = json!({
        "type": "Email", "contactId": "mel", "subject": "Plans",
        "html": "<p>Hello <script>alert(1)</script><b>Mel</b></p>",
        "emailCc": ["ann@example.com"],
    });

    let sent = sdk.call("sendANewMessage", json!([body]));
    fits(&sent, "SendMessageResponseDto");
    let mail = sdk.call("getEmailById", json!([{ "id": sent["emailMessageId"] }]));
    fits(&mail, "GetEmailMessageResponseDto");

    assert_eq!((&mail["subject"], &mail["cc"]), (&json!("Plans"), &json!(["ann@example.com"])));
    assert_eq!(
        (&mail["from"], &mail["to"]),
        (&json!("inbox@example.com"), &json!(["mel@example.com"]))
    );
    let html = mail["body"].as_str().expect("a body");
    assert!(html.contains("<b>Mel</b>") && !html.contains("script"), "{html}");
    let row = sdk.call("getMessage", json!([{ "id": sent["messageId"] }]));
    assert_eq!(row["meta"]["email"]["messageIds"], json!([sent["messageId"]]));
    assert_eq!(row["messageType"], "TYPE_EMAIL");

    let answer = json!({
        "type": "Email", "contactId": "mel", "conversationId": sent["conversationId"],
        "message": "fine", "subject": "Re: Plans", "emailFrom": "mel@example.com",
    });
    let answer = sdk.call("addAnInboundMessage", json!([answer]));
    fits(&answer, "ProcessMessageResponseDto");
    assert_eq!(answer["conversationId"], sent["conversationId"]);
    let theirs = json!({ "type": "Email", "contactId": "mel", "message": "x", "emailTo": "eve@example.com" });
    assert_eq!(sdk.refused("sendANewMessage", json!([theirs]))["statusCode"], 400);
    let sms = create(&node, &mut sdk, "carl");
    let no_mail = inbound(&mut sdk, &sms, "hello");
    assert_eq!(sdk.refused("getEmailById", json!([{ "id": no_mail }]))["statusCode"], 404);
}

#[test]
fn a_call_is_taken_down_and_nobody_is_called() {
    let (node, mut sdk) = begin(&["ana"]);
    let id = create(&node, &mut sdk, "carl");
    let body = json!({
        "type": "Call", "conversationId": id, "conversationProviderId": "p1", "altId": "call-1",
        "date": "2026-01-31T09:30:00.000Z",
        "call": { "to": "+12025550177", "from": "+12025550100", "status": "completed" },
    });

    let logged = sdk.call("addAnOutboundMessage", json!([body]));
    let again = sdk.call("addAnOutboundMessage", json!([body]));
    fits(&logged, "ProcessMessageResponseDto");
    assert_eq!(logged["messageId"], again["messageId"], "its altId makes it one");

    let row = sdk.call("getMessage", json!([{ "id": logged["messageId"] }]));
    fits(&row, "GetMessageResponseDto");
    assert_eq!((&row["messageType"], &row["type"]), (&json!("TYPE_CALL"), &json!(1)));
    assert_eq!(
        (&row["direction"], &row["meta"]["callStatus"]),
        (&json!("outbound"), &json!("completed"))
    );
    assert_eq!(row["dateAdded"], "2026-01-31T09:30:00.000Z");
    let missed = json!({ "type": "Call", "contactId": "carl", "call": { "status": "no-answer" } });
    let missed = sdk.call("addAnInboundMessage", json!([missed]));
    let row = sdk.call("getMessage", json!([{ "id": missed["messageId"] }]));
    assert_eq!(
        (&row["direction"], &row["meta"]["callStatus"]),
        (&json!("inbound"), &json!("no-answer"))
    );
    let sms = json!({ "type": "SMS", "conversationId": id, "conversationProviderId": "p1" });
    assert_eq!(sdk.refused("addAnOutboundMessage", json!([sms]))["statusCode"], 400);
}

#[test]
fn who_opted_out_is_not_written_to() {
    let (node, mut sdk) = begin(&["ana"]);
    let id = create(&node, &mut sdk, "carl");
    inbound(&mut sdk, &id, "STOP");

    let body = json!({ "type": "SMS", "contactId": "carl", "message": "are you sure?" });
    let refused = sdk.refused("sendANewMessage", json!([body]));

    assert_eq!(
        (&refused["statusCode"], &refused["response"]["error"]),
        (&json!(403), &json!("Forbidden"))
    );
}

#[test]
fn a_file_is_uploaded_and_its_link_opens_it() {
    let (node, mut sdk) = begin(&["ana"]);
    let id = create(&node, &mut sdk, "carl");
    let upload = |name: &str, content: &str, conversation: &str| {
        let form = format!(
            "--b\r\ncontent-disposition: form-data; name=\"conversationId\"\r\n\r\n{conversation}\r\n\
             --b\r\ncontent-disposition: form-data; name=\"fileAttachment\"; filename=\"{name}\"\r\n\
             content-type: text/plain\r\n\r\n{content}\r\n--b--\r\n"
        );
        let request = call("POST", "/conversations/messages/upload");
        node.send(&request.body("multipart/form-data; boundary=b", form))
    };

    let answer = upload("plan.txt", "the plan", &id);
    assert_eq!(answer.status, 200, "{}", answer.text());
    fits(&answer.json(), "UploadFilesResponseDto");
    let link = answer.json()["uploadedFiles"]["plan.txt"].as_str().expect("a link").to_owned();
    let path = link.find("/v1/attachments/").map(|at| &link[at..]).expect("one of ours");
    assert_eq!(fetched(&node, path), "the plan");

    let refused = upload("run.exe", "x", &id);
    assert_eq!((refused.status, refused.json()["status"].clone()), (415, json!(415)));
    assert_eq!(upload("plan.txt", "x", "nowhere").status, 404);
    let large = upload("large.txt", &"x".repeat(6 * 1024 * 1024), &id);
    assert_eq!((large.status, large.json()["status"].clone()), (413, json!(413)));
}

fn fetched(node: &TestNode, path: &str) -> String {
    node.send(&crate::support::Request::get(path)).text()
}

#[test]
fn a_note_is_in_no_list_and_is_no_message() {
    let (node, mut sdk) = begin(&["ana", "ben"]);
    let id = create(&node, &mut sdk, "carl");
    inbound(&mut sdk, &id, "hello");
    let ana = Client::of(&node, "ana");
    let before = listed(&mut sdk, &id, json!({}));

    let note = json!({ "conversation_id": id, "data": "hidden", "mentions": ["ben"] });
    let note = ana.ask("prospect_add_note", note);
    let note = note["data"]["_id"].as_str().expect("an id");

    assert_eq!(listed(&mut sdk, &id, json!({})), before);
    assert_eq!(
        bodies(&listed(&mut sdk, &id, json!({ "type": "TYPE_INTERNAL_COMMENTS" }))),
        [""; 0]
    );
    for (method, args) in [
        ("getMessage", json!([{ "id": note }])),
        ("getEmailById", json!([{ "id": note }])),
        ("updateMessageStatus", json!([{ "messageId": note }, { "status": "read" }])),
        ("getMessages", json!([{ "conversationId": id, "lastMessageId": note }])),
    ] {
        let mut like_nothing = args.clone();
        replace(&mut like_nothing, note, "ffffffffffffffffffffffff");
        let (of_note, of_nothing) = (sdk.refused(method, args), sdk.refused(method, like_nothing));
        let plain = |refused: &Value, id: &str| refused.to_string().replace(id, "ID");
        assert_eq!(
            plain(&of_note, note),
            plain(&of_nothing, "ffffffffffffffffffffffff"),
            "{method}"
        );
    }
}

fn replace(value: &mut Value, from: &str, to: &str) {
    *value = serde_json::from_str(&value.to_string().replace(from, to)).expect("still JSON");
}
