//! Random histories with a secret in every note. All that anybody is sent, by whatever road, is
//! looked through: nothing of a note reaches anyone but its author and those it mentions, and
//! those only while they take part.
mod doings;
mod looking;

use super::dice::{Dice, Plan};
use super::office::{note, patient, remove, settle, start, written};
use super::team::everything_of_the_team;
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
}
