//! The same public history twice, once with notes behind somebody's back and once without: all that
//! they hear and are answered is alike. Finds what a single look before and after cannot: traces
//! that only show when the outsider acts.
use std::collections::HashMap;

use serde_json::{Value, json};

use super::dice::{Dice, Plan};
use super::office::{mark, note, remove, start, written};
use super::transcript::{assert_same, everything};
use crate::support::people::{
    CHANNEL, communication, conversation, emit_message, incoming, office,
};
use crate::support::{Client, TestNode};

const STEPS: usize = 70;
const CONTACTS: [&str; 2] = ["carl", "cleo"];

struct Stage {
    node: TestNode,
    ana: Client,
    ben: Client,
    /// The outsider.
    dan: Client,
    places: Vec<String>,
    /// The ids of public messages, by conversation.
    public: [Vec<String>; 2],
}

#[test]
fn what_an_outsider_hears_is_alike_with_notes_and_without() {
    let plan = Plan::of(STEPS);

    let without = play(&plan, false);
    let with = play(&plan, true);

    assert_same(&without, &with, "what the outsider hears");
}

/// Plays the history that the dice tell, and gives all that dan was told, step by step.
fn play(plan: &Plan, with_notes: bool) -> String {
    let node = start();
    office(&node, &["ana", "ben", "dan"]);
    let [ana, ben, dan] = ["ana", "ben", "dan"].map(|user| Client::of(&node, user));
    let places = CONTACTS.map(|contact| {
        let place = conversation(&node, &ana, contact, &["ben", "dan"]);
        dan.event_where("prospect_add_conversation", |event| event["_id"] == place.as_str());
        place
    });
    let places = places.to_vec();
    let mut stage = Stage { node, ana, ben, dan, places, public: Default::default() };
    let (mut open, mut hidden) = (plan.dice(), plan.other_dice());
    let mut told = String::new();
    for step in 0..plan.steps {
        for _ in 0..if with_notes { hidden.below(3) } else { 0 } {
            stage.behind_his_back(&mut hidden);
        }
        let at = open.below(CONTACTS.len());
        let ack = stage.act(&mut open, at, step);
        told.push_str(&format!("step {step} {ack}\n"));
        mark(&stage.node, &stage.places[at]);
        for (name, event) in stage.dan.events_until(|_, event| event["isNew"] == true) {
            told.push_str(&format!("{name} {event}\n"));
        }
    }
    let ids: Vec<_> = stage.places.iter().map(String::as_str).collect();
    told.push_str(&everything(&stage.dan, CHANNEL, &ids, &[1, 3, 100]).text);
    plain(&told)
}

impl Stage {
    /// Something that everybody may know of, dan's own doings among it. Gives dan's ack.
    fn act(&mut self, dice: &mut Dice, at: usize, step: usize) -> Value {
        let (contact, place) = (CONTACTS[at], self.places[at].clone());
        let here = json!({ "conversation_id": place });
        let with = |key: &str, value: Value| {
            let mut ask = here.clone();
            ask[key] = value;
            ask
        };
        let flag = json!(dice.flag());
        let name = format!("m{step}");
        match dice.below(16) {
            0..=2 => self.show(at, &name, &incoming(contact, &place, &name)),
            3 | 4 => {
                self.show(at, &name, &written("OUTGOING", "ana", contact, &place, &name));
            }
            5 | 6 => return self.dan.ask("prospect_read", here),
            7 => {
                let known = dice.one_of(&self.public[at]).cloned();
                return self.dan.ask("prospect_read", with("message_id", json!(known)));
            }
            8 => return self.dan.ask("prospect_snooze", with("snooze_until", flag)),
            9 => return self.dan.ask("prospect_archive", with("archive", flag)),
            10 => return self.dan.ask("prospect_show_on_top", with("show_on_top", flag)),
            11 => self.expect(&self.ana, "prospect_open", with("is_open", flag)),
            12 => self.expect(&self.ana, "prospect_edit_conversation", with("title", json!(name))),
            13 => {
                let mentions = &["ana"][..dice.below(2)];
                return self.dan.ask("prospect_add_note", note(&place, &name, &name, mentions));
            }
            14 => {
                if let Some(known) = dice.one_of(&self.public[at]) {
                    emit_message(&self.node, known);
                }
            }
            _ => {
                assert_eq!(remove(&self.node, &place, "dan"), 200);
                let add = with("users", json!(["dan"]));
                self.expect(&self.ana, "prospect_add_participant", add);
            }
        }
        Value::Null
    }

    /// What dan may not know of: notes of the others among themselves, and what is theirs alone.
    fn behind_his_back(&self, dice: &mut Dice) {
        let at = dice.below(CONTACTS.len());
        let (by, name, other) =
            [(&self.ana, "ana", "ben"), (&self.ben, "ben", "ana")][dice.below(2)];
        let place = &self.places[at];
        let here = json!({ "conversation_id": place });
        let mentions = &[other, name][..dice.below(3)];
        let text = dice.unique("hidden");
        match dice.below(8) {
            0..=4 => self.expect(by, "prospect_add_note", note(place, &text, &text, mentions)),
            5 => {
                let mut body = written("NOTE", name, CONTACTS[at], place, &text);
                body["mentions"] = json!(mentions);
                if let Some(year) = [None, Some("2001"), Some("2031")][dice.below(3)] {
                    body["createdAt"] = json!(format!("{year}-01-01T00:00:00.000Z"));
                }
                communication(&self.node, &text, &body);
                emit_message(&self.node, &text);
                emit_message(&self.node, &text);
            }
            6 => self.expect(by, "prospect_read", here),
            _ => {
                let event = ["prospect_archive", "prospect_snooze", "prospect_show_on_top"];
                self.expect(by, event[dice.below(3)], here);
            }
        }
    }

    fn show(&mut self, at: usize, id: &str, body: &Value) {
        communication(&self.node, id, body);
        emit_message(&self.node, id);
        self.public[at].push(id.to_owned());
    }

    fn expect(&self, of: &Client, event: &str, ask: Value) {
        let ack = of.ask(event, ask);
        assert_eq!(ack["success"], true, "{event}: {ack}");
    }
}

/// Without what differs between any two runs: instants, and ids that the engine made.
fn plain(told: &str) -> String {
    let (mut plain, mut names, mut rest) = (String::new(), HashMap::new(), told);
    while !rest.is_empty() {
        let hex = rest.bytes().take_while(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')).count();
        let (part, kind) = match rest.get(..24) {
            Some(instant) if is_instant(instant) => (24, Some("T".to_owned())),
            Some(id) if hex == 24 => {
                let next = names.len();
                (24, Some(format!("#{}", names.entry(id).or_insert(next))))
            }
            _ => (hex.max(rest.chars().next().map_or(1, char::len_utf8)), None),
        };
        plain.push_str(kind.as_deref().unwrap_or(&rest[..part]));
        rest = &rest[part..];
    }
    plain
}

/// As in `2025-10-13T10:30:00.000Z`.
fn is_instant(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes[4] == b'-' && bytes[10] == b'T' && bytes[19] == b'.' && bytes[23] == b'Z'
}

#[test]
fn what_is_left_out_of_a_comparison_is_no_more_than_instants_and_ids() {
    let told = "at 2025-10-13T10:30:00.000Z#aaaaaaaaaaaaaaaaaaaaaaaa, aaaaaaaaaaaaaaaaaaaaaaaa, fé";

    assert_eq!(plain(told), "at T##0, #0, fé");
}
