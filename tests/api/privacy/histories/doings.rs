//! What people and services do in a history.
use serde_json::json;

use super::*;

impl World {
    pub(super) fn note(&mut self, dice: &mut Dice, place: usize, by: usize, members: &[usize]) {
        let mentions: Vec<_> = dice.some_of(members).into_iter().map(|at| PEOPLE[at]).collect();
        let (text, uuid) = (dice.unique("text"), dice.unique("uuid"));
        let ask = note(&self.places[place], &text, &uuid, &mentions);
        let ack = self.people[by].client.ask("prospect_add_note", ask);
        assert_eq!(ack["success"], true, "{ack}");
        let id = ack["data"]["_id"].as_str().expect("an id").to_owned();
        self.keep(place, [text, uuid, id], PEOPLE[by], &mentions);
    }

    pub(super) fn note_by_key(
        &mut self,
        dice: &mut Dice,
        place: usize,
        by: usize,
        members: &[usize],
    ) {
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

    pub(super) fn keep(
        &mut self,
        place: usize,
        traces: [String; 3],
        by: &'static str,
        to: &[&'static str],
    ) {
        let mentions = to.to_vec();
        let audience = to.iter().copied().chain([by]).collect();
        self.secrets.push(Secret { place, traces, by, mentions, audience });
    }

    /// As a client does that got no ack.
    pub(super) fn repeat_a_note(&self, dice: &mut Dice) {
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

    pub(super) fn organise(&mut self, dice: &mut Dice, place: usize, by: usize, step: usize) {
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

    pub(super) fn take_in(&mut self, dice: &mut Dice, place: usize, by: usize) {
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

    pub(super) fn take_out(&mut self, dice: &mut Dice, place: usize, members: &[usize]) {
        let who = members[dice.below(members.len())];
        assert_eq!(remove(&self.node, &self.places[place], PEOPLE[who]), 200);
        let person = &mut self.people[who];
        if person.online {
            settle(&person.client);
        }
        person.out_since[place] = Some(person.client.heard().len());
    }

    pub(super) fn come_back(&mut self, who: usize) {
        let person = &mut self.people[who];
        if !person.online {
            person.client.reopen();
            person.client.connected();
            settle(&person.client);
            person.online = true;
        }
    }

    pub(super) fn everybody_comes_back(&mut self) {
        (0..PEOPLE.len()).for_each(|who| self.come_back(who));
    }

    pub(super) fn restart(&mut self) {
        self.node.kill();
        for person in &mut self.people {
            if std::mem::take(&mut person.online) {
                person.client.disconnected();
            }
        }
        self.node.resume();
        self.everybody_comes_back();
    }

    pub(super) fn emit(&mut self, id: &str) {
        let path = format!("/conversations/prospect/emit/message/{id}");
        let answer = self.node.send(&Request::get(&path).key());
        assert_eq!(answer.status, 200, "{}", answer.text());
        self.by_key.push_str(&answer.text());
    }
}
