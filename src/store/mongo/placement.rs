//! `placements`: where a message stands in one conversation, and by what names it is known there.
use actors::domain::{
    Author, ConversationId, Message, MessageId, Position, ProviderMessageId, Seq,
};
use bson::{Document, doc};

use super::bulk::Update;
use super::fields::{date, signed};
use super::{ids, order};

/// A message stands in a conversation once.
pub fn name(conversation: &ConversationId, message: &MessageId) -> Document {
    doc! { "conversation": ids::id(conversation.as_str()), "message": ids::id(message.as_str()) }
}

/// A message where it stands.
pub fn placement(
    conversation: &ConversationId,
    seq: Seq,
    position: Position,
    message: &Message,
) -> Document {
    let mut placement = doc! {
        "_id": name(conversation, &message.id),
        "conversation": ids::id(conversation.as_str()),
        "message": ids::id(message.id.as_str()),
        // Nobody's message shows in another account, even if somebody there takes its id.
        "account": ids::id(message.account.as_str()),
        "seq": signed(seq.0),
        "position": signed(position.0),
        "created_at": date(message.created_at),
        "order": order::key(message.created_at, message.id.as_str()),
    };
    // There or not, so that an index may hold only those that have one.
    if let Author::User(author) = &message.author {
        placement.insert("author", ids::id(author.as_str()));
        placement.insert("uuid", message.uuid.as_str());
    }
    if let Some(provider_id) = &message.provider_id {
        placement.insert("provider_id", provider_id.as_str());
    }
    placement
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

/// The names of a message in a conversation, of which each belongs to one message.
pub fn names(conversation: &ConversationId, message: &Message) -> Vec<Document> {
    let here = ids::id(conversation.as_str());
    let mut names = vec![doc! { "_id": name(conversation, &message.id) }];
    if let Author::User(author) = &message.author {
        let author = ids::id(author.as_str());
        let uuid = message.uuid.as_str();
        names.push(doc! { "conversation": here.clone(), "author": author, "uuid": uuid });
    }
    if let Some(provider_id) = message.provider_id.as_ref().map(ProviderMessageId::as_str) {
        names.push(doc! { "conversation": here, "provider_id": provider_id });
    }
    names
}
