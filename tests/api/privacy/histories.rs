//! Random histories with a secret in every note. All that anybody is sent, by whatever road, is
//! looked through: nothing of a note reaches anyone but its author and those it mentions, and
//! those only while they take part.
use std::collections::BTreeSet;

use serde_json::json;

use super::dice::{Dice, Plan};
use super::office::{note, patient, remove, settle, start, written};
use super::transcript::everything;
use super::watch::Secret;
use crate::support::people::{
    CHANNEL, communication, conversation, emit_conversation, incoming, office,
};
use crate::support::{Client, Request, TestNode};

const STEPS: usize = 220;
const PEOPLE: [&str; 5] = ["ana", "ben", "cleo", "dan", "eve"];
const CONTACTS: [&str; 2] = ["carl", "cora"];

/// A person as the test knows them.
struct Person {
    name: &'static str,
    client: Client,
    online: bool,
    /// By conversation: from which byte of what they heard on they took no part, if they do not.
    out_since: Vec<Option<usize>>,
}

struct World {
    node: TestNode,
    people: Vec<Person>,
    places: Vec<String>,
    secrets: Vec<Secret>,
    /// Public messages, by conversation.
    public: Vec<Vec<String>>,
    /// All that was answered over HTTP to whoever holds the key.
    by_key: String,
}

#[test]
fn no_history_lets_anything_of_a_note_reach_anyone_else() {
    let plan = Plan::of(STEPS);
    let mut dice = plan.dice();
    let mut world = World::begin();

    for step in 0..plan.steps {
        world.step(&mut dice, step);
        if step % 50 == 49 {
            world.look_through();
        }
    }

    world.everybody_comes_back();
    for at in 0..PEOPLE.len() {
        world.ask_everything(at);
    }
    world.look_through();
    assert!(world.secrets.len() > plan.steps / 12, "too few notes to prove anything");
}

impl World {
    fn begin() -> Self {
        let node = start();
        office(&node, &PEOPLE);
        let person = |name| Person {
            name,
            client: patient(&node, name),
            online: true,
            out_since: vec![None; CONTACTS.len()],
        };
        let people: Vec<_> = PEOPLE.into_iter().map(person).collect();
        let places = CONTACTS
            .map(|contact| conversation(&node, &people[0].client, contact, &PEOPLE[1..]))
            .to_vec();
        let public = vec![Vec::new(); CONTACTS.len()];
        Self { node, people, places, secrets: Vec::new(), public, by_key: String::new() }
    }

    fn step(&mut self, dice: &mut Dice, step: usize) {
        let place = dice.below(self.places.len());
        let members = self.members(place);
        let there: Vec<_> = members.iter().copied().filter(|at| self.people[*at].online).collect();
        let by = dice.one_of(&there).copied();
        match (dice.below(40), by) {
            (0..=4, _) => {
                let id = format!("in{step}");
                let body = incoming(CONTACTS[place], &self.places[place], &id);
                communication(&self.node, &id, &body);
                self.emit(&id);
                self.public[place].push(id);
            }
            (5 | 6, _) => {
                let (id, by) =
                    (format!("out{step}"), dice.one_of(&PEOPLE).copied().unwrap_or("ana"));
                let body = written("OUTGOING", by, CONTACTS[place], &self.places[place], &id);
                communication(&self.node, &id, &body);
                self.emit(&id);
                self.public[place].push(id);
            }
            (7..=14, Some(by)) => self.note(dice, place, by, &members),
            (15 | 16, Some(by)) => self.note_by_key(dice, place, by, &members),
            (17, Some(_)) => self.repeat_a_note(dice),
            (18 | 19, _) => {
                // Any note, and any message: shown again to those who may.
                let known: Vec<_> = self.secrets.iter().map(|s| s.id().to_owned()).collect();
                if let Some(id) = dice.one_of(&known) {
                    self.emit(id);
                    let read = Request::get(&format!("/v1/communications/{id}")).key();
                    self.by_key.push_str(&self.node.send(&read).text());
                }
                if let Some(id) = dice.one_of(&self.public[place]).cloned() {
                    self.emit(&id);
                }
            }
            (20, _) => emit_conversation(&self.node, &self.places[place]),
            (21..=26, Some(by)) => self.organise(dice, place, by, step),
            (27 | 28, Some(by)) => self.take_in(dice, place, by),
            (29 | 30, _) if members.len() > 2 => self.take_out(dice, place, &members),
            (31 | 32, Some(by)) => {
                let person = &mut self.people[by];
                settle(&person.client);
                person.client.cut();
                person.online = false;
            }
            (33..=35, _) => self.come_back(dice.below(PEOPLE.len())),
            (36, _) if dice.once_in(2) => self.restart(),
            (37.., _) => self.probe(dice, place),
            _ => {}
        }
    }

