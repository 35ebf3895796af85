//! Who is there: people who watch, people who do not, and contacts with a number and a mailbox.
use serde_json::json;

use crate::outgoing::node_with;
use crate::support::fake_fcm::FakeFcm;
use crate::support::fake_sendgrid::{API_KEY, FakeSendgrid};
use crate::support::fake_twilio::FakeTwilio;
use crate::support::people::{ACCOUNT, CHANNEL, channel, office, put};
use crate::support::sendgrid::INBOUND_KEY;
use crate::support::{Client, Request, TestNode};

pub const MAIL: &str = "acme-mail";
pub const MAILBOX: &str = "sales@acme.example";
const CONTACTS: usize = 10;

/// Members of both channels: one who watches all the time, and two who never do.
const MEMBERS: [&str; 3] = ["ana", "ben", "cleo"];
/// Somebody of another channel, and somebody who was taken out before it began.
const STRANGERS: [&str; 2] = ["dan", "eve"];
/// Who has which device.
const DEVICES: [(&str, &str); 6] = [
    ("ana", "ana-phone"),
    ("ben", "ben-phone"),
    ("cleo", "cleo-phone"),
    ("cleo", "cleo-tablet"),
    ("dan", "dan-phone"),
    ("eve", "eve-phone"),
];
/// The devices that are told of what a contact writes.
pub const TOLD: [(&str, &str); 3] =
    [("ben", "ben-phone"), ("cleo", "cleo-phone"), ("cleo", "cleo-tablet")];

pub struct Contact {
    pub phone: String,
    pub mailbox: String,
    /// Their conversations.
    pub by_phone: String,
    pub by_mail: String,
}

pub fn start(twilio: &FakeTwilio, sendgrid: &FakeSendgrid, fcm: &FakeFcm) -> TestNode {
    let (fcm, sendgrid) = (fcm.settings(), sendgrid.url());
    let mut settings: Vec<_> = fcm.iter().map(|(key, value)| (*key, value.as_str())).collect();
    settings.extend([
        ("sendgrid.api_base", sendgrid.as_str()),
        ("sendgrid.api_key", API_KEY),
        ("sendgrid.inbound_key", INBOUND_KEY),
        ("limits.mail_per_second", "1000"),
        ("limits.socket_events_per_second", "100000"),
        ("limits.socket_event_burst", "100000"),
    ]);
    node_with(twilio, &settings)
}

/// Everybody is there, and has talked to nobody yet; gives the contacts.
pub fn furnish(node: &TestNode) -> (Client, Vec<Contact>) {
    office(node, &MEMBERS);
    for stranger in STRANGERS {
        crate::support::people::user(node, stranger);
    }
    channel(node, "other", "+12025550101", &STRANGERS);
    let mail = json!({
        "account_id": ACCOUNT, "kind": "EMAIL", "name": "Acme", "address": MAILBOX,
        "member_ids": MEMBERS,
    });
    put(node, &format!("/v1/channels/{MAIL}"), &mail);
    for (user, device) in DEVICES {
        put(node, &format!("/v1/users/{user}/push-tokens/{device}"), &json!({}));
    }
    let ana = Client::of(node, "ana");
    let contacts = (0..CONTACTS).map(|number| contact(node, &ana, number)).collect();
    (ana, contacts)
}

fn contact(node: &TestNode, ana: &Client, number: usize) -> Contact {
    let (id, phone) = (format!("c{number}"), format!("+1202555{:04}", 1_000 + number));
    let mailbox = format!("{id}@customer.example");
    let body = json!({ "account_id": ACCOUNT, "name": id, "phone": phone, "email": mailbox });
    put(node, &format!("/v1/contacts/{id}"), &body);
    let [by_phone, by_mail] = [CHANNEL, MAIL].map(|channel| {
        let others = ["ben", "cleo", "eve"];
        let ask = json!({ "contact_id": id, "channel_id": channel, "users": others });
        assert_eq!(ana.ask("prospect_add_conversation", ask)["success"], true);
        let began = ana.event_where("prospect_add_conversation", |began| {
            began["contact_id"]["_id"] == id.as_str() && began["channel_id"] == channel
        });
        let place = began["_id"].as_str().expect("an id").to_owned();
        let remove = format!("/v1/conversations/prospect/{place}/participants/eve");
        assert_eq!(node.send(&Request::new("DELETE", &remove).key()).status, 200);
        place
    });
    Contact { phone, mailbox, by_phone, by_mail }
}

/// A note of Ana's that is for Ben; gives its id.
pub fn note(ana: &Client, place: &str, number: usize) -> String {
    let ask = json!({
        "conversation_id": place, "data": format!("note {number}"), "mentions": ["ben"],
        "UUID": format!("note-{number}"),
    });
    let ack = ana.ask("prospect_add_note", ask);
    ack["data"]["_id"].as_str().unwrap_or_else(|| panic!("no note: {ack}")).to_owned()
}

/// Where Ana finds what was said: every conversation of both channels.
pub fn places(ana: &Client) -> Vec<String> {
    [CHANNEL, MAIL]
        .iter()
        .flat_map(|channel| {
            let ask = json!({ "channel_id": channel, "limit": 100 });
            let list = "prospect_list_conversation";
            crate::support::asks::all_pages(ana, list, "conversation", &ask)
        })
        .map(|row| row["_id"].as_str().expect("an id").to_owned())
        .collect()
}
