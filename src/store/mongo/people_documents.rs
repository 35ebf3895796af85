//! Reference data between the domain and its documents.
use actors::domain::{Account, AccountId, Channel, ChannelId, ChannelKind, Contact, ContactId};
use actors::domain::{Json, PushToken, Timestamp, User, UserId};
use bson::oid::ObjectId;
use bson::{Bson, Document, doc};

use super::fields::{
    self, Senseless, date, field, flag, id, inner, optional_text, text, text_or_null,
};
use super::{ids, json};
use crate::store::address_key;

/// What of a contact's document is ours alone: nobody else needs to know of it.
pub const OURS: &str = "switchboard";
/// What has a place of its own in a contact's document; every other field is a detail.
const NAMED: &[&str] = &[
    "_id",
    "account_id",
    "name",
    "email",
    "phone",
    "image",
    "createdAt",
    "updatedAt",
    "__v",
    OURS,
];

pub fn account(document: &Document) -> Result<Account, Senseless> {
    Ok(Account {
        id: id(document, "_id", AccountId::parse)?,
        name: owned(document, "name")?.unwrap_or_default(),
        time_zone: owned(document, "time_zone")?,
    })
}

pub fn put_account(account: &Account, now: Timestamp) -> Document {
    changed(
        doc! { "name": &account.name, "time_zone": text_or_null(account.time_zone.as_deref()) },
        now,
    )
}

pub fn user(document: &Document) -> Result<User, Senseless> {
    Ok(User {
        id: id(document, "_id", UserId::parse)?,
        account: fields::account(document)?,
        name: owned(document, "name")?.unwrap_or_default(),
        email: owned(document, "email")?.unwrap_or_default(),
        image: owned(document, "image")?,
        role: owned(document, "role")?,
        active: field(document, "active").is_none() || flag(document, "active")?,
    })
}

pub fn put_user(user: &User, now: Timestamp) -> Document {
    let fields = doc! {
        "account_id": ids::id(user.account.as_str()),
        "name": &user.name,
        "email": &user.email,
        "image": text_or_null(user.image.as_deref()),
        "role": text_or_null(user.role.as_deref()),
        "active": user.active,
    };
    changed(fields, now)
}

pub fn channel(document: &Document) -> Result<Channel, Senseless> {
    Ok(Channel {
        id: id(document, "_id", ChannelId::parse)?,
        account: fields::account(document)?,
        kind: ChannelKind(text(document, "kind")?.to_owned()),
        name: owned(document, "name")?.unwrap_or_default(),
        address: owned(document, "address")?,
        members: fields::ids(document, "member_ids", UserId::parse)?,
        message_requests: flag(document, "message_requests")?,
    })
}

pub fn put_channel(channel: &Channel, now: Timestamp) -> Document {
    let mut fields = doc! {
        "account_id": ids::id(channel.account.as_str()),
        "kind": &channel.kind.0,
        "name": &channel.name,
        "address": text_or_null(channel.address.as_deref()),
        "member_ids": ids::ids(channel.members.iter().map(UserId::as_str)),
        "message_requests": channel.message_requests,
    };
    // Not there rather than null, so that any number of channels may have none.
    match &channel.address {
        Some(address) => {
            fields.insert("address_key", address_key(address));
            changed(fields, now)
        }
        None => {
            let mut change = changed(fields, now);
            change.insert("$unset", doc! { "address_key": "" });
            change
        }
    }
}

pub fn push_token(document: &Document) -> Result<PushToken, Senseless> {
    let user = id(document, "user_id", UserId::parse)?;
    Ok(PushToken { user, token: text(document, "token")?.to_owned() })
}

pub fn contact(document: &Document) -> Result<Contact, Senseless> {
    Ok(Contact {
        id: id(document, "_id", ContactId::parse)?,
        account: fields::account(document)?,
        name: owned(document, "name")?,
        email: owned(document, "email")?,
        phone: owned(document, "phone")?,
        image: owned(document, "image")?,
        details: details(document)?,
    })
}