    fn members(&self, place: usize) -> Vec<usize> {
        (0..PEOPLE.len()).filter(|at| self.people[*at].out_since[place].is_none()).collect()
    }

    fn note(&mut self, dice: &mut Dice, place: usize, by: usize, members: &[usize]) {
        let mentions: Vec<_> = dice.some_of(members).into_iter().map(|at| PEOPLE[at]).collect();
        let (text, uuid) = (dice.unique("text"), dice.unique("uuid"));
        let ask = note(&self.places[place], &text, &uuid, &mentions);
        let ack = self.people[by].client.ask("prospect_add_note", ask);
        assert_eq!(ack["success"], true, "{ack}");
        let id = ack["data"]["_id"].as_str().expect("an id").to_owned();
        self.keep(place, [text, uuid, id], PEOPLE[by], &mentions);
    }

    fn note_by_key(&mut self, dice: &mut Dice, place: usize, by: usize, members: &[usize]) {
        let mentions: Vec<_> = dice.some_of(members).into_iter().map(|at| PEOPLE[at]).collect();
        let traces = ["text", "uuid", "id"].map(|kind| dice.unique(kind));
        let mut body =
            written("NOTE", PEOPLE[by], CONTACTS[place], &self.places[place], &traces[0]);
        (body["mentions"], body["UUID"]) = (json!(mentions), json!(traces[1]));
        if dice.flag() {
            body["createdAt"] = json!("2024-02-29T12:00:00.000Z");
        }
        communication(&self.node, &traces[2], &body);
        self.emit(&traces[2]);
        self.keep(place, traces, PEOPLE[by], &mentions);
    }

