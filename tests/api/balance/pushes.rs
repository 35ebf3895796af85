//! Who was told of what, on which device.
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::books::text;
use super::office::TOLD;
use crate::support::TestNode;
use crate::support::fake_fcm::FakeFcm;

pub struct Pushes {
    pub told: usize,
    /// Not told, because the server died while it was telling, or was not answered: it says so.
    pub perhaps: usize,
}

/// Everybody who was not there was told of each message once, if at all; nobody else was.
pub fn assert_told(node: &TestNode, fcm: &FakeFcm, messages: &[Value], notes: &[String]) -> Pushes {
    let incoming = messages.iter().filter(|message| message["type"] == "INCOMING");
    let mut wanted: BTreeMap<(String, &str), &str> = incoming
        .flat_map(|message| TOLD.map(|(user, device)| ((text(message, "_id"), device), user)))
        .collect();
    wanted.extend(notes.iter().map(|note| ((note.clone(), "ben-phone"), "ben")));
    let told = || -> Vec<_> {
        let told = fcm.all_told();
        told.iter().map(|told| (text(&told["data"], "message_id"), text(told, "token"))).collect()
    };
    let mut perhaps = 0;
    let mut told_now: BTreeSet<_> = told().into_iter().collect();
    for ((message, device), user) in &wanted {
        let push = (message.clone(), (*device).to_owned());
        if told_now.contains(&push) {
            continue;
        }
        let reason = crate::push::reason(node, message, user);
        told_now = told().into_iter().collect();
        if !told_now.contains(&push) {
            assert_eq!(reason, "perhaps_sent", "{user} was not told of {message}");
            perhaps += 1;
        }
    }
    let told = told();
    let stray: Vec<_> = told
        .iter()
        .filter(|(message, device)| !wanted.contains_key(&(message.clone(), device.as_str())))
        .collect();
    assert!(stray.is_empty(), "{} were told who should not have been: {stray:?}", stray.len());
    let once: BTreeSet<_> = told.iter().collect();
    assert_eq!(once.len(), told.len(), "some device was told twice of one message");
    Pushes { told: told.len(), perhaps }
}
