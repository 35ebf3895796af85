//! What is there in the end, and whether it is what it has to be.
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::office;
use super::plan::{Deed, Fate, What};
use super::traffic::Outcome;
use crate::support::asks::all_pages;
use crate::support::fake_sendgrid::FakeSendgrid;
use crate::support::fake_twilio::FakeTwilio;
use crate::support::{Client, Request, TestNode, wait};

/// Every message that Ana finds, in whichever conversation.
pub fn messages(ana: &Client) -> Vec<Value> {
    let of = |place: String| {
        let ask = json!({ "conversation_id": place, "limit": 100 });
        all_pages(ana, "prospect_list_message", "messages", &ask)
    };
    office::places(ana).into_iter().flat_map(of).collect()
}

/// What contacts wrote: how often each text is there.
pub fn incoming(messages: &[Value]) -> BTreeMap<String, usize> {
    let mut times = BTreeMap::new();
    for message in messages.iter().filter(|message| message["type"] == "INCOMING") {
        *times.entry(text(message, "data")).or_default() += 1;
    }
    times
}

/// What contacts wrote according to the plan.
pub fn wanted_incoming(deeds: &[Deed]) -> BTreeMap<String, usize> {
    let incoming = deeds.iter().filter(|deed| matches!(deed.what, What::Sms | What::Mail));
    incoming.map(|deed| (deed.text.clone(), 1)).collect()
}

/// Messages to contacts, each once.
pub fn outgoing(deeds: &[Deed]) -> BTreeMap<&str, &Deed> {
    let outgoing = deeds.iter().filter(|deed| fate(deed).is_some());
    outgoing.map(|deed| (deed.id.as_str(), deed)).collect()
}

fn fate(deed: &Deed) -> Option<Fate> {
    match deed.what {
        What::ByPhone(fate) | What::ByMail(fate) => Some(fate),
        _ => None,
    }
}

/// Status and code that a message ends with.
fn last_word(deed: &Deed) -> End {
    let by_phone = matches!(deed.what, What::ByPhone(_));
    match fate(deed).expect("it goes to a contact") {
        Fate::Delivered => ("delivered", None),
        Fate::Read => ("read", None),
        Fate::Undelivered => ("undelivered", Some(if by_phone { "30003" } else { "5.1.1" })),
        Fate::Refused => ("failed", Some(if by_phone { "30006" } else { "HTTP_400" })),
    }
}

/// Every message that Ana finds, once each to a contact has come to its end.
pub fn settled(ana: &Client, deeds: &[Deed]) -> Vec<Value> {
    loop {
        let messages = messages(ana);
        let wrong = unsettled(&messages, deeds);
        let Some((uuid, (there, wanted))) = wrong.first_key_value() else { return messages };
        let what = format!("{uuid} of {} to be {wanted:?}, which is {there}", wrong.len());
        wait::until(&what, || {
            let left = unsettled(&self::messages(ana), deeds).len();
            (left < wrong.len()).then_some(())
        });
    }
}

type End = (&'static str, Option<&'static str>);

/// What of the plan's outgoing messages is not yet as it has to be: by UUID, what is there and how
/// it has to end.
fn unsettled(messages: &[Value], deeds: &[Deed]) -> BTreeMap<String, (Value, End)> {
    let there: BTreeMap<_, _> =
        messages.iter().map(|message| (text(message, "UUID"), message)).collect();
    let wrong = outgoing(deeds).into_iter().filter_map(|(uuid, deed)| {
        let end @ (status, code) = last_word(deed);
        let there = there.get(uuid).map_or(Value::Null, |message| (*message).clone());
        let right = there["status"] == status && there["error_code"].as_str() == code;
        (!right).then(|| (uuid.to_owned(), (there, end)))
    });
    wrong.collect()
}

/// Every outgoing message stands there once, and under one id however often it was asked for.
pub fn assert_written_once(messages: &[Value], deeds: &[Deed], outcome: &Outcome) {
    let mut times = BTreeMap::<String, BTreeSet<String>>::new();
    let mut rows = 0;
    for message in messages.iter().filter(|message| message["type"] == "OUTGOING") {
        times.entry(text(message, "UUID")).or_default().insert(text(message, "_id"));
        rows += 1;
    }
    assert_eq!(times, outcome.written);
    assert_eq!(rows, times.len(), "some message is listed twice");
    assert_eq!(times.len(), outgoing(deeds).len());
}

/// Every message reached its provider once, unless that refused it.
pub fn assert_sent_once(deeds: &[Deed], twilio: &FakeTwilio, sendgrid: &FakeSendgrid) -> usize {
    let mut wanted = BTreeMap::<(String, String), usize>::new();
    for deed in outgoing(deeds).values().filter(|deed| fate(deed) != Some(Fate::Refused)) {
        *wanted.entry((deed.contact.clone(), deed.text.clone())).or_default() += 1;
    }
    let mut sent = BTreeMap::<(String, String), usize>::new();
    for taken in twilio.taken() {
        let to = (taken.field("To").to_owned(), taken.field("Body").to_owned());
        *sent.entry(to).or_default() += 1;
    }
    for letter in sendgrid.letters() {
        let to = text(&letter["personalizations"][0]["to"][0], "email");
        *sent.entry((to, text(&letter["content"][0], "value"))).or_default() += 1;
    }
    assert_eq!(sent, wanted);
    sent.values().sum()
}