/// The fields without a place of their own; or the exact text that was put, if they are what it
/// said: another service may have changed them since.
fn details(document: &Document) -> Result<Json, Senseless> {
    let there: Document = document
        .iter()
        .filter(|(key, _)| !NAMED.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let exact = optional_text(inner(document, OURS)?, "details")?;
    if let Some(exact) = exact.map(Json::from_valid)
        && spread(&exact) == there
    {
        return Ok(exact);
    }
    Ok(json::json(&Bson::Document(there), None))
}

/// The details that can be fields of the document.
fn spread(details: &Json) -> Document {
    let Bson::Document(fields) = json::bson(details) else { return Document::new() };
    fields.into_iter().filter(|(key, _)| !NAMED.contains(&key.as_str())).collect()
}

/// A contact as one who is new. `made_for` says by what somebody looked for it in vain.
pub fn fresh_contact(contact: &Contact, made_for: &str, now: Timestamp) -> Document {
    let mut document = contact_fields(contact, now);
    document.insert("createdAt", date(now));
    let mut ours = ours(contact);
    ours.insert("age", ObjectId::new());
    ours.insert("made_for", made_for);
    document.insert(OURS, ours);
    document
}

/// Writes a contact over what is there, in one step. Its age stays; and what it was made for, as
/// long as it has the number or address for which it was.
pub fn put_contact(contact: &Contact, now: Timestamp) -> Vec<Document> {
    let is_same = |field: &str, value: Option<&str>| {
        let there = doc! { "$ifNull": [format!("${field}"), Bson::Null] };
        doc! { "$eq": [there, { "$literal": text_or_null(value) }] }
    };
    let stays = doc! { "$and": [
        is_same("phone", contact.phone.as_deref()),
        is_same("email", contact.email.as_deref()),
    ] };
    let mut ours = ours(contact);
    if let Some(details) = ours.remove("details") {
        ours.insert("details", doc! { "$literal": details });
    }
    ours.insert("age", doc! { "$ifNull": ["$switchboard.age", ObjectId::new()] });
    let made_for = doc! { "$cond": [stays, "$switchboard.made_for", "$$REMOVE"] };
    ours.insert("made_for", made_for);
    let kept = doc! { "createdAt": { "$ifNull": ["$createdAt", date(now)] }, OURS: ours };
    let fields = doc! { "$literal": contact_fields(contact, now) };
    vec![doc! { "$replaceWith": { "$mergeObjects": [fields, kept] } }]
}

fn contact_fields(contact: &Contact, now: Timestamp) -> Document {
    let mut document = doc! {
        "_id": ids::id(contact.id.as_str()),
        "account_id": ids::id(contact.account.as_str()),
        "name": text_or_null(contact.name.as_deref()),
        "email": text_or_null(contact.email.as_deref()),
        "phone": text_or_null(contact.phone.as_deref()),
        "image": text_or_null(contact.image.as_deref()),
    };
    document.extend(spread(&contact.details));
    document.insert("updatedAt", date(now));
    document
}

fn ours(contact: &Contact) -> Document {
    let plain = json::json(&Bson::Document(spread(&contact.details)), None);
    if plain == contact.details {
        Document::new()
    } else {
        doc! { "details": contact.details.as_str() }
    }
}

/// Sets fields; who is new gets the date that mongoose would give.
fn changed(mut fields: Document, now: Timestamp) -> Document {
    fields.insert("updatedAt", date(now));
    doc! { "$set": fields, "$setOnInsert": { "createdAt": date(now) } }
}

fn owned(document: &Document, key: &str) -> Result<Option<String>, Senseless> {
    Ok(optional_text(document, key)?.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact_with(details: &str) -> Contact {
        Contact {
            id: ContactId::parse("joe").unwrap(),
            account: AccountId::default_account(),
            name: Some("Joe".into()),
            email: None,
            phone: None,
            image: None,
            details: Json::from_valid(details),
        }
    }

    #[test]
    fn details_are_fields_of_the_document_and_read_back_to_the_last_letter() {
        for details in [
            r#"{"company":"Acme","followersCount":0,"shoe":{"size":44}}"#,
            r#"{"size":1e3,"b":1}"#,
            r#"{ "a": 1 }"#,
            r#"{"deep":{"a.b":1}}"#,
            r#"{"createdAt":"2026-01-31T09:30:00Z","company":"Acme"}"#,
            r#"{"switchboard":{"age":1}}"#,
            "{}",
        ] {
            let put = contact_with(details);

            let kept = fresh_contact(&put, "x", Timestamp(5));

            assert_eq!(contact(&kept), Ok(put), "{details}");
        }
        let kept = fresh_contact(&contact_with(r#"{"company":"Acme"}"#), "x", Timestamp(5));
        assert_eq!(kept.get_str("company").unwrap(), "Acme");
    }

    #[test]
    fn what_another_service_changed_counts_for_more_than_the_text_that_was_put() {
        let mut kept = fresh_contact(&contact_with(r#"{"size":1e3}"#), "x", Timestamp(5));

        kept.insert("size", 5);

        assert_eq!(contact(&kept).unwrap().details.as_str(), r#"{"size":5}"#);
    }

    #[test]
    fn a_document_that_mongoose_wrote_is_of_the_default_account_and_works_here() {
        let theirs = doc! {
            "_id": ObjectId::parse_str("0123456789abcdef01234567").unwrap(),
            "name": "Ana", "email": "ana@example.com", "password": "secret",
            "createdAt": bson::DateTime::from_millis(5), "__v": 0,
        };

        let ana = user(&theirs).unwrap();

        assert_eq!((ana.account, ana.active), (AccountId::default_account(), true));
        let as_contact = contact(&theirs).unwrap();
        assert_eq!(as_contact.details.as_str(), r#"{"password":"secret"}"#);
    }
}
