//! `{account_id?, kind, name, address?, member_ids?, message_requests?}`

use actors::domain::{Channel, ChannelId, ChannelKind, UserId};
use serde_json::{Value, json};

use super::fields::wrong;
use super::phone::e164;
use super::user::{MAX_EMAIL, email};
use super::{Fields, Invalid};

const MAX_NAME: usize = 512;
pub(super) const MAX_KIND: usize = 32;

pub fn read(id: ChannelId, mut fields: Fields) -> Result<Channel, Invalid> {
    fields.same_id(id.as_str())?;
    let kind = kind("kind", fields.text("kind", MAX_KIND)?)?;
    let address = fields.optional_text("address", MAX_EMAIL)?;
    let channel = Channel {
        id,
        account: fields.account()?,
        address: address.map(|text| normal(&kind, text)).transpose()?,
        kind: ChannelKind(kind),
        name: fields.text("name", MAX_NAME)?,
        members: fields.ids("member_ids", UserId::parse)?.unwrap_or_default(),
        message_requests: fields.flag("message_requests")?.unwrap_or_default(),
    };
    fields.end()?;
    Ok(channel)
}

pub fn view(channel: &Channel) -> Value {
    let members: Vec<_> = channel.members.iter().map(UserId::as_str).collect();
    json!({
        "_id": channel.id.as_str(),
        "account_id": channel.account.as_str(),
        "kind": channel.kind.0,
        "name": channel.name,
        "address": channel.address,
        "member_ids": members,
        "message_requests": channel.message_requests,
    })
}

/// The form in which providers name the receiver, so that what they send finds the channel.
fn normal(kind: &str, address: String) -> Result<String, Invalid> {
    match kind {
        "SMS" => e164("address", &address),
        "EMAIL" => email("address", address.to_ascii_lowercase()),
        _ => Ok(address),
    }
}

pub(super) fn kind(key: &str, text: String) -> Result<String, Invalid> {
    let good = text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    if good { Ok(text) } else { Err(wrong(key, "upper case, such as SMS or EMAIL")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: Value) -> Result<Channel, Invalid> {
        super::read(ChannelId::parse("c").unwrap(), Fields::of(value)?)
    }

    #[test]
    fn an_address_is_kept_in_the_form_providers_send_it_in() {
        let address = |kind: &str, address: &str| {
            read(json!({"kind": kind, "name": "n", "address": address})).map(|c| c.address.unwrap())
        };

        assert_eq!(address("SMS", "+1 202-555-0143").unwrap(), "+12025550143");
        assert_eq!(address("EMAIL", "Inbox@Example.com").unwrap(), "inbox@example.com");
        assert_eq!(address("X", "@Ana").unwrap(), "@Ana");
        assert!(address("SMS", "2025550143").is_err());
        assert!(address("EMAIL", "nobody").is_err());
    }

    #[test]
    fn what_is_shown_can_be_written_back() {
        let channel = read(json!({"kind": "SMS", "name": "n", "member_ids": ["a"]})).unwrap();

        assert_eq!(read(view(&channel)), Ok(channel));
        assert!(read(json!({"kind": "sms", "name": "n"})).is_err());
        assert!(read(json!({"kind": "SMS", "name": "n", "members": []})).is_err());
    }
}
