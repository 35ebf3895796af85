//! What platforms know of a contact, out of the fields that were kept as they came.

use actors::domain::{Contact, Profile};
use serde::Deserialize;
use serde_json::Value;

/// As platforms name them. What is of another type is as good as absent: contacts come in by more
/// ways than the one that checks it.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Known {
    platform: Value,
    platform_id: Value,
    platform_username: Value,
    description: Value,
    profile_image_url: Value,
    location: Value,
    url: Value,
    verified: Value,
    followers_count: Value,
    following_count: Value,
}

pub fn of(contact: &Contact) -> Profile {
    let known: Known = serde_json::from_str(contact.details.as_str()).unwrap_or_default();
    let text = |value: Value| match value {
        Value::String(text) if !text.is_empty() => Some(text),
        _ => None,
    };
    Profile {
        platform: text(known.platform),
        platform_id: text(known.platform_id),
        username: text(known.platform_username),
        description: text(known.description),
        image: text(known.profile_image_url).or_else(|| contact.image.clone()),
        location: text(known.location),
        url: text(known.url),
        verified: known.verified == Value::Bool(true),
        followers: known.followers_count.as_u64(),
        following: known.following_count.as_u64(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actors::domain::{AccountId, ContactId, Json};

    fn profile(details: &str) -> Profile {
        of(&Contact {
            id: ContactId::parse("joe").unwrap(),
            account: AccountId::default_account(),
            name: None,
            email: None,
            phone: None,
            image: Some("https://a/own.png".into()),
            details: Json::from_valid(details),
        })
    }

    #[test]
    fn a_profile_is_read_out_of_what_came_and_what_makes_no_sense_is_absent() {
        let whole = profile(
            r#"{"platformId":"1","platformUsername":"joe","verified":true,"followersCount":0,
                "profileImageUrl":"https://a/theirs.png","description":"","more":{"x":[1]}}"#,
        );
        assert_eq!(
            (whole.platform_id.as_deref(), whole.username.as_deref()),
            (Some("1"), Some("joe"))
        );
        assert_eq!((whole.verified, whole.followers, whole.description), (true, Some(0), None));
        assert_eq!(whole.image.as_deref(), Some("https://a/theirs.png"));

        let odd = profile(r#"{"platformId":1,"verified":"yes","followersCount":-1,"url":null}"#);
        let image = Some("https://a/own.png".to_owned());
        assert_eq!(odd, Profile { image: image.clone(), ..Profile::default() });
        assert_eq!(profile("[]"), Profile { image, ..Profile::default() });
    }
}
