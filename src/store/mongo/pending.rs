//! What has to follow a commit, as it is kept with it: everything that is written to other
//! documents. It can be carried out by whoever finds it, any number of times.
use std::collections::HashMap;

use actors::domain::{
    Announcement, Change, ConversationId, MessageId, Position, Seq, Status, StatusChange,
    Timestamp, To, UserId,
};
use bson::oid::ObjectId;
use bson::{Bson, Document, doc};

use super::fields::{Senseless, date, field, id_or_null, list, signed, text_or_null};
use super::message_document::{beside_content, content};
use super::placement::placement;
use super::renumber::Renumbering;
use super::{ids, outbox};

#[derive(Clone, Debug, PartialEq)]
pub struct Pending {
    /// One attempt; another one after positions had to be taken anew.
    pub id: ObjectId,
    /// Rising. Not empty, but for a conversation that is taken over from another service.
    pub positions: Vec<i64>,
    /// Entries of the log, one for each position.
    pub log: Vec<Document>,
    /// `{account, content, beside}` of each message.
    pub messages: Vec<Document>,
    pub placements: Vec<Document>,
    pub outbox: Vec<Document>,
    /// `{message, status, error_code}`.
    pub statuses: Vec<Document>,
    /// How an import moves what stands here.
    pub renumbering: Option<Renumbering>,
}

impl Pending {
    /// What follows these changes of one conversation. `positions` are as many as they have
    /// announcements; `previous` is the one before them.
    pub fn of(changes: &[Change], positions: &[i64], previous: Position, now: Timestamp) -> Self {
        let mut pending = Self::empty(positions.to_vec());
        let mut previous = signed(previous.0);
        let mut free = positions.iter().copied();
        for change in changes {
            let own: Vec<i64> = free.by_ref().take(change.announcements.len()).collect();
            for (announcement, position) in change.announcements.iter().zip(&own) {
                let entry = entry(change, announcement, *position, previous, now);
                pending.log.push(entry);
                previous = *position;
            }
            if let Some((seq, message)) = &change.message {
                let (here, at) = (&change.next.id, position_of_message(change, &own));
                pending.place(here, *seq, at, message, now);
                if change.to_contact {
                    pending.outbox.push(outbox::entry(here, message, at, now));
                }
            }
            pending.statuses.extend(change.status.as_ref().map(status));
        }
        pending
    }

    /// Nothing to follow but what is derived from the conversation.
    pub fn empty(positions: Vec<i64>) -> Self {
        Self {
            id: ObjectId::new(),
            positions,
            log: Vec::new(),
            messages: Vec::new(),
            placements: Vec::new(),
            outbox: Vec::new(),
            statuses: Vec::new(),
            renumbering: None,
        }
    }

    fn place(
        &mut self,
        here: &ConversationId,
        seq: Seq,
        position: Position,
        message: &actors::domain::Message,
        now: Timestamp,
    ) {
        self.placements.push(placement(here, seq, position, message));
        self.messages.push(doc! {
            "_id": ids::id(message.id.as_str()),
            "account_id": ids::id(message.account.as_str()),
            "content": content(message, now),
            "beside": beside_content(message),
        });
    }

    /// The same at other positions, as many as before.
    pub fn at(&self, fresh: &[i64]) -> Self {
        let moved: HashMap<i64, i64> =
            self.positions.iter().copied().zip(fresh.iter().copied()).collect();
        let move_on = |documents: &[Document], keys: &[&str]| {
            let mut documents = documents.to_vec();
            for document in &mut documents {
                for key in keys {
                    let new = document.get_i64(key).ok().and_then(|old| moved.get(&old));
                    if let Some(new) = new {
                        document.insert(*key, *new);
                    }
                }
            }
            documents
        };
        Self {
            id: ObjectId::new(),
            positions: fresh.to_vec(),
            log: move_on(&self.log, &["_id", "position", "previous"]),
            messages: self.messages.clone(),
            placements: move_on(&self.placements, &["position"]),
            outbox: move_on(&self.outbox, &["entered"]),
            statuses: self.statuses.clone(),
            renumbering: self.renumbering.clone(),
        }
    }

    pub fn document(&self) -> Document {
        doc! {
            "id": self.id,
            "positions": self.positions.clone(),
            "log": self.log.clone(),
            "messages": self.messages.clone(),
            "placements": self.placements.clone(),
            "outbox": self.outbox.clone(),
            "statuses": self.statuses.clone(),
            "renumbering": self.renumbering.as_ref().map(Renumbering::document),
        }
    }

