//! Files that came with mails: seen by whoever is shown the message, for a while.
use serde_json::{Value, json};

use crate::support::people::{ACCOUNT, office, put};
use crate::support::sendgrid::{INBOUND_KEY, mail};
use crate::support::{Client, Request, TestNode, wait};

/// An office to which Carl has written with a file; the message as it was told.
fn told(settings: &[(&str, &str)]) -> (TestNode, Client, Value) {
    let node = TestNode::with(&[&[("sendgrid.inbound_key", INBOUND_KEY)], settings].concat());
    office(&node, &["ana"]);
    let body = json!({
        "account_id": ACCOUNT, "kind": "EMAIL", "name": "Mail", "address": "sales@acme.example",
        "member_ids": ["ana"],
    });
    put(&node, "/v1/channels/acme-mail", &body);
    let ana = Client::of(&node, "ana");
    let headers = "From: carl@customer.example\r\nTo: sales@acme.example\r\n\
                   Subject: A plan\r\nMessage-ID: <p1@customer.example>";
    let fields = [("headers", headers), ("text", "here it is")];
    let files = [("plan.txt", "text/plain", "the plan")];
    assert_eq!(node.send(&mail(INBOUND_KEY, &fields, &files)).status, 200);
    let message = ana.event("prospect_message");
    (node, ana, message)
}

fn link(message: &Value) -> String {
    message["attachments"][0]["url"].as_str().expect("a link").to_owned()
}

fn listed(ana: &Client, message: &Value) -> Value {
    let ask = json!({ "conversation_id": message["conversation_id"] });
    ana.ask("prospect_list_message", ask)["messages"][0].clone()
}

#[test]
fn a_link_to_a_file_ends_and_whoever_looks_again_gets_a_new_one() {
    let (node, ana, message) = told(&[("server.attachment_links", "500ms")]);
    let fetch = |link: &str| node.send(&Request::get(link));
    let old = link(&message);

    wait::until("the link to end", || (fetch(&old).status == 404).then_some(()));

    // It may end again before it is used.
    let file = wait::until("a new link to be used in time", || {
        let file = fetch(&link(&listed(&ana, &message)));
        (file.status == 200).then_some(file)
    });
    assert_eq!(file.text(), "the plan");
    assert_eq!(fetch(&old).status, 404, "it does not come back to life");
}

#[test]
fn a_link_cannot_be_stretched_and_a_name_alone_opens_nothing() {
    let (node, ana, message) = told(&[]);
    let fetch = |link: &str| node.send(&Request::get(link));
    let link = link(&message);
    let (name, query) = link.split_once('?').expect("a query");
    let until = query.split(['=', '&']).nth(1).expect("an end");

    assert_eq!(fetch(&link).text(), "the plan");
    assert_eq!(fetch(&link.replace(until, "9999999999999")).status, 404);
    assert_eq!(fetch(name).status, 404);
    // Who writes the name of a file into a message gets no link for it.
    let note = json!({
        "conversation_id": message["conversation_id"], "data": "look",
        "attachments": [{ "url": name }],
    });
    assert_eq!(ana.ask("prospect_add_note", note)["data"]["attachments"][0]["url"], name);
    assert_eq!(listed(&ana, &message)["attachments"][0]["url"], name);
    // A trusted service reads the message as it is kept, and the file by its key.
    let id = message["_id"].as_str().expect("an id");
    let path = format!("/v1/communications/{id}");
    let kept = node.send(&Request::get(&path).key()).json();
    assert_eq!(kept["attachments"][0]["url"], name);
    assert_eq!(node.send(&Request::get(name).key()).text(), "the plan");
}
