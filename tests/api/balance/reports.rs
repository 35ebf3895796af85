//! What providers report of messages that they took: in any order, more than once, sometimes before
//! their own answer, and again when the server was away.
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::json;

use super::plan::{COMMON, Deed, Fate, What};
use crate::callbacks::twilio_status;
use crate::support::dice::Dice;
use crate::support::fake_sendgrid::{self, FakeSendgrid};
use crate::support::fake_twilio::{self, FakeTwilio};
use crate::support::{Request, wait};

/// Longest that nothing is taken while something still is to be.
const SILENCE: Duration = Duration::from_secs(60);

/// Reports about everything that is taken, until so many messages were.
pub struct Reporters {
    twilio: JoinHandle<usize>,
    sendgrid: JoinHandle<usize>,
}

impl Reporters {
    pub fn start(
        address: SocketAddr,
        deeds: &[Deed],
        seed: u64,
        twilio: &FakeTwilio,
        sendgrid: &FakeSendgrid,
    ) -> Self {
        let mut fates = HashMap::from([(COMMON.to_owned(), Fate::Delivered)]);
        fates.extend(deeds.iter().filter_map(|deed| match deed.what {
            What::ByPhone(fate) | What::ByMail(fate) => Some((deed.text.clone(), fate)),
            _ => None,
        }));
        let (taken, letters) = (twilio.watch(), sendgrid.watch());
        let (to_come, mails) = (expected(deeds, true), expected(deeds, false));
        let (known, mut dice) = (fates.clone(), Dice::of(!seed));
        Self {
            twilio: thread::spawn(move || {
                each(&taken, to_come, |taken| texts(address, &mut dice, &known, taken))
            }),
            sendgrid: thread::spawn(move || {
                let mut dice = Dice::of(seed ^ 1);
                each(&letters, mails, |taken| letters_of(address, &mut dice, &fates, taken))
            }),
        }
    }

    /// Once everything was reported: how many reports there were.
    pub fn done(self) -> (usize, usize) {
        let joined = |thread: JoinHandle<usize>| thread.join().expect("every report is taken");
        (joined(self.twilio), joined(self.sendgrid))
    }
}

/// How many messages the provider takes, each once.
fn expected(deeds: &[Deed], by_phone: bool) -> usize {
    let ids: std::collections::BTreeSet<_> = deeds
        .iter()
        .filter(|deed| match deed.what {
            What::ByPhone(fate) => by_phone && fate != Fate::Refused,
            What::ByMail(fate) => !by_phone && fate != Fate::Refused,
            _ => false,
        })
        .map(|deed| &deed.id)
        .collect();
    ids.len()
}

fn each<T>(taken: &Receiver<T>, to_come: usize, mut report: impl FnMut(Vec<T>) -> usize) -> usize {
    let (mut seen, mut reports) = (0, 0);
    while seen < to_come {
        let first = match taken.recv_timeout(SILENCE) {
            Ok(first) => first,
            Err(RecvTimeoutError::Timeout) => panic!("{seen} of {to_come} messages were taken"),
            Err(RecvTimeoutError::Disconnected) => return reports,
        };
        let together: Vec<_> = std::iter::once(first).chain(taken.try_iter()).collect();
        seen += together.len();
        reports += report(together);
    }
    reports
}

fn texts(
    address: SocketAddr,
    dice: &mut Dice,
    fates: &HashMap<String, Fate>,
    taken: Vec<fake_twilio::Taken>,
) -> usize {
    let mut reports = Vec::new();
    for taken in &taken {
        let last = match fates.get(taken.field("Body")) {
            Some(Fate::Undelivered) => ("undelivered", Some("30003")),
            _ => ("delivered", None),
        };
        for (status, code) in [("queued", None), ("sent", None), last] {
            let report = (taken.sid.clone(), status, code);
            if dice.once_in(5) {
                reports.push(report.clone());
            }
            reports.push(report);
        }
    }
    dice.shuffle(&mut reports);
    for (sid, status, code) in &reports {
        let mut fields = vec![("MessageSid", sid.as_str()), ("MessageStatus", status)];
        fields.extend(code.map(|code| ("ErrorCode", code)));
        tell(address, &twilio_status(&fields, true));
    }
    reports.len()
}

fn letters_of(
    address: SocketAddr,
    dice: &mut Dice,
    fates: &HashMap<String, Fate>,
    taken: Vec<fake_sendgrid::Taken>,
) -> usize {
    let mut events = Vec::new();
    for taken in &taken {
        let text = taken.letter["content"][0]["value"].as_str().unwrap_or_default();
        let story: &[_] = match fates.get(text) {
            Some(Fate::Undelivered) => &["processed", "bounce"],
            Some(Fate::Read) => &["processed", "delivered", "open"],
            _ => &["processed", "deferred", "delivered"],
        };
        for event in story {
            let told = json!({
                "event": event, "timestamp": 1_770_000_000, "status": "5.1.1",
                "sg_message_id": format!("{}.filter0001.1.2.0", taken.name),
                "message_id": taken.letter["personalizations"][0]["custom_args"]["message_id"],
            });
            if dice.once_in(5) {
                events.push(told.clone());
            }
            events.push(told);
        }
    }
    dice.shuffle(&mut events);
    for batch in events.chunks(7) {
        tell(address, &Request::post("/webhooks/sendgrid/events").json(&json!(batch)));
    }
    events.len()
}

/// Again and again until it is taken.
fn tell(address: SocketAddr, report: &Request) {
    wait::until("a report to be taken", || {
        let answer = report.send(address).ok()?;
        assert_eq!(answer.status, 200, "{}", answer.text());
        Some(())
    });
}