    pub fn read(document: &Document) -> Result<Self, Senseless> {
        let documents = |key| {
            let all = list(document, key)?.iter();
            all.map(|one| one.as_document().cloned().ok_or(Senseless))
                .collect::<Result<Vec<_>, _>>()
        };
        let positions = list(document, "positions")?.iter();
        Ok(Self {
            id: document.get_object_id("id").map_err(|_| Senseless)?,
            positions: positions.map(|p| p.as_i64().ok_or(Senseless)).collect::<Result<_, _>>()?,
            log: documents("log")?,
            messages: documents("messages")?,
            placements: documents("placements")?,
            outbox: documents("outbox")?,
            statuses: documents("statuses")?,
            renumbering: field(document, "renumbering")
                .map(|it| Renumbering::read(it.as_document().ok_or(Senseless)?))
                .transpose()?,
        })
    }
}

fn entry(
    change: &Change,
    announcement: &Announcement,
    position: i64,
    previous: i64,
    now: Timestamp,
) -> Document {
    let next = &change.next;
    let mut entry = doc! {
        "_id": position,
        "position": position,
        "previous": previous,
        "conversation": ids::id(next.id.as_str()),
        "account": ids::id(next.key.account.as_str()),
        "version": signed(next.version),
        "at": date(now),
    };
    let message = change.message.as_ref().map(|(_, message)| &message.id);
    let status = change.status.as_ref().map(|status| &status.message.id);
    match announcement {
        Announcement::Conversation { is_new, to } => {
            let user = match to {
                To::Participants | To::Team => None,
                To::User(user) => Some(user),
            };
            entry.insert("is_new", *is_new);
            entry.insert("to_user", id_or_null(user.map(UserId::as_str)));
            entry.insert("to_team", *to == To::Team);
        }
        Announcement::Message => {
            entry.insert("message", id_or_null(message.map(MessageId::as_str)));
        }
        Announcement::Status => {
            entry.insert("status_of", id_or_null(status.map(MessageId::as_str)));
        }
    }
    entry
}

fn position_of_message(change: &Change, own: &[i64]) -> Position {
    let announced = change.announcements.iter().zip(own);
    let message = announced.rev().find(|(announcement, _)| **announcement == Announcement::Message);
    let position = message.map(|(_, position)| *position).or(own.last().copied());
    Position(position.and_then(|position| u64::try_from(position).ok()).unwrap_or_default())
}

fn status(change: &StatusChange) -> Document {
    let message = &change.message;
    doc! {
        "message": ids::id(message.id.as_str()),
        "status": text_or_null(message.status.map(Status::as_str)),
        "error_code": message.error_code.as_deref().map_or(Bson::Null, Bson::from),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use actors::domain::command::{Command, Place};
    use actors::domain::{Decision, Message};
    use actors::testing::domain::{conversation, incoming};

    use super::*;

    fn changes() -> Vec<Change> {
        let mut there = conversation(&["ana", "ben"]);
        there.is_open = false;
        let mut changes = Vec::new();
        for id in ["m1", "m2"] {
            let place = Place { message: incoming(id, "hi"), dated: false, members: vec![] };
            let Ok(Decision::Record(change)) = place.decide(&there, Timestamp(5)) else {
                panic!("it changes something")
            };
            there = change.next.clone();
            changes.push(*change);
        }
        changes
    }

    #[test]
    fn each_entry_follows_the_one_before_it_and_what_is_kept_is_read_again() {
        let changes = changes();

        let pending = Pending::of(&changes, &[11, 12, 13], Position(7), Timestamp(5));

        let numbers = |key| pending.log.iter().map(|e| e.get_i64(key).unwrap()).collect::<Vec<_>>();
        assert_eq!(numbers("_id"), [11, 12, 13], "the first message reopens");
        assert_eq!(numbers("previous"), [7, 11, 12]);
        assert_eq!(pending.placements[0].get_i64("position").unwrap(), 12);
        assert_eq!(Pending::read(&pending.document()), Ok(pending));
    }

    #[test]
    fn at_other_positions_everything_else_is_the_same() {
        let mut changes = changes();
        changes[1].to_contact = true;
        let second = changes[1].message.clone().unwrap().1;
        changes[0].status =
            Some(StatusChange { message: Arc::new(Message::clone(&second)), from: None });
        let pending = Pending::of(&changes, &[11, 12, 13], Position(7), Timestamp(5));

        let moved = pending.at(&[21, 22, 30]);

        let wanted = Pending::of(&changes, &[21, 22, 30], Position(7), Timestamp(5));
        assert_eq!(Pending { id: wanted.id, ..moved.clone() }, wanted);
        assert_ne!(moved.id, pending.id);
    }
}
