//! `{account_id?, name, color?}`; a status also `{order?}`.

use actors::domain::{ContactStatus, ContactStatusId, Tag, TagId};
use serde_json::{Value, json};

use super::{Fields, Invalid};

const MAX_NAME: usize = 512;
const MAX_COLOR: usize = 64;
/// As large as a double is exact, which is what other databases keep it in.
const MAX_ORDER: i64 = 9_007_199_254_740_991;

pub fn tag(id: TagId, mut fields: Fields) -> Result<Tag, Invalid> {
    let tag = Tag {
        id,
        account: fields.account()?,
        name: fields.text("name", MAX_NAME)?,
        color: fields.optional_text("color", MAX_COLOR)?.unwrap_or_default(),
    };
    fields.end()?;
    Ok(tag)
}

pub fn contact_status(id: ContactStatusId, mut fields: Fields) -> Result<ContactStatus, Invalid> {
    let status = ContactStatus {
        id,
        account: fields.account()?,
        name: fields.text("name", MAX_NAME)?,
        color: fields.optional_text("color", MAX_COLOR)?.unwrap_or_default(),
        order: fields.number("order", -MAX_ORDER..=MAX_ORDER)?.unwrap_or_default(),
    };
    fields.end()?;
    Ok(status)
}

pub fn tag_view(tag: &Tag) -> Value {
    json!({
        "_id": tag.id.as_str(),
        "account_id": tag.account.as_str(),
        "name": tag.name,
        "color": tag.color,
    })
}

pub fn status_view(status: &ContactStatus) -> Value {
    json!({
        "_id": status.id.as_str(),
        "account_id": status.account.as_str(),
        "name": status.name,
        "color": status.color,
        "order": status.order,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_has_a_place_in_its_pipeline_and_a_tag_has_none() {
        let fields = || {
            Fields::of(json!({"account_id": "acme", "name": "Won", "color": "#0f0", "order": 3}))
        };

        let id = ContactStatusId::parse("s").unwrap();
        assert_eq!(contact_status(id.clone(), fields().unwrap()).unwrap().order, 3);
        assert!(tag(TagId::parse("t").unwrap(), fields().unwrap()).is_err());
        let half = Fields::of(json!({"name": "Won", "order": 0.5})).unwrap();
        assert!(contact_status(id, half).is_err());
    }
}
