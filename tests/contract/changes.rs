//! Changes as the domain makes them.
use actors::domain::command::{AddNote, Begin, Command, Place};
use actors::domain::*;
use actors::testing::domain as made;

pub fn conversation_id(id: &str) -> ConversationId {
    ConversationId::parse(id).unwrap()
}

pub fn message_id(id: &str) -> MessageId {
    MessageId::parse(id).unwrap()
}

pub fn channel_id(id: &str) -> ChannelId {
    ChannelId::parse(id).unwrap()
}

pub fn contact_id(id: &str) -> ContactId {
    ContactId::parse(id).unwrap()
}

pub fn account_id(id: &str) -> AccountId {
    AccountId::parse(id).unwrap()
}

/// A conversation nobody has begun, with a contact of its own.
pub fn absent(id: &str) -> Conversation {
    let key = Key { contact: contact_id(&format!("contact of {id}")), ..made::key() };
    Conversation::absent(conversation_id(id), key)
}

/// What a command that has to be recorded makes of a conversation.
pub fn decide(command: &impl Command, before: &Conversation, now: i64) -> Change {
    match command.decide(before, Timestamp(now)) {
        Ok(Decision::Record(change)) => *change,
        other => panic!("expected a change, got {other:?}"),
    }
}

/// `users[0]` begins a conversation with the others.
pub fn begin(id: &str, users: &[&str], now: i64) -> Change {
    let command = Begin {
        by: made::user(users[0]),
        users: users[1..].iter().map(|name| made::user(name)).collect(),
        title: None,
        image: vec![],
    };
    decide(&command, &absent(id), now)
}

pub fn incoming(id: &str) -> Message {
    made::incoming(id, "hello")
}

pub fn outgoing(id: &str, by: &str) -> Message {
    made::outgoing(id, by, "hello")
}

/// An incoming message in an existing conversation, stamped `now`.
pub fn place(message: Message, before: &Conversation, now: i64) -> Change {
    decide(&Place { message, dated: false, members: vec![] }, before, now)
}

/// The same with a `created_at` of its own.
pub fn place_dated(message: Message, at: i64, before: &Conversation) -> Change {
    let message = Message { created_at: Timestamp(at), ..message };
    decide(&Place { message, dated: true, members: vec![] }, before, at)
}

pub fn note(id: &str, by: &str, mentions: &[&str]) -> AddNote {
    let uuid = Uuid::parse(id).unwrap();
    AddNote { id: message_id(id), uuid, ..made::note(by, mentions, "call her") }
}

/// How a committed change's message stands.
pub fn placed(change: &Change, position: Position) -> Placed {
    let (seq, message) = change.message.clone().unwrap();
    Placed { conversation: change.next.id.clone(), seq, position, message }
}
