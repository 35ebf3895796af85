//! Conversations between the domain and `conversationprospects`.
//!
//! `users` is what other services know: those who take part now. Who took part once is kept in
//! `former_users`, with the place among all of them.
use actors::domain::{
    AccountId, Activity, ChannelId, ContactId, Conversation, ConversationId, Key, MessageId,
    Participant, UserId,
};
use bson::{Bson, Document, doc};

use super::fields::{
    Senseless, date, field, flag, id, id_or_null, list, number, optional_id, optional_text,
    optional_timestamp, seq, signed, snooze, snooze_date, text_or_null, timestamp,
};
use super::{ids, team_document};

/// What makes a conversation the one it is, as a filter.
pub fn key(key: &Key) -> Document {
    doc! {
        "account_id": ids::id(key.account.as_str()),
        "contact_id": ids::id(key.contact.as_str()),
        "channel_id": ids::id(key.channel.as_str()),
    }
}

/// Everything but the id and the key, which never change.
pub fn state(next: &Conversation) -> Document {
    let mut users = Vec::new();
    let mut former = Vec::new();
    for (place, participant) in (0_i64..).zip(&next.participants) {
        let mut user = user(participant);
        if participant.removed {
            user.insert("place", place);
            former.push(Bson::from(user));
        } else {
            users.push(Bson::from(user));
        }
    }
    let last = next.last_public.as_ref();
    doc! {
        "version": signed(next.version),
        "title": text_or_null(next.title.as_deref()),
        "image": next.image.iter().map(String::as_str).collect::<Vec<_>>(),
        "is_open": next.is_open,
        "starred": next.starred,
        "createdAt": date(next.created_at),
        "updatedAt": date(next.updated_at),
        "last_seq": signed(next.last_seq.0),
        "last_at": date(next.last_at),
        "last_activity": id_or_null(last.map(|activity| activity.message.as_str())),
        "last_activity_at": last.map_or(Bson::Null, |activity| date(activity.at)),
        "users": users,
        "former_users": former,
        "deleted": next.deleted,
        // Part of what is unique: a deleted conversation leaves its place to another one.
        "deleted_as": id_or_null(next.deleted.then(|| next.id.as_str())),
        "team": team_document::write(next),
    }
}

fn user(participant: &Participant) -> Document {
    let note = participant.last_note.as_ref();
    doc! {
        "user_id": ids::id(participant.user.as_str()),
        "is_admin": participant.is_admin,
        "show_on_top": participant.show_on_top,
        "snooze_until": snooze_date(participant.snooze),
        "is_archived": participant.is_archived,
        "unread_count": i64::from(participant.unread),
        "read": signed(participant.read.0),
        "last_note": id_or_null(note.map(|activity| activity.message.as_str())),
        "last_note_at": note.map_or(Bson::Null, |activity| date(activity.at)),
    }
}

pub fn read(document: &Document) -> Result<Conversation, Senseless> {
    let mut participants = users(document, "users", false)?;
    let former = users(document, "former_users", true)?;
    let places = list(document, "former_users")?.iter().map(place);
    // In the order of their places, so that each is put where it was.
    for (place, participant) in places.zip(former) {
        let place = place?.min(participants.len());
        participants.insert(place, participant);
    }
    Ok(Conversation {
        id: id(document, "_id", ConversationId::parse)?,
        key: Key {
            account: id(document, "account_id", AccountId::parse)?,
            contact: id(document, "contact_id", ContactId::parse)?,
            channel: id(document, "channel_id", ChannelId::parse)?,
        },
        version: number(document, "version")?,
        title: optional_text(document, "title")?.map(str::to_owned),
        image: images(document)?,
        is_open: flag(document, "is_open")?,
        starred: flag(document, "starred")?,
        created_at: timestamp(document, "createdAt")?,
        updated_at: timestamp(document, "updatedAt")?,
        last_seq: seq(document, "last_seq")?,
        last_at: timestamp(document, "last_at")?,
        last_public: activity(document, "last_activity", "last_activity_at")?,
        deleted: flag(document, "deleted")?,
        team: team_document::read(document)?,
        participants,
    })
}

fn images(document: &Document) -> Result<Vec<String>, Senseless> {
    let images = list(document, "image")?.iter();
    images.map(|image| image.as_str().map(str::to_owned).ok_or(Senseless)).collect()
}

fn users(document: &Document, key: &str, removed: bool) -> Result<Vec<Participant>, Senseless> {
    list(document, key)?.iter().map(|user| participant(user, removed)).collect()
}

fn participant(user: &Bson, removed: bool) -> Result<Participant, Senseless> {
    let user = user.as_document().ok_or(Senseless)?;
    Ok(Participant {
        user: id(user, "user_id", UserId::parse)?,
        is_admin: flag(user, "is_admin")?,
        show_on_top: flag(user, "show_on_top")?,
        snooze: snooze(user, "snooze_until")?,
        is_archived: flag(user, "is_archived")?,
        read: seq(user, "read")?,
        unread: u32::try_from(number(user, "unread_count")?).map_err(|_| Senseless)?,
        last_note: activity(user, "last_note", "last_note_at")?,
        removed,
    })
}

fn place(user: &Bson) -> Result<usize, Senseless> {
    let place = number(user.as_document().ok_or(Senseless)?, "place")?;
    usize::try_from(place).map_err(|_| Senseless)
}

/// Two fields, both set or both unset.
fn activity(document: &Document, message: &str, at: &str) -> Result<Option<Activity>, Senseless> {
    let Some(id) = optional_id(document, message, MessageId::parse)? else { return Ok(None) };
    let at = optional_timestamp(document, at)?.ok_or(Senseless)?;
    Ok(Some(Activity { at, message: id }))
}

/// Whether it is one of ours: another service's has no version until it is taken over.
pub fn is_ours(document: &Document) -> bool {
    field(document, "version").is_some()
}
