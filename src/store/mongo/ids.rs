//! Ids between the domain and BSON: 24 hex digits are an ObjectId, always; any other id is a text.
use actors::domain::AccountId;
use bson::oid::ObjectId;
use bson::{Bson, doc};

use super::fields::Senseless;

/// An id as it is kept.
pub fn id(text: &str) -> Bson {
    match ObjectId::parse_str(text) {
        Ok(id) if text.len() == 24 => Bson::ObjectId(id),
        _ => Bson::String(text.to_owned()),
    }
}

/// Several ids as they are kept.
pub fn ids<'a>(texts: impl IntoIterator<Item = &'a str>) -> Bson {
    Bson::Array(texts.into_iter().map(id).collect())
}

/// What `account_id` has to be for a document to be an account's. The default one has those too
/// that name none.
pub fn of_account(account: &AccountId) -> Bson {
    if *account == AccountId::default_account() {
        doc! { "$in": [id(account.as_str()), Bson::Null] }.into()
    } else {
        id(account.as_str())
    }
}

/// An id as it is kept, read again.
///
/// # Errors
///
/// [`Senseless`]: it is none, or not one of this kind.
pub fn parsed<T, E>(
    value: &Bson,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, Senseless> {
    match value {
        Bson::ObjectId(id) => parse(&id.to_hex()),
        Bson::String(text) => parse(text),
        _ => return Err(Senseless),
    }
    .map_err(|_| Senseless)
}

#[cfg(test)]
mod tests {
    use actors::domain::MessageId;

    use super::*;

    #[test]
    fn twenty_four_hex_digits_are_an_object_id_and_anything_else_is_a_text() {
        for (text, is_object_id) in [
            ("0123456789abcdef01234567", true),
            ("0123456789abcdef0123456", false),
            ("0123456789abcdef0123456g", false),
            ("m1", false),
        ] {
            let kept = id(text);

            assert_eq!(matches!(kept, Bson::ObjectId(_)), is_object_id, "{text}");
            assert_eq!(parsed(&kept, MessageId::parse).unwrap().as_str(), text);
        }
        assert!(parsed(&Bson::Int32(5), MessageId::parse).is_err());
    }
}
