use actors::domain::{ChannelId, ConversationId, IdError, Json, UserId};
use actors::engine::Place;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::answer::Fault;

/// The object a client sent with an event, read field by field. Each reader names the field that
/// is wrong and what it has to be; none repeats what it held.
pub struct Payload(Map<String, Value>);

impl Payload {
    /// The first argument of an event; without one, an empty object.
    ///
    /// # Errors
    ///
    /// [`Fault::Invalid`] when it is something other than an object.
    pub fn read(arguments: &[Box<RawValue>]) -> Result<Self, Fault> {
        let Some(first) = arguments.first() else { return Ok(Self(Map::new())) };
        serde_json::from_str(first.get())
            .map(Self)
            .map_err(|_| Fault::invalid("payload has to be an object"))
    }

    /// Fields that are null count as not given, unless a reader says otherwise.
    fn given(&self, field: &str) -> Option<&Value> {
        self.0.get(field).filter(|value| !value.is_null())
    }

    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub fn raw(&self, field: &str) -> Option<&Value> {
        self.0.get(field)
    }

    pub fn text(&self, field: &str) -> Result<Option<&str>, Fault> {
        match self.given(field) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Fault::invalid(format!("{field} has to be a text"))),
        }
    }

    pub fn id<T>(&self, field: &str, parse: fn(&str) -> Result<T, IdError>) -> Result<T, Fault> {
        let id = self.optional_id(field, parse)?;
        id.ok_or_else(|| Fault::invalid(format!("{field} is required")))
    }

    pub fn optional_id<T>(
        &self,
        field: &str,
        parse: fn(&str) -> Result<T, IdError>,
    ) -> Result<Option<T>, Fault> {
        let text = self.text(field)?;
        text.map(|text| parse(text).map_err(|error| Fault::invalid(format!("{field}: {error}"))))
            .transpose()
    }

    /// Users by id: a list, or one as a plain text.
    pub fn users(&self, field: &str) -> Result<Vec<UserId>, Fault> {
        let wrong = || Fault::invalid(format!("{field} has to be a list of user ids"));
        let one = |value: &Value| {
            let text = value.as_str().ok_or_else(wrong)?;
            UserId::parse(text).map_err(|error| Fault::invalid(format!("{field}: {error}")))
        };
        match self.given(field) {
            None => Ok(Vec::new()),
            Some(Value::Array(list)) if list.len() > MAX_USERS => {
                Err(Fault::invalid(format!("{field} holds more than {MAX_USERS} users")))
            }
            Some(Value::Array(list)) => list.iter().map(one).collect(),
            Some(single) => Ok(vec![one(single)?]),
        }
    }

    /// Texts: a list, or one alone. Blank ones are left out.
    pub fn texts(&self, field: &str) -> Result<Vec<String>, Fault> {
        let wrong = || Fault::invalid(format!("{field} has to be a list of texts"));
        let one = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(wrong);
        let all = match self.given(field) {
            None => Vec::new(),
            Some(Value::Array(list)) if list.len() > MAX_TEXTS => {
                return Err(Fault::invalid(format!("{field} holds more than {MAX_TEXTS} texts")));
            }
            Some(Value::Array(list)) => list.iter().map(one).collect::<Result<_, _>>()?,
            Some(single) => vec![one(single)?],
        };
        Ok(all.into_iter().filter(|text| !text.trim().is_empty()).collect())
    }

    /// Objects or texts, carried as they are.
    pub fn attachments(&self, field: &str) -> Result<Vec<Json>, Fault> {
        let wrong = || Fault::invalid(format!("{field} has to be a list of objects or texts"));
        match self.given(field) {
            None => Ok(Vec::new()),
            Some(Value::Array(list)) => list
                .iter()
                .map(|item| match item {
                    Value::Object(_) | Value::String(_) => Ok(Json::from_valid(item.to_string())),
                    _ => Err(wrong()),
                })
                .collect(),
            Some(_) => Err(wrong()),
        }
    }

    /// A page's size: a whole number from 1, or the same as a text; what is above `max` is `max`.
    pub fn limit(&self, default: usize, max: usize) -> Result<usize, Fault> {
        let number = match self.given("limit") {
            None => return Ok(default),
            Some(Value::Number(number)) => number.as_u64(),
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(_) => None,
        };
        match number {
            Some(number) if number > 0 => Ok(usize::try_from(number).unwrap_or(max).min(max)),
            _ => Err(Fault::invalid("limit has to be a whole number from 1")),
        }
    }

    /// True unless it says false, under any of its names.
    pub fn flag(&self, names: &[&str]) -> Result<bool, Fault> {
        match names.iter().find_map(|name| Some((name, self.given(name)?))) {
            None => Ok(true),
            Some((_, Value::Bool(flag))) => Ok(*flag),
            Some((name, _)) => Err(Fault::invalid(format!("{name} has to be true or false"))),
        }
    }

    /// One of several words.
    pub fn word<T: Copy>(&self, field: &str, words: &[(&str, T)]) -> Result<Option<T>, Fault> {
        let Some(text) = self.text(field)? else { return Ok(None) };
        let known = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        let all: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        known
            .map(Some)
            .ok_or_else(|| Fault::invalid(format!("{field} has to be one of {}", all.join(", "))))
    }

    /// The conversation an event is about, and the channel it is said to belong to.
    pub fn place(&self) -> Result<Place, Fault> {
        Ok(Place {
            conversation: self.id("conversation_id", ConversationId::parse)?,
            channel: self.optional_id("channel_id", ChannelId::parse)?,
        })
    }
}

/// Most users one payload may name.
const MAX_USERS: usize = 1_000;
/// Most texts (images) one payload may hold.
const MAX_TEXTS: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(json: &str) -> Payload {
        Payload::read(&[RawValue::from_string(json.into()).unwrap()]).unwrap()
    }

    #[test]
    fn a_missing_payload_is_an_empty_object_and_anything_else_is_refused() {
        assert!(Payload::read(&[]).is_ok());
        for wrong in ["[]", "5", "\"x\"", "null", "true"] {
            assert!(Payload::read(&[RawValue::from_string(wrong.into()).unwrap()]).is_err());
        }
    }

    #[test]
    fn a_limit_is_a_whole_number_from_one_and_clamped_above() {
        let limit = |json: &str| payload(json).limit(20, 100).map_err(|_| ());

        assert_eq!(limit("{}"), Ok(20));
        assert_eq!(limit(r#"{"limit":null}"#), Ok(20));
        assert_eq!(limit(r#"{"limit":7}"#), Ok(7));
        assert_eq!(limit(r#"{"limit":"7"}"#), Ok(7));
        assert_eq!(limit(r#"{"limit":1e3}"#), Err(()));
        assert_eq!(limit(r#"{"limit":101}"#), Ok(100));
        for wrong in ["0", "-1", "1.5", "\"x\"", "[]", "true"] {
            assert_eq!(limit(&format!(r#"{{"limit":{wrong}}}"#)), Err(()), "{wrong}");
        }
    }

    #[test]
    fn users_may_be_one_text_or_a_list_of_texts_and_nothing_else() {
        assert_eq!(payload(r#"{"users":"ana"}"#).users("users").unwrap().len(), 1);
        assert_eq!(payload(r#"{"users":["ana","ben"]}"#).users("users").unwrap().len(), 2);
        assert!(payload(r#"{"users":[5]}"#).users("users").is_err());
        assert!(payload(r#"{"users":{}}"#).users("users").is_err());
        assert!(payload(r#"{"users":[""]}"#).users("users").is_err());
    }
}
