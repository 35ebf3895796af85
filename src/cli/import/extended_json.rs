//! MongoDB Extended JSON (v2), canonical and relaxed, as plain JSON.

use actors::domain::Timestamp;
use serde_json::{Map, Value};

use crate::time;

/// Takes the types that Extended JSON writes as objects out of a document: ids and dates become
/// texts, numbers become numbers.
///
/// # Errors
///
/// Names a type that has no plain form, or one that is written wrongly.
pub fn plain(value: Value) -> Result<Value, String> {
    match value {
        Value::Array(entries) => entries.into_iter().map(plain).collect(),
        Value::Object(fields) => object(fields),
        other => Ok(other),
    }
}

fn object(mut fields: Map<String, Value>) -> Result<Value, String> {
    let kind = fields.keys().find(|key| key.starts_with('$')).cloned();
    let Some(kind) = kind else {
        let plained = fields.into_iter().map(|(key, value)| Ok((key, plain(value)?)));
        return plained.collect::<Result<Map<_, _>, String>>().map(Value::Object);
    };
    let inner = fields.remove(&kind).unwrap_or_default();
    let wrong = || format!("malformed {kind}");
    if !fields.is_empty() {
        return Err(wrong());
    }
    match (kind.as_str(), inner) {
        ("$oid", Value::String(id)) => Ok(Value::String(id)),
        ("$uuid", Value::String(id)) => Ok(Value::String(id)),
        ("$date", Value::String(text)) => {
            let at = time::parse(&text).map_err(|_| wrong())?;
            Ok(Value::String(time::format(at)))
        }
        ("$date", Value::Number(at)) => at.as_i64().map(instant).ok_or_else(wrong),
        ("$date", Value::Object(at)) => {
            let at = object(at)?;
            at.as_i64().map(instant).ok_or_else(wrong)
        }
        ("$numberInt" | "$numberLong", Value::String(text)) => {
            text.parse::<i64>().map(Value::from).map_err(|_| wrong())
        }
        ("$numberDouble", Value::String(text)) => {
            let number: f64 = text.parse().map_err(|_| wrong())?;
            // 5.0 is how a shell writes a count.
            let whole = number.fract() == 0.0 && number.abs() < 9e15;
            Ok(if whole { Value::from(number as i64) } else { Value::from(number) })
        }
        ("$undefined", _) => Ok(Value::Null),
        _ => Err(format!("{} has no plain form", kind.chars().take(32).collect::<String>())),
    }
}

fn instant(at: i64) -> Value {
    Value::String(time::format(Timestamp(at)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ids_dates_and_numbers_lose_their_wrapping_wherever_they_stand() {
        let exported = json!({
            "_id": {"$oid": "65a000000000000000000001"},
            "at": {"$date": "2026-01-31T09:30:00.007Z"},
            "canonical": {"$date": {"$numberLong": "0"}},
            "counts": [{"$numberInt": "5"}, {"$numberLong": "6"}, {"$numberDouble": "7.0"}],
            "plain": {"a": [1, "x", null, true]},
        });

        assert_eq!(
            plain(exported).unwrap(),
            json!({
                "_id": "65a000000000000000000001",
                "at": "2026-01-31T09:30:00.007Z",
                "canonical": "1970-01-01T00:00:00.000Z",
                "counts": [5, 6, 7],
                "plain": {"a": [1, "x", null, true]},
            })
        );
    }

    #[test]
    fn what_has_no_plain_form_is_named() {
        for wrong in [
            json!({"$binary": {"base64": "", "subType": "00"}}),
            json!({"$oid": 5}),
            json!({"$oid": "x", "y": 1}),
            json!({"$date": "today"}),
            json!({"$numberLong": "many"}),
        ] {
            assert!(plain(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