/// The provider ids of all that is kept apart.
pub fn quarantined(node: &TestNode) -> Vec<String> {
    let (mut kept, mut next) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/quarantine?limit=100{next}");
        let page = node.send(&Request::get(&path).key()).json();
        let rows = page["data"].as_array().expect("a list");
        kept.extend(rows.iter().map(|row| text(row, "provider_id")));
        match page["paging"]["next"].as_str() {
            Some(cursor) => next = format!("&next={cursor}"),
            None => return kept,
        }
    }
}

/// Texts to a number of ours that no channel has, on Twilio's list.
pub fn foreign(deeds: &[Deed]) -> usize {
    let doubtful = deeds.iter().filter(|deed| deed.what == What::DoubtfulSms);
    doubtful.filter(|deed| deed.listed.is_some()).count()
}

/// accepted = stored + duplicate + quarantined, of the webhooks of messages.
pub struct Book {
    pub accepted: usize,
    pub stored: usize,
    pub duplicate: usize,
    pub quarantined: usize,
    /// Stored or kept apart though no webhook was answered: cut off, or found by the reconciler.
    pub unanswered: usize,
}

pub fn balance(deeds: &[Deed], outcome: &Outcome, quarantined: &[String]) -> Book {
    let mut apart = BTreeMap::<&str, usize>::new();
    for id in quarantined {
        *apart.entry(id).or_default() += 1;
    }
    let mut book = Book {
        accepted: 0,
        stored: 0,
        duplicate: 0,
        quarantined: quarantined.len(),
        unanswered: 0,
    };
    let incoming: BTreeMap<_, _> = deeds
        .iter()
        .filter(|deed| fate(deed).is_none())
        .map(|deed| (deed.id.as_str(), deed.what))
        .collect();
    for (id, what) in incoming {
        let count = |of: &BTreeMap<String, usize>| of.get(id).copied().unwrap_or_default();
        let (answered, cut) = (count(&outcome.answered), count(&outcome.unanswered));
        book.accepted += answered;
        if matches!(what, What::Sms | What::Mail) {
            assert_eq!(apart.get(id), None, "what is genuine is not kept apart");
            // That it is there, and once, was seen.
            book.stored += 1;
            book.duplicate += answered.saturating_sub(1);
            book.unanswered += usize::from(answered == 0);
        } else {
            let rows = apart.remove(id).unwrap_or_default();
            assert!((answered..=answered + cut).contains(&rows), "{id}: {rows} of {answered}");
            book.unanswered += rows - answered;
        }
    }
    assert!(apart.is_empty(), "nobody sent {apart:?}");
    let Book { accepted, stored, duplicate, quarantined, unanswered } = &book;
    assert_eq!(accepted + unanswered, stored + duplicate + quarantined);
    book
}

/// All that Ana was told live: every message, and of each message to a contact at last how it
/// ended. Her line broke with every kill.
pub fn assert_heard(ana: &Client, messages: &[Value]) {
    let (mut told, mut last) = (BTreeSet::new(), BTreeMap::new());
    for line in ana.heard().lines() {
        let report: Value = serde_json::from_str(line).expect("a report");
        let event = &report["args"][0];
        match report["name"].as_str() {
            Some("prospect_message") => drop(told.insert(text(event, "_id"))),
            Some("prospect_message_status") => {
                last.insert(text(event, "_id"), event["status"].clone());
            }
            _ => {}
        }
    }
    for message in messages {
        let id = text(message, "_id");
        assert!(told.contains(&id), "Ana was never told of {message}");
        if message["type"] == "OUTGOING" {
            assert_eq!(last.get(&id), Some(&message["status"]), "{message}");
        }
    }
}

/// What the server has counted since it started: of each outcome in the intake.
pub fn counted<const N: usize>(node: &TestNode, outcomes: [&str; N]) -> [usize; N] {
    let metrics = metrics(node);
    outcomes.map(|outcome| {
        let name = format!("switchboard_intake_total{{outcome=\"{outcome}\"}} ");
        let line = metrics.lines().find_map(|line| line.strip_prefix(&name));
        line.map_or(0, |count| count.parse().expect("a number"))
    })
}

/// Until nothing that was kept waits to be delivered. Holds only if nobody sends anything.
pub fn intake_is_empty(node: &TestNode) {
    wait::until("the intake to be empty", || {
        let metrics = metrics(node);
        let depth =
            metrics.lines().find_map(|line| line.strip_prefix("switchboard_intake_depth "))?;
        (depth == "0").then_some(())
    });
}

fn metrics(node: &TestNode) -> String {
    Request::get("/metrics").send(node.metrics).expect("a whole answer").text()
}

pub fn text(of: &Value, field: &str) -> String {
    of[field].as_str().unwrap_or_else(|| panic!("no {field}: {of}")).to_owned()
}
