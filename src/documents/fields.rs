use std::ops::RangeInclusive;

use actors::domain::{AccountId, IdError, Timestamp};
use serde_json::{Map, Value};

use crate::answer::Fault;
use crate::time;

/// What is wrong with a document, by the name of the field. Never repeats a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(pub String);

impl From<Invalid> for Fault {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid.0)
    }
}

/// Longest list in a document.
const MAX_ENTRIES: usize = 1_000;
/// Longest name of a field that is repeated to the caller.
const MAX_SHOWN: usize = 64;

/// A JSON object that is read field by field. `null` is as good as absent.
pub struct Fields(Map<String, Value>);

impl Fields {
    /// # Errors
    ///
    /// [`Invalid`] when the value is no object. So with every question below, when the field is
    /// missing, of another type or too long.
    pub fn of(value: Value) -> Result<Self, Invalid> {
        match value {
            Value::Object(fields) => Ok(Self(fields)),
            _ => Err(Invalid("expected a JSON object".into())),
        }
    }

    pub fn take(&mut self, key: &str) -> Option<Value> {
        self.0.remove(key).filter(|value| !value.is_null())
    }

    /// A text of at least one and at most `max` bytes.
    pub fn text(&mut self, key: &str, max: usize) -> Result<String, Invalid> {
        self.optional_text(key, max)?.ok_or_else(|| missing(key))
    }

    /// Like [`Self::text`]; an empty text is as good as absent.
    pub fn optional_text(&mut self, key: &str, max: usize) -> Result<Option<String>, Invalid> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() > max => Err(too_long(key, max)),
            Some(Value::String(text)) => Ok((!text.is_empty()).then_some(text)),
            Some(_) => Err(wrong(key, "a text")),
        }
    }

    pub fn flag(&mut self, key: &str) -> Result<Option<bool>, Invalid> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(wrong(key, "true or false")),
        }
    }

    /// A whole number from `range`.
    pub fn number(
        &mut self,
        key: &str,
        range: RangeInclusive<i64>,
    ) -> Result<Option<i64>, Invalid> {
        let Some(value) = self.take(key) else { return Ok(None) };
        let number = value.as_i64().filter(|number| range.contains(number));
        let (from, to) = (range.start(), range.end());
        number.map(Some).ok_or_else(|| wrong(key, &format!("a whole number from {from} to {to}")))
    }

    pub fn list(&mut self, key: &str) -> Result<Option<Vec<Value>>, Invalid> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::Array(entries)) if entries.len() > MAX_ENTRIES => {
                Err(Invalid(format!("{key} has more than {MAX_ENTRIES} entries")))
            }
            Some(Value::Array(entries)) => Ok(Some(entries)),
            Some(_) => Err(wrong(key, "a list")),
        }
    }

    pub fn id<T>(
        &mut self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, IdError>,
    ) -> Result<Option<T>, Invalid> {
        self.take(key).map(|value| read_id(key, &value, &parse)).transpose()
    }

    /// A list of ids, each once, in the order given.
    pub fn ids<T: PartialEq>(
        &mut self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, IdError>,
    ) -> Result<Option<Vec<T>>, Invalid> {
        let Some(entries) = self.list(key)? else { return Ok(None) };
        let mut ids = Vec::with_capacity(entries.len());
        for entry in &entries {
            let id = read_id(key, entry, &parse)?;
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(Some(ids))
    }

    /// The account, which is the default one when none is named.
    pub fn account(&mut self) -> Result<AccountId, Invalid> {
        let account = self.id("account_id", AccountId::parse)?;
        Ok(account.unwrap_or_else(AccountId::default_account))
    }

    pub fn instant(&mut self, key: &str) -> Result<Option<Timestamp>, Invalid> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::String(text)) => {
                time::parse(&text).map(Some).map_err(|error| Invalid(format!("{key} {error}")))
            }
            Some(_) => Err(wrong(key, "an ISO-8601 instant")),
        }
    }

    /// A document may repeat its id, so that what was read can be written back.
    pub fn same_id(&mut self, id: &str) -> Result<(), Invalid> {
        match self.take("_id") {
            Some(Value::String(there)) if there == id => Ok(()),
            None => Ok(()),
            Some(_) => Err(Invalid("_id differs from the id in the address".into())),
        }
    }

    /// Every field that nobody asked for.
    pub fn rest(self) -> Map<String, Value> {
        self.0
    }

    /// Nothing may be left over.
    pub fn end(self) -> Result<(), Invalid> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(key) => {
                let shown: String = key.chars().take(MAX_SHOWN).collect();
                Err(Invalid(format!("unknown field {shown:?}")))
            }
        }
    }
}

fn read_id<T>(
    key: &str,
    value: &Value,
    parse: impl Fn(&str) -> Result<T, IdError>,
) -> Result<T, Invalid> {
    let text = value.as_str().ok_or_else(|| wrong(key, "ids as text"))?;
    parse(text).map_err(|error| Invalid(format!("{key}: {error}")))
}

pub fn missing(key: &str) -> Invalid {
    Invalid(format!("{key} is required"))
}

pub fn wrong(key: &str, expected: &str) -> Invalid {
    Invalid(format!("{key} has to be {expected}"))
}

fn too_long(key: &str, max: usize) -> Invalid {
    Invalid(format!("{key} is longer than {max} bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actors::domain::UserId;
    use serde_json::json;

    fn fields(value: Value) -> Fields {
        Fields::of(value).unwrap()
    }

    #[test]
    fn a_field_of_another_type_is_refused_by_name_and_its_value_is_not_repeated() {
        for value in [json!(5), json!(["secret"]), json!({"secret": 1}), json!(true)] {
            let error = fields(json!({ "name": value })).text("name", 10).unwrap_err();

            assert_eq!(error.0, "name has to be a text");
        }
        assert!(Fields::of(json!([])).is_err());
        assert!(fields(json!({"active": "true"})).flag("active").is_err());
        assert!(fields(json!({"ids": [1]})).ids("ids", UserId::parse).is_err());
        assert!(fields(json!({"ids": "a"})).ids("ids", UserId::parse).is_err());
        assert!(fields(json!({"at": 5})).instant("at").is_err());
    }

    #[test]
    fn a_list_of_ids_holds_each_once() {
        let ids = fields(json!({"ids": ["b", "a", "b"]})).ids("ids", UserId::parse).unwrap();

        let ids: Vec<_> = ids.unwrap().iter().map(|id| id.as_str().to_owned()).collect();
        assert_eq!(ids, ["b", "a"]);
    }

    #[test]
    fn a_field_nobody_asked_for_is_named() {
        let mut some = fields(json!({"name": "x", "nmae": "x"}));
        some.text("name", 10).unwrap();

        assert_eq!(some.end(), Err(Invalid("unknown field \"nmae\"".into())));
    }

    #[test]
    fn null_and_empty_are_as_good_as_absent() {
        let mut some = fields(json!({"a": null, "b": ""}));

        assert_eq!(some.optional_text("a", 1), Ok(None));
        assert_eq!(some.optional_text("b", 1), Ok(None));
        assert_eq!(fields(json!({"a": ""})).text("a", 1), Err(missing("a")));
        assert!(some.end().is_ok());
    }
}
