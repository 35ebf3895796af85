use actors::domain::Json;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// A carried JSON value, written as it is.
pub struct Raw<'a>(pub &'a Json);

impl Serialize for Raw<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serde_json::from_str::<&RawValue>(self.0.as_str()) {
            Ok(value) => value.serialize(serializer),
            Err(_) => serializer.serialize_none(),
        }
    }
}