    fn keep(&mut self, place: usize, traces: [String; 3], by: &'static str, to: &[&'static str]) {
        let mentions = to.to_vec();
        let audience = to.iter().copied().chain([by]).collect();
        self.secrets.push(Secret { place, traces, by, mentions, audience });
    }

    /// As a client does that got no ack.
    fn repeat_a_note(&self, dice: &mut Dice) {
        let Some(secret) = dice.one_of(&self.secrets) else { return };
        let by = self.people.iter().find(|person| person.name == secret.by).expect("somebody");
        if by.online {
            let place = &self.places[secret.place];
            let ask = note(place, secret.text(), secret.uuid(), &secret.mentions);
            let ack = by.client.ask("prospect_add_note", ask);
            if by.out_since[secret.place].is_none() {
                // A key's note has no attachment, so this one has other content.
                let same = ack["data"]["_id"] == secret.id() || ack["errno"] == 409;
                assert!(same, "{ack}");
            }
        }
    }

    fn organise(&mut self, dice: &mut Dice, place: usize, by: usize, step: usize) {
        let mut ask = json!({ "conversation_id": self.places[place] });
        let flag = json!(dice.flag());
        let event = match dice.below(7) {
            0 => "prospect_read",
            1 => {
                ask["message_id"] = json!(dice.one_of(&self.public[place]));
                "prospect_read"
            }
            2 => {
                ask["snooze_until"] = flag;
                "prospect_snooze"
            }
            3 => {
                ask["archive"] = flag;
                "prospect_archive"
            }
            4 => {
                ask["show_on_top"] = flag;
                "prospect_show_on_top"
            }
            5 => {
                ask["is_open"] = flag;
                "prospect_open"
            }
            _ => {
                ask["title"] = json!(format!("title {step}"));
                "prospect_edit_conversation"
            }
        };
        let ack = self.people[by].client.ask(event, ask);
        assert_eq!(ack["success"], true, "{event}: {ack}");
    }

    fn take_in(&mut self, dice: &mut Dice, place: usize, by: usize) {
        let who = dice.below(PEOPLE.len());
        self.look_at(who, place);
        // By invitation, or by beginning what is there already.
        let (event, ask, who_asks) = if dice.flag() || !self.people[who].online {
            let ask = json!({ "conversation_id": self.places[place], "users": [PEOPLE[who]] });
            ("prospect_add_participant", ask, by)
        } else {
            let ask = json!({ "contact_id": CONTACTS[place], "channel_id": CHANNEL });
            ("prospect_add_conversation", ask, who)
        };
        let ack = self.people[who_asks].client.ask(event, ask);
        assert_eq!(ack["success"], true, "{event}: {ack}");
        self.people[who].out_since[place] = None;
    }

    fn take_out(&mut self, dice: &mut Dice, place: usize, members: &[usize]) {
        let who = members[dice.below(members.len())];
        assert_eq!(remove(&self.node, &self.places[place], PEOPLE[who]), 200);
        let person = &mut self.people[who];
        if person.online {
            settle(&person.client);
        }
        person.out_since[place] = Some(person.client.heard().len());
    }

    fn come_back(&mut self, who: usize) {
        let person = &mut self.people[who];
        if !person.online {
            person.client.reopen();
            person.client.connected();
            settle(&person.client);
            person.online = true;
        }
    }

    fn everybody_comes_back(&mut self) {
        (0..PEOPLE.len()).for_each(|who| self.come_back(who));
    }

    fn restart(&mut self) {
        self.node.kill();
        for person in &mut self.people {
            if std::mem::take(&mut person.online) {
                person.client.disconnected();
            }
        }
        self.node.resume();
        self.everybody_comes_back();
    }

    /// Somebody looks around, and names notes whose ids they cannot know.
    fn probe(&mut self, dice: &mut Dice, place: usize) {
        let who = dice.below(PEOPLE.len());
        let person = &self.people[who];
        if !person.online {
            return;
        }
        let here = json!({ "conversation_id": self.places[place] });
        for limit in [1, 100] {
            let ask = json!({ "channel_id": CHANNEL, "limit": limit });
            person.client.ask("prospect_list_conversation", ask);
        }
        for event in ["prospect_get_conversation_by_id", "prospect_list_message"] {
            person.client.ask(event, here.clone());
        }
        let Some(secret) = dice.one_of(&self.secrets) else { return };
        let seen = self.may_see(who, secret);
        for name in [secret.id(), secret.uuid()] {
            let mut ask = json!({ "conversation_id": self.places[secret.place] });
            ask["message_id"] = json!(name);
            let around = person.client.ask("prospect_list_message_by_id", ask.clone());
            let read = person.client.ask("prospect_read", ask);
            if name == secret.id() {
                assert_eq!(around["messages"].is_array(), seen, "{around}");
                assert_eq!(read["success"] == true, seen, "{read}");
            }
        }
    }

    fn may_see(&self, who: usize, secret: &Secret) -> bool {
        let person = &self.people[who];
        person.out_since[secret.place].is_none() && secret.audience.contains(person.name)
    }

    fn emit(&mut self, id: &str) {
        let path = format!("/conversations/prospect/emit/message/{id}");
        let answer = self.node.send(&Request::get(&path).key());
        assert_eq!(answer.status, 200, "{}", answer.text());
        self.by_key.push_str(&answer.text());
    }

    /// All lists and messages: nothing too much, and nothing too little.
    fn ask_everything(&self, who: usize) {
        let person = &self.people[who];
        let here: Vec<_> = self.places.iter().map(String::as_str).collect();
        let listed = everything(&person.client, CHANNEL, &here, &[3, 100]);
        for (place, messages) in listed.messages.iter().enumerate() {
            let takes_part = person.out_since[place].is_none();
            let public = self.public[place].iter().filter(|_| takes_part).map(String::as_str);
            let notes = self.secrets.iter().filter(|s| s.place == place && self.may_see(who, s));
            let wanted: BTreeSet<_> = public.chain(notes.map(Secret::id)).collect();
            let found: BTreeSet<_> = messages.iter().map(String::as_str).collect();
            assert_eq!(found, wanted, "{} lists {}", person.name, CONTACTS[place]);
        }
    }

    /// Every byte so far.
    fn look_through(&self) {
        let metrics = Request::get("/metrics").send(self.node.metrics).expect("numbers").text();
        let logs = self.node.logs();
        for secret in &self.secrets {
            secret.assert_absent(&self.by_key, "an answer to the key");
            secret.assert_absent(&metrics, "/metrics");
            secret.assert_absent(&logs, "the log");
        }
        for who in 0..PEOPLE.len() {
            let heard = self.people[who].client.heard();
            for secret in self.secrets.iter().filter(|s| !s.audience.contains(PEOPLE[who])) {
                secret.assert_absent(&heard, PEOPLE[who]);
            }
            (0..self.places.len()).for_each(|place| self.look_at(who, place));
        }
    }

    /// What a former participant heard since: no note of there, not even their own.
    fn look_at(&self, who: usize, place: usize) {
        let person = &self.people[who];
        let Some(since) = person.out_since[place] else { return };
        let heard = &person.client.heard()[since..];
        for secret in self.secrets.iter().filter(|secret| secret.place == place) {
            secret.assert_absent(heard, &format!("{}, no longer there,", person.name));
        }
    }
}
