//! A mail to a contact, through SendGrid.
use serde_json::{Value, json};

use crate::outgoing::{say, status};
use crate::support::fake_sendgrid::{API_KEY, FakeSendgrid, Mishap};
use crate::support::people::{communication, emit_message, office, put};
use crate::support::{Client, TestNode};

const INBOX: &str = "inbox@acme.example";

/// An office with a mailbox, and a conversation on it; gives the conversation's id.
pub fn mailbox(sendgrid: &FakeSendgrid) -> (TestNode, Client, String) {
    let url = sendgrid.url();
    let node = TestNode::with(&[("sendgrid.api_base", &url), ("sendgrid.api_key", API_KEY)]);
    office(&node, &["ana"]);
    put(
        &node,
        "/v1/channels/acme-mail",
        &json!({ "account_id": "acme", "kind": "EMAIL", "name": "Acme", "address": INBOX }),
    );
    let contact = json!({ "account_id": "acme", "name": "Carl", "email": "carl@example.com" });
    put(&node, "/v1/contacts/carl", &contact);
    let ana = Client::of(&node, "ana");
    let ask = json!({ "contact_id": "carl", "channel_id": "acme-mail" });
    assert_eq!(ana.ask("prospect_add_conversation", ask)["success"], true);
    let here = ana.event("prospect_add_conversation")["_id"].as_str().expect("an id").to_owned();
    (node, ana, here)
}

#[test]
fn an_answer_goes_into_the_thread_of_the_mail_it_answers() {
    let sendgrid = FakeSendgrid::start();
    let (node, ana, here) = mailbox(&sendgrid);
    let mail = json!({
        "type": "INCOMING", "data": "When?", "contact_id": "carl", "sent_by": "carl",
        "channel_id": "acme-mail", "conversation_id": [here], "medium": "EMAIL",
        "email": { "subject": "Plans", "from": "carl@example.com", "to": [INBOX],
                   "message_id": "<plans@example.com>" },
    });
    communication(&node, "mail1", &mail);
    emit_message(&node, "mail1");

    let first = say(&node, "ana", &here, "Soon.");
    status(&ana, &first, "sent");
    let second = say(&node, "ana", &here, "Very soon.");
    status(&ana, &second, "sent");

    let letters = sendgrid.letters();
    let header = |letter: &Value, name: &str| letter["headers"][name].clone();
    assert_eq!(letters[0]["from"]["email"], INBOX);
    assert_eq!(letters[0]["personalizations"][0]["to"][0]["email"], "carl@example.com");
    assert_eq!(letters[0]["content"][0]["value"], "Soon.");
    assert_eq!(letters[0]["subject"], "Re: Plans");
    assert_eq!(header(&letters[0], "In-Reply-To"), "<plans@example.com>");
    let own = header(&letters[0], "Message-ID");
    assert_eq!(header(&letters[1], "In-Reply-To"), own);
    let own = own.as_str().expect("a name");
    assert_eq!(header(&letters[1], "References"), format!("<plans@example.com> {own}"));
}

#[test]
fn a_mail_whose_answer_was_lost_is_looked_up_and_not_sent_twice() {
    let sendgrid = FakeSendgrid::start();
    let (node, ana, here) = mailbox(&sendgrid);
    sendgrid.mishaps([Mishap::Busy, Mishap::AnswerLost]);

    let message = say(&node, "ana", &here, "hello");
    status(&ana, &message, "sent");
    sendgrid.mishaps([Mishap::Refused]);
    let refused = say(&node, "ana", &here, "again");

    assert_eq!(status(&ana, &refused, "failed")["error_code"], "HTTP_400");
    assert_eq!(sendgrid.letters().len(), 1);
}
