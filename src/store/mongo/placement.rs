//! `placements`: where a message stands in one conversation, and by what names it is known there.
use actors::domain::{Author, ConversationId, Message, MessageId, Position, Seq, UserId, Uuid};
use bson::{Document, doc};

use super::bulk::Update;
use super::fields::{date, signed};
use super::{ids, order};

/// A message stands in a conversation once.
///
/// A text, since not every server finds a document by one that is its id. No id holds a line's end.
pub fn name(conversation: &ConversationId, message: &MessageId) -> String {
    format!("{conversation}\n{message}")
}

/// A message where it stands.
pub fn placement(
    conversation: &ConversationId,
    seq: Seq,
    position: Position,
    message: &Message,
) -> Document {
    doc! {
        "_id": name(conversation, &message.id),
        "conversation": ids::id(conversation.as_str()),
        "message": ids::id(message.id.as_str()),
        // Nobody's message shows in another account, even if somebody there takes its id.
        "account": ids::id(message.account.as_str()),
        "seq": signed(seq.0),
        "position": signed(position.0),
        "created_at": date(message.created_at),
        "order": order::key(message.created_at, message.id.as_str()),
        "names": names(message),
    }
}

/// What writes a placement; again, it changes nothing. The position is the latest that was taken
/// for it, should an earlier one have been given away.
pub fn writing(mut placement: Document) -> Update {
    let name = placement.remove("_id");
    let position = placement.remove("position");
    Update {
        filter: doc! { "_id": name },
        change: doc! { "$setOnInsert": placement, "$max": { "position": position } },
        upsert: true,
    }
}

/// What a message is known by in a conversation: each name belongs to one message.
pub fn names(message: &Message) -> Vec<String> {
    let mut names = vec![format!("id\n{}", message.id)];
    if let Author::User(author) = &message.author {
        names.push(by_uuid(author, &message.uuid));
    }
    names.extend(message.provider_id.as_ref().map(|id| format!("provider\n{id}")));
    names
}

/// No id holds a line's end, so that no two pairs are one text.
pub fn by_uuid(author: &UserId, uuid: &Uuid) -> String {
    format!("uuid\n{author}\n{}", uuid.as_str())
}
