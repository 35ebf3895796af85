//! Credentials that a provider does not take are the operator's to mend, and no customer's loss.
use crate::outgoing::{node_with, say, status};
use crate::outgoing_mail::mailbox;
use crate::support::fake_sendgrid::{self, FakeSendgrid};
use crate::support::fake_twilio::{FakeTwilio, Mishap};
use crate::support::people::{conversation, office};
use crate::support::{Client, Request, TestNode};

fn locked_out(node: &TestNode) -> usize {
    let metrics = Request::get("/metrics").send(node.metrics).expect("a whole answer").text();
    let name = "switchboard_outbox_total{outcome=\"locked_out\"} ";
    let line = metrics.lines().find_map(|line| line.strip_prefix(name));
    line.map_or(0, |count| count.parse().expect("a number"))
}

/// Nobody was ever told that it failed.
fn assert_sent_without_a_word_of_failure(ana: &Client, message: &serde_json::Value) {
    status(ana, message, "sent");
    assert!(!ana.heard().contains("\"failed\""), "{}", ana.heard());
}

#[test]
fn while_twilio_does_not_know_us_messages_wait_and_somebody_is_alarmed() {
    let twilio = FakeTwilio::start();
    let node = node_with(&twilio, &[]);
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");
    let here = conversation(&node, &ana, "carl", &[]);
    twilio.mishaps([Mishap::LockedOut(401), Mishap::LockedOut(403)]);

    let message = say(&node, "ana", &here, "hello");

    assert_sent_without_a_word_of_failure(&ana, &message);
    assert_eq!((twilio.texts(), twilio.calls()), (vec!["hello".to_owned()], 3));
    assert_eq!(locked_out(&node), 2);
    assert!(node.logs().contains("ERROR"), "{}", node.logs());
}

#[test]
fn while_sendgrid_does_not_know_us_mails_wait_too() {
    use fake_sendgrid::Mishap::LockedOut;
    let sendgrid = FakeSendgrid::start();
    let (node, ana, here) = mailbox(&sendgrid);
    sendgrid.mishaps([LockedOut(401), LockedOut(403)]);

    let message = say(&node, "ana", &here, "hello");

    assert_sent_without_a_word_of_failure(&ana, &message);
    assert_eq!((sendgrid.letters().len(), locked_out(&node)), (1, 2));
}
