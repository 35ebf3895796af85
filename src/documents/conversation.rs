//! `{account_id?, contact_id, channel_id, users: [id | {user_id, is_admin?, unread_count?,
//! show_on_top?, snooze_until?, is_archived?}], title?, image?, is_open?, starred?, createdAt?,
//! updatedAt?}`:
//! a conversation as another installation had it.

use actors::domain::{
    ArchivedConversation, ArchivedUser, ChannelId, ContactId, Conversation, ConversationId, Key,
    Snooze, Timestamp, UserId,
};
use serde_json::{Value, json};

use super::fields::{missing, wrong};
use super::{Fields, Invalid};
use crate::{ids, time};

const MAX_TITLE: usize = 512;
const MAX_IMAGE: usize = 8 * 1024;
const MAX_IMAGES: usize = 100;

pub fn read(id: ConversationId, mut fields: Fields) -> Result<ArchivedConversation, Invalid> {
    let created_at = fields.instant("createdAt")?;
    let conversation = ArchivedConversation {
        key: Key {
            account: fields.account()?,
            contact: fields
                .id("contact_id", ContactId::parse)?
                .ok_or_else(|| missing("contact_id"))?,
            channel: fields
                .id("channel_id", ChannelId::parse)?
                .ok_or_else(|| missing("channel_id"))?,
        },
        title: fields.optional_text("title", MAX_TITLE)?.filter(|title| !title.trim().is_empty()),
        image: images(fields.take("image"))?,
        is_open: fields.flag("is_open")?.unwrap_or(true),
        starred: fields.flag("starred")?.unwrap_or_default(),
        created_at: created_at.or_else(|| ids::made_at(id.as_str())),
        updated_at: fields.instant("updatedAt")?,
        users: users(fields.list("users")?.ok_or_else(|| missing("users"))?)?,
        id,
    };
    fields.end()?;
    Ok(conversation)
}

/// One image as a text, or a list of them.
fn images(value: Option<Value>) -> Result<Vec<String>, Invalid> {
    let entries = match value {
        None => Vec::new(),
        Some(Value::Array(entries)) => entries,
        Some(other) => vec![other],
    };
    if entries.len() > MAX_IMAGES {
        return Err(Invalid(format!("image has more than {MAX_IMAGES} entries")));
    }
    let mut images = Vec::with_capacity(entries.len());
    for entry in entries {
        match entry {
            Value::String(image) if image.trim().is_empty() => {}
            Value::String(image) if image.len() <= MAX_IMAGE => images.push(image),
            _ => return Err(wrong("image", "a text or a list of texts")),
        }
    }
    Ok(images)
}

fn users(entries: Vec<Value>) -> Result<Vec<ArchivedUser>, Invalid> {
    let mut users: Vec<ArchivedUser> = Vec::with_capacity(entries.len());
    for entry in entries {
        let user = match entry {
            Value::Object(_) => user(Fields::of(entry)?)?,
            other => user(Fields::of(serde_json::json!({ "user_id": other }))?)?,
        };
        if users.iter().any(|known| known.user == user.user) {
            return Err(Invalid("users names somebody twice".into()));
        }
        users.push(user);
    }
    Ok(users)
}

fn user(mut fields: Fields) -> Result<ArchivedUser, Invalid> {
    // Mongoose gives every entry of a list an id of its own.
    fields.take("_id");
    let user = fields.id("user_id", UserId::parse)?.ok_or_else(|| missing("user_id"))?;
    let unread = fields.number("unread_count", 0..=i64::from(u32::MAX))?.unwrap_or_default();
    let archived = ArchivedUser {
        user,
        is_admin: fields.flag("is_admin")?.unwrap_or_default(),
        show_on_top: fields.flag("show_on_top")?.unwrap_or_default(),
        snooze: fields.instant("snooze_until")?.map(snooze),
        is_archived: fields.flag("is_archived")?.unwrap_or_default(),
        unread: u32::try_from(unread).unwrap_or(u32::MAX),
    };
    fields.end()?;
    Ok(archived)
}

