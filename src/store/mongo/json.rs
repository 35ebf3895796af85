//! JSON that we only carry, as BSON: outside services read and write it as what it is.
use std::fmt;

use actors::domain::Json;
use bson::{Bson, Document};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::time;

/// A JSON value as BSON, its fields in their order. What BSON cannot hold is kept as its text.
pub fn bson(json: &Json) -> Bson {
    match serde_json::from_str(json.as_str()) {
        Ok(Plain(value)) => value,
        Err(_) => Bson::String(json.as_str().to_owned()),
    }
}

/// The text itself, if it cannot be told from the BSON again: `1e3`, a name that BSON does not
/// allow, blanks. To be kept beside it and given to [`json`].
pub fn exact(json: &Json) -> Option<&str> {
    (text(&bson(json)) != json.as_str()).then(|| json.as_str())
}

/// BSON as JSON, or the exact text that was kept beside it.
pub fn json(value: &Bson, exact: Option<&str>) -> Json {
    match exact {
        // Nobody but us writes it, but nothing that is no JSON may pass for it.
        Some(text) if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() => {
            Json::from_valid(text)
        }
        _ => Json::from_valid(text(value)),
    }
}

/// BSON as JSON text: ids and dates become texts, what has no form in JSON null.
fn text(value: &Bson) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Bson, into: &mut String) {
    match value {
        Bson::Document(fields) => {
            into.push('{');
            for (index, (key, value)) in fields.iter().enumerate() {
                if index > 0 {
                    into.push(',');
                }
                into.push_str(&Value::from(key.as_str()).to_string());
                into.push(':');
                write(value, into);
            }
            into.push('}');
        }
        Bson::Array(entries) => {
            into.push('[');
            for (index, value) in entries.iter().enumerate() {
                if index > 0 {
                    into.push(',');
                }
                write(value, into);
            }
            into.push(']');
        }
        Bson::String(text) => into.push_str(&Value::from(text.as_str()).to_string()),
        Bson::Boolean(flag) => into.push_str(if *flag { "true" } else { "false" }),
        Bson::Int32(number) => into.push_str(&number.to_string()),
        Bson::Int64(number) => into.push_str(&number.to_string()),
        Bson::Double(number) => into.push_str(&Value::from(*number).to_string()),
        Bson::ObjectId(id) => into.push_str(&Value::from(id.to_hex()).to_string()),
        Bson::DateTime(at) => {
            let at = actors::domain::Timestamp(at.timestamp_millis());
            into.push_str(&Value::from(time::format(at)).to_string());
        }
        Bson::Decimal128(number) => into.push_str(&Value::from(number.to_string()).to_string()),
        _ => into.push_str("null"),
    }
}

/// BSON read from JSON as it stands: unlike the driver's own, it sees nothing special in `$oid`.
struct Plain(Bson);

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reader).map(Plain)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Bson;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Bson, E> {
        Ok(Bson::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Bson, E> {
        Ok(Bson::Boolean(flag))
    }

    /// As a JavaScript driver writes it.
    fn visit_i64<E>(self, number: i64) -> Result<Bson, E> {
        Ok(i32::try_from(number).map_or(Bson::Int64(number), Bson::Int32))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Bson, E> {
        match i64::try_from(number) {
            Ok(number) => self.visit_i64(number),
            Err(_) => Ok(Bson::Double(number as f64)),
        }
    }

    fn visit_f64<E>(self, number: f64) -> Result<Bson, E> {
        Ok(Bson::Double(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Bson, E> {
        Ok(Bson::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Bson, A::Error> {
        let mut entries = Vec::new();
        while let Some(Plain(value)) = from.next_element()? {
            entries.push(value);
        }
        Ok(Bson::Array(entries))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Bson, A::Error> {
        let mut fields = Document::new();
        while let Some((key, Plain(value))) = from.next_entry::<String, Plain>()? {
            // Names that a server or its updates would take for something else.
            if key.is_empty() || key.starts_with('$') || key.contains(['.', '\0']) {
                return Err(A::Error::custom("a name that BSON does not allow"));
            }
            if fields.insert(key, value).is_some() {
                return Err(A::Error::custom("a name that stands twice"));
            }
        }
        Ok(Bson::Document(fields))
    }
}

#[cfg(test)]
mod tests {
    use bson::doc;
    use bson::oid::ObjectId;

    use super::*;

    #[test]
    fn json_is_kept_as_what_it_is_and_read_back_to_the_last_letter() {
        for (text, is_exact) in [
            (r#"{"url":"https://a/b","size":5,"tags":["ü",null,true,-1.5]}"#, true),
            (r#"{"b":1,"a":{"c":[]}}"#, true),
            (r#""plain""#, true),
            (r#"{"size":1e3}"#, false),
            (r#"{ "a": 1 }"#, false),
            (r#"{"$oid":"0123456789abcdef01234567"}"#, false),
            (r#"{"a.b":1}"#, false),
            (r#"{"a":1,"a":2}"#, false),
            (r#"{"nul\u0000":1}"#, false),
            ("18446744073709551615", false),
            ("12345678901234567890123", false),
        ] {
            let given = Json::from_valid(text);

            assert_eq!(exact(&given).is_none(), is_exact, "{text}");
            assert_eq!(json(&bson(&given), exact(&given)), given);
        }
    }

    #[test]
    fn what_others_wrote_is_shown_as_json() {
        let id = ObjectId::parse_str("0123456789abcdef01234567").unwrap();
        let theirs = doc! { "_id": id, "at": bson::DateTime::from_millis(0), "n": f64::NAN };

        assert_eq!(
            json(&theirs.into(), None).as_str(),
            r#"{"_id":"0123456789abcdef01234567","at":"1970-01-01T00:00:00.000Z","n":null}"#
        );
        assert_eq!(json(&Bson::Int32(1), Some("no json")).as_str(), "1");
    }
}
