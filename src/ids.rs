//! Names for what we create.

use actors::domain::{
    ContactId, ContactStatusId, ConversationId, MessageId, TagId, TeamKeyId, Timestamp, Uuid,
};
use actors::ports::Ids;
use bson::oid::ObjectId;

/// ObjectIds, so that records look alike whichever store holds them; random (v4) UUIDs.
///
/// Each begins with its second, as an ObjectId does, and the rest is random. The usual rest counts
/// up by one: whoever sees two of them would see how many notes were written in between.
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
        fresh!(ConversationId::parse, object_id())
    }

    fn message(&self) -> MessageId {
        fresh!(MessageId::parse, object_id())
    }

    fn contact(&self) -> ContactId {
        fresh!(ContactId::parse, object_id())
    }

    fn tag(&self) -> TagId {
        fresh!(TagId::parse, object_id())
    }

    fn contact_status(&self) -> ContactStatusId {
        fresh!(ContactStatusId::parse, object_id())
    }

    fn uuid(&self) -> Uuid {
        fresh!(Uuid::parse, uuid::Uuid::new_v4().to_string())
    }
}

impl ObjectIds {
    /// A name for a team's key. Not in the port: the engine makes none.
    pub fn team_key(self) -> TeamKeyId {
        fresh!(TeamKeyId::parse, object_id())
    }
}

/// When an ObjectId was made, to the second; `None` for any other id.
pub fn made_at(id: &str) -> Option<Timestamp> {
    let at = ObjectId::parse_str(id).ok()?.timestamp();
    Some(Timestamp(at.timestamp_millis()))
}

fn object_id() -> String {
    let mut bytes = ObjectId::new().bytes();
    let random = uuid::Uuid::new_v4().into_bytes();
    // Two of a v4's bytes in the middle say that it is one.
    bytes[4..10].copy_from_slice(&random[..6]);
    bytes[10..].copy_from_slice(&random[14..]);
    ObjectId::from_bytes(bytes).to_hex()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_in_a_row_do_not_count() {
        let ids: Vec<_> = (0..8).map(|_| ObjectIds.message().to_string()).collect();

        for pair in ids.windows(2) {
            let [one, two] = [&pair[0], &pair[1]].map(|id| [&id[8..18], &id[18..]]);
            assert_ne!(one[0], two[0], "what an ObjectId gives a process");
            let count = |end: &str| i64::from_str_radix(end, 16).unwrap();
            assert_ne!(count(one[1]) + 1, count(two[1]), "what it counts");
        }
    }

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
