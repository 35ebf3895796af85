//! Names for what we create.

use actors::domain::{ContactId, ConversationId, MessageId, Timestamp, Uuid};
use actors::ports::Ids;
use bson::oid::ObjectId;

/// ObjectIds, so that records look alike whichever store holds them; random (v4) UUIDs.
#[derive(Clone, Copy, Debug, Default)]
pub struct ObjectIds;

/// Every id here is hex digits and dashes, which all parsers take; so nothing can fail.
macro_rules! fresh {
    ($parse:path, $text:expr) => {
        $parse(&$text).unwrap_or_else(|_| unreachable!("hex digits are an id"))
    };
}

impl Ids for ObjectIds {
    fn conversation(&self) -> ConversationId {
        fresh!(ConversationId::parse, ObjectId::new().to_hex())
    }

    fn message(&self) -> MessageId {
        fresh!(MessageId::parse, ObjectId::new().to_hex())
    }

    fn contact(&self) -> ContactId {
        fresh!(ContactId::parse, ObjectId::new().to_hex())
    }

    fn uuid(&self) -> Uuid {
        fresh!(Uuid::parse, uuid::Uuid::new_v4().to_string())
    }
}

/// When an ObjectId was made, to the second; `None` for any other id.
pub fn made_at(id: &str) -> Option<Timestamp> {
    let at = ObjectId::parse_str(id).ok()?.timestamp();
    Some(Timestamp(at.timestamp_millis()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_24_lower_case_hex_digits_and_differs_from_the_next() {
        let (one, two) = (ObjectIds.message(), ObjectIds.message());

        assert_eq!(one.as_str().len(), 24);
        assert!(one.as_str().bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
        assert_ne!(one, two);
    }

    #[test]
    fn an_object_id_says_when_it_was_made_and_other_ids_do_not() {
        assert_eq!(made_at("000003e80000000000000000"), Some(Timestamp(1_000_000)));
        assert_eq!(made_at("m1"), None);
    }
}
