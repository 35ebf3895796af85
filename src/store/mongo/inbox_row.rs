//! Inbox rows between the domain and `inboxrows`: one document for each user in a conversation,
//! derived from the conversation, so that a list is read from an index.
use actors::domain::{Conversation, ConversationId, InboxRow, MessageId, Participant, UserId};
use bson::{Bson, Document, doc};

use super::bulk::Update;
use super::fields::{
    Senseless, date, flag, id, id_or_null, number, optional_id, signed, snooze, snooze_date,
    timestamp,
};
use super::{ids, order};

/// In whose list a row is; a former participant's is in none.
pub const PRESENT: &str = "present";
pub const ARCHIVED: &str = "archived";

/// What writes the rows of a conversation. One that comes late, after a newer version was written,
/// changes nothing.
pub fn writing(next: &Conversation) -> Vec<Update> {
    next.participants.iter().map(|participant| write(next, participant)).collect()
}

fn write(next: &Conversation, participant: &Participant) -> Update {
    // As a placement's.
    let name = format!("{}\n{}", next.id, participant.user);
    let mut row = row(next, participant);
    row.insert("_id", &name);
    let older = doc! { "$lt": signed(next.version) };
    Update { filter: doc! { "_id": name, "version": older }, change: row, upsert: true }
}

fn row(next: &Conversation, participant: &Participant) -> Document {
    let row = next.inbox_row(participant);
    let list = match (participant.removed || next.deleted, row.is_archived) {
        (true, _) => Bson::Null,
        (false, true) => ARCHIVED.into(),
        (false, false) => PRESENT.into(),
    };
    let mut document = doc! {
        "version": signed(next.version),
        "conversation": ids::id(row.conversation.as_str()),
        "user": ids::id(row.user.as_str()),
        "channel": ids::id(next.key.channel.as_str()),
        "list": list,
        "order": order::key(row.at, row.conversation.as_str()),
        "at": date(row.at),
        "last_message": id_or_null(row.last_message.as_ref().map(MessageId::as_str)),
        "is_open": row.is_open,
        "show_on_top": row.show_on_top,
        "is_archived": row.is_archived,
        "is_unread": row.unread > 0,
        "unread": i64::from(row.unread),
    };
    // There or not, so that an index may hold only those that have one.
    if row.snooze.is_some() && !participant.removed && !next.deleted {
        document.insert("snooze_until", snooze_date(row.snooze));
    }
    document
}

pub fn read(document: &Document) -> Result<InboxRow, Senseless> {
    Ok(InboxRow {
        user: id(document, "user", UserId::parse)?,
        conversation: id(document, "conversation", ConversationId::parse)?,
        at: timestamp(document, "at")?,
        last_message: optional_id(document, "last_message", MessageId::parse)?,
        is_open: flag(document, "is_open")?,
        show_on_top: flag(document, "show_on_top")?,
        snooze: snooze(document, "snooze_until")?,
        is_archived: flag(document, "is_archived")?,
        unread: u32::try_from(number(document, "unread")?).map_err(|_| Senseless)?,
    })
}
