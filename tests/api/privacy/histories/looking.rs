//! Who may see what, and whether it is so.
use std::collections::BTreeSet;

use serde_json::json;

use super::*;

impl World {
    /// Somebody looks around, and names notes whose ids they cannot know.
    pub(super) fn probe(&mut self, dice: &mut Dice, place: usize) {
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
        // Its text is one word to search for, or several.
        let found = person.client.ask("prospect_search", json!({ "query": secret.text() }));
        assert_eq!(found.to_string().contains(secret.id()), seen, "{found}");
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

    pub(super) fn may_see(&self, who: usize, secret: &Secret) -> bool {
        let person = &self.people[who];
        person.out_since[secret.place].is_none() && secret.audience.contains(person.name)
    }

    /// All lists and messages: nothing too much, and nothing too little.
    pub(super) fn ask_everything(&self, who: usize) {
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
    pub(super) fn look_through(&self) {
        let places: Vec<_> = self.places.iter().map(String::as_str).collect();
        let by_team = everything_of_the_team(&self.node, &places, &[]);
        let metrics = Request::get("/metrics").send(self.node.metrics).expect("numbers").text();
        let logs = self.node.logs();
        for secret in &self.secrets {
            secret.assert_absent(&self.by_key, "an answer to the key");
            secret.assert_absent(&by_team, "an answer to the team");
            secret.assert_absent(&metrics, "/metrics");
            secret.assert_absent(&logs, "the log");
        }
        for (who, name) in PEOPLE.into_iter().enumerate() {
            let heard = self.people[who].client.heard();
            for secret in self.secrets.iter().filter(|secret| !secret.audience.contains(name)) {
                secret.assert_absent(&heard, name);
            }
            (0..self.places.len()).for_each(|place| self.look_at(who, place));
        }
    }

    /// What a former participant heard since: no note of there, not even their own.
    pub(super) fn look_at(&self, who: usize, place: usize) {
        let person = &self.people[who];
        let Some(since) = person.out_since[place] else { return };
        let heard = &person.client.heard()[since..];
        for secret in self.secrets.iter().filter(|secret| secret.place == place) {
            secret.assert_absent(heard, &format!("{}, no longer there,", person.name));
        }
    }
}
