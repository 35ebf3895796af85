//! Conversations and messages for tests of rules.

use crate::domain::command::{AddNote, Command};
use crate::domain::*;

pub fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

pub fn key() -> Key {
    Key {
        account: AccountId::default_account(),
        contact: ContactId::parse("joe").unwrap(),
        channel: ChannelId::parse("sms").unwrap(),
    }
}

pub fn absent() -> Conversation {
    Conversation::absent(ConversationId::parse("c1").unwrap(), key())
}

/// An open conversation between these users, at version 1.
pub fn conversation(names: &[&str]) -> Conversation {
    let participants =
        names.iter().map(|name| Participant::new(user(name), Seq::default())).collect();
    Conversation { version: 1, is_open: true, participants, ..absent() }
}

pub fn incoming(id: &str, text: &str) -> Message {
    let contact = key().contact;
    Message {
        id: MessageId::parse(id).unwrap(),
        account: AccountId::default_account(),
        uuid: Uuid::parse(id).unwrap(),
        kind: Kind::Incoming,
        author: Author::Contact(contact.clone()),
        contact,
        text: text.into(),
        attachments: vec![],
        mentions: vec![],
        created_at: Timestamp::default(),
        provider_id: None,
        medium: None,
        email: None,
        status: None,
        error_code: None,
    }
}

pub fn outgoing(id: &str, by: &str, text: &str) -> Message {
    Message { kind: Kind::Outgoing, author: Author::User(user(by)), ..incoming(id, text) }
}

pub fn note(by: &str, mentions: &[&str], text: &str) -> AddNote {
    AddNote {
        id: MessageId::parse("note").unwrap(),
        uuid: Uuid::parse("note").unwrap(),
        by: user(by),
        text: text.into(),
        mentions: mentions.iter().map(|name| user(name)).collect(),
        attachments: vec![],
    }
}

/// The conversation after a command that must be recorded.
pub fn apply(command: &impl Command, before: &Conversation, now: Timestamp) -> Conversation {
    match command.decide(before, now) {
        Ok(Decision::Record(change)) => change.next,
        other => panic!("expected a recorded change, got {other:?}"),
    }
}