/// A conversation as [`read`] takes it. Former participants have no form here.
pub fn view(conversation: &Conversation) -> Value {
    let Conversation { id, key, title, image, is_open, starred, .. } = conversation;
    let users = conversation.participants().map(|own| {
        json!({
            "user_id": own.user.as_str(),
            "is_admin": own.is_admin,
            "unread_count": own.unread,
            "show_on_top": own.show_on_top,
            "snooze_until": own.snooze.map(|snooze| time::format(end(snooze))),
            "is_archived": own.is_archived,
        })
    });
    json!({
        "_id": id.as_str(),
        "account_id": key.account.as_str(),
        "contact_id": key.contact.as_str(),
        "channel_id": key.channel.as_str(),
        "users": users.collect::<Vec<_>>(),
        "title": title,
        "image": image,
        "is_open": is_open,
        "starred": starred,
        "createdAt": time::format(conversation.created_at),
        "updatedAt": time::format(conversation.updated_at),
    })
}

fn end(snooze: Snooze) -> Timestamp {
    match snooze {
        Snooze::Until(end) => end,
        Snooze::UntilNextIncoming => Timestamp(time::LAST),
    }
}

/// One without an end is written as one that ends with the last instant there is.
fn snooze(end: Timestamp) -> Snooze {
    if end.0 >= time::LAST { Snooze::UntilNextIncoming } else { Snooze::Until(end) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: Value) -> Result<ArchivedConversation, Invalid> {
        super::read(ConversationId::parse("000003e80000000000000000").unwrap(), Fields::of(value)?)
    }

    fn document() -> Value {
        json!({
            "contact_id": "joe", "channel_id": "sms", "image": "https://a/b.png",
            "users": ["ana", {"_id": "x", "user_id": "ben", "unread_count": 3,
                              "snooze_until": "2026-01-31T09:30:00Z", "is_archived": true}],
        })
    }

    #[test]
    fn users_are_ids_or_objects_and_each_stands_once() {
        let read_ = read(document()).unwrap();

        let names: Vec<_> = read_.users.iter().map(|own| (own.user.as_str(), own.unread)).collect();
        assert_eq!(names, [("ana", 0), ("ben", 3)]);
        assert!(read_.users[1].is_archived && read_.users[1].snooze.is_some());
        assert_eq!(read_.image, ["https://a/b.png"]);
        assert!(read_.is_open, "unless it says otherwise");
        let mut twice = document();
        twice["users"] = json!(["ana", {"user_id": "ana"}]);
        assert!(read(twice).is_err());
    }

    #[test]
    fn a_snooze_that_ends_with_time_itself_ends_with_the_next_message() {
        let mut until = document();
        until["users"] = json!([{"user_id": "ana", "snooze_until": "9999-12-31T23:59:59.999Z"}]);

        assert_eq!(read(until).unwrap().users[0].snooze, Some(Snooze::UntilNextIncoming));
    }

    #[test]
    fn a_conversation_without_a_date_is_as_old_as_its_id() {
        assert_eq!(read(document()).unwrap().created_at, Some(Timestamp(1_000_000)));
    }

    #[test]
    fn what_is_wrong_is_refused_by_the_name_of_its_field() {
        for (key, value) in [
            ("contact_id", json!(null)),
            ("channel_id", json!(5)),
            ("users", json!(null)),
            ("user_id", json!(null)),
            ("image", json!([5])),
            ("is_open", json!("yes")),
            ("createdAt", json!("today")),
            ("last_activity", json!({})),
        ] {
            let mut wrong = document();
            if key == "user_id" {
                wrong["users"] = json!([{"is_admin": true}]);
            } else {
                wrong[key] = value;
            }

            let error = read(wrong).unwrap_err();

            assert!(error.0.contains(key), "{error} does not name {key}");
        }
        for unread in [json!(-1), json!(1.5), json!("2"), json!(1_u64 << 40)] {
            let mut wrong = document();
            wrong["users"] = json!([{"user_id": "ana", "unread_count": unread}]);
            assert!(read(wrong).unwrap_err().0.contains("unread_count"));
        }
    }
}
