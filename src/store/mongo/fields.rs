//! Single fields of documents between BSON and the domain. What does not parse is an error, never
//! a panic; a field that is null is one that is not there.
use actors::domain::{AccountId, Position, Seq, Snooze, Timestamp};
use actors::ports::Unavailable;
use bson::{Bson, DateTime, Document};

use super::ids;
use crate::time;

/// How a snooze that ends with the next incoming message is kept, so that it is the last to end for
/// whoever reads it.
const UNTIL_NEXT_INCOMING: i64 = time::LAST;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a document in the database makes no sense")]
pub struct Senseless;

impl From<Senseless> for Unavailable {
    fn from(senseless: Senseless) -> Self {
        Self::new("reading", senseless)
    }
}

pub fn field<'a>(document: &'a Document, key: &str) -> Option<&'a Bson> {
    document.get(key).filter(|value| !matches!(value, Bson::Null | Bson::Undefined))
}

pub fn text<'a>(document: &'a Document, key: &str) -> Result<&'a str, Senseless> {
    optional_text(document, key)?.ok_or(Senseless)
}

pub fn optional_text<'a>(document: &'a Document, key: &str) -> Result<Option<&'a str>, Senseless> {
    field(document, key).map(|value| value.as_str().ok_or(Senseless)).transpose()
}

/// A text that is parsed, unless there is none.
pub fn parsed_text<T, E>(
    document: &Document,
    key: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>, Senseless> {
    optional_text(document, key)?.map(|text| parse(text).map_err(|_| Senseless)).transpose()
}

/// A word of a fixed list.
pub fn word<T>(parse: impl FnOnce(&str) -> Option<T>) -> impl FnOnce(&str) -> Result<T, Senseless> {
    |text| parse(text).ok_or(Senseless)
}

pub fn id<T, E>(
    document: &Document,
    key: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, Senseless> {
    optional_id(document, key, parse)?.ok_or(Senseless)
}

pub fn optional_id<T, E>(
    document: &Document,
    key: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>, Senseless> {
    field(document, key).map(|value| ids::parsed(value, parse)).transpose()
}

/// Whose it is. Services that know of one account only name none.
pub fn account(document: &Document) -> Result<AccountId, Senseless> {
    let named = optional_id(document, "account_id", AccountId::parse)?;
    Ok(named.unwrap_or_else(AccountId::default_account))
}

/// A list of ids; none when there is no list.
pub fn ids<T, E>(
    document: &Document,
    key: &str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Vec<T>, Senseless> {
    list(document, key)?.iter().map(|value| ids::parsed(value, &parse)).collect()
}

pub fn list<'a>(document: &'a Document, key: &str) -> Result<&'a [Bson], Senseless> {
    match field(document, key) {
        None => Ok(&[]),
        Some(value) => value.as_array().map(Vec::as_slice).ok_or(Senseless),
    }
}

/// A document inside; an empty one when there is none.
pub fn inner<'a>(document: &'a Document, key: &str) -> Result<&'a Document, Senseless> {
    static EMPTY: std::sync::LazyLock<Document> = std::sync::LazyLock::new(Document::new);
    match field(document, key) {
        None => Ok(&EMPTY),
        Some(value) => value.as_document().ok_or(Senseless),
    }
}

/// A truth value; `false` when there is none.
pub fn flag(document: &Document, key: &str) -> Result<bool, Senseless> {
    field(document, key).map_or(Ok(false), |value| value.as_bool().ok_or(Senseless))
}

/// A whole number. A shell or a JavaScript program may have written it as any kind of number.
pub fn optional_integer(document: &Document, key: &str) -> Result<Option<i64>, Senseless> {
    let Some(value) = field(document, key) else { return Ok(None) };
    match *value {
        Bson::Int64(number) => Ok(Some(number)),
        Bson::Int32(number) => Ok(Some(number.into())),
        Bson::Double(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
            Ok(Some(number as i64))
        }
        _ => Err(Senseless),
    }
}

/// A number that is never negative; zero when there is none.
pub fn number(document: &Document, key: &str) -> Result<u64, Senseless> {
    let number = optional_integer(document, key)?.unwrap_or_default();
    u64::try_from(number).map_err(|_| Senseless)
}

/// What the domain counts in `u64` never comes near the end of an `i64`.
pub fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub fn seq(document: &Document, key: &str) -> Result<Seq, Senseless> {
    number(document, key).map(Seq)
}

pub fn position(document: &Document, key: &str) -> Result<Position, Senseless> {
    number(document, key).map(Position)
}

pub fn timestamp(document: &Document, key: &str) -> Result<Timestamp, Senseless> {
    optional_timestamp(document, key)?.ok_or(Senseless)
}

pub fn optional_timestamp(document: &Document, key: &str) -> Result<Option<Timestamp>, Senseless> {
    let Some(value) = field(document, key) else { return Ok(None) };
    let at = value.as_datetime().ok_or(Senseless)?;
    Ok(Some(Timestamp(at.timestamp_millis())))
}

/// An instant as it is kept: within the years that any reader's dates can hold.
pub fn date(at: Timestamp) -> Bson {
    Bson::DateTime(DateTime::from_millis(at.0.clamp(time::FIRST, time::LAST)))
}

pub fn snooze(document: &Document, key: &str) -> Result<Option<Snooze>, Senseless> {
    Ok(optional_timestamp(document, key)?.map(|end| match end.0 {
        UNTIL_NEXT_INCOMING.. => Snooze::UntilNextIncoming,
        _ => Snooze::Until(end),
    }))
}

/// A snooze as it is kept: when it ends.
pub fn snooze_date(snooze: Option<Snooze>) -> Bson {
    snooze.map_or(Bson::Null, |snooze| match snooze {
        Snooze::UntilNextIncoming => date(Timestamp(UNTIL_NEXT_INCOMING)),
        Snooze::Until(end) => date(end),
    })
}

/// A text, or null.
pub fn text_or_null(text: Option<&str>) -> Bson {
    text.map_or(Bson::Null, Bson::from)
}

/// An id, or null.
pub fn id_or_null(id: Option<&str>) -> Bson {
    id.map_or(Bson::Null, ids::id)
}

#[cfg(test)]
mod tests {
    use bson::doc;

    use super::*;

    #[test]
    fn a_number_may_be_of_any_kind_that_is_whole() {
        let document =
            doc! { "a": 5, "b": 5_i64, "c": 5.0, "d": 5.5, "e": "5", "f": -5, "g": null };
        for key in ["a", "b", "c"] {
            assert_eq!(number(&document, key), Ok(5), "{key}");
        }
        for key in ["d", "e", "f"] {
            assert_eq!(number(&document, key), Err(Senseless), "{key}");
        }
        assert_eq!(number(&document, "g"), Ok(0));
    }

    #[test]
    fn a_snooze_without_an_end_is_the_last_to_end() {
        for snoozed in [None, Some(Snooze::Until(Timestamp(7))), Some(Snooze::UntilNextIncoming)] {
            let document = doc! { "snooze_until": snooze_date(snoozed) };

            assert_eq!(snooze(&document, "snooze_until"), Ok(snoozed));
        }
    }
}
