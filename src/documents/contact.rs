//! `{account_id?, name?, email?, phone?, image?, …}`: every other field is kept as it is, the
//! profile that platforms know of a person among them.

use actors::domain::{Contact, ContactId, Json};
use serde_json::{Map, Value, json};

use super::fields::wrong;
use super::phone::as_given_or_e164;
use super::user::{MAX_EMAIL, MAX_IMAGE};
use super::{Fields, Invalid};

const MAX_NAME: usize = 512;
const MAX_PHONE: usize = 64;

/// Fields that others rely on to be texts, flags or counts when they are there.
const TEXTS: &[&str] = &[
    "company",
    "platform",
    "platformId",
    "platformUsername",
    "description",
    "profileImageUrl",
    "location",
    "url",
];
const FLAGS: &[&str] = &["verified"];
const COUNTS: &[&str] = &["followersCount", "followingCount"];

pub fn read(id: ContactId, mut fields: Fields) -> Result<Contact, Invalid> {
    fields.same_id(id.as_str())?;
    let phone = fields.optional_text("phone", MAX_PHONE)?;
    let account = fields.account()?;
    let name = fields.optional_text("name", MAX_NAME)?;
    let email = fields.optional_text("email", MAX_EMAIL)?;
    let image = fields.optional_text("image", MAX_IMAGE)?;
    let details = fields.rest();
    check(&details)?;
    Ok(Contact {
        id,
        account,
        name,
        email,
        phone: phone.map(|text| as_given_or_e164("phone", text)).transpose()?,
        image,
        details: Json::from_valid(Value::Object(details).to_string()),
    })
}

fn check(details: &Map<String, Value>) -> Result<(), Invalid> {
    for (key, value) in details {
        // No document store could hold such a name as it is.
        if key.is_empty() || key.starts_with('$') || key.contains(['.', '\0']) {
            return Err(Invalid("the name of a field is empty or holds $ or a dot".into()));
        }
        let expected = match key.as_str() {
            _ if value.is_null() => None,
            key if TEXTS.contains(&key) && !value.is_string() => Some("a text"),
            key if FLAGS.contains(&key) && !value.is_boolean() => Some("true or false"),
            key if COUNTS.contains(&key) && !value.is_u64() => Some("a count"),
            _ => None,
        };
        if let Some(expected) = expected {
            return Err(wrong(key, expected));
        }
    }
    Ok(())
}

pub fn view(contact: &Contact) -> Value {
    let mut shown = json!({
        "_id": contact.id.as_str(),
        "account_id": contact.account.as_str(),
        "name": contact.name,
        "email": contact.email,
        "phone": contact.phone,
        "image": contact.image,
    });
    let details = serde_json::from_str::<Map<String, Value>>(contact.details.as_str());
    if let (Some(shown), Ok(details)) = (shown.as_object_mut(), details) {
        for (key, value) in details {
            shown.entry(key).or_insert(value);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: Value) -> Result<Contact, Invalid> {
        super::read(ContactId::parse("joe").unwrap(), Fields::of(value)?)
    }

    #[test]
    fn every_other_field_is_kept_and_shown_again() {
        let contact =
            read(json!({"name": "Joe", "followersCount": 0, "shoe": {"size": 44}})).unwrap();

        let shown = view(&contact);

        assert_eq!(shown["followersCount"], 0);
        assert_eq!(shown["shoe"], json!({"size": 44}));
        assert_eq!(read(shown), Ok(contact));
    }

    #[test]
    fn profile_fields_have_their_types_and_numbers_their_form() {
        for wrong in [
            json!({"verified": "yes"}),
            json!({"followersCount": -1}),
            json!({"platformId": 5}),
            json!({"phone": "+1 no number"}),
            json!({"phone": 5}),
            json!({"$where": 1}),
            json!({"a.b": 1}),
        ] {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
        assert_eq!(
            read(json!({"phone": "+1 202 555 0143"})).unwrap().phone.unwrap(),
            "+12025550143"
        );
    }
}
