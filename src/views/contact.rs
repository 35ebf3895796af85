use std::collections::BTreeMap;

use actors::domain::Contact;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// A contact: `_id, name, email, phone, image` always, and whatever else the contact has.
pub enum ContactShape<'a> {
    Known(&'a Contact),
    /// The record is gone.
    Deleted(&'a str),
}

const ALWAYS: [&str; 5] = ["_id", "name", "email", "phone", "image"];

impl Serialize for ContactShape<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Deleted(id) => {
                map.serialize_entry("_id", id)?;
                map.serialize_entry("name", "Deleted contact")?;
                for field in &ALWAYS[2..] {
                    map.serialize_entry(field, &())?;
                }
            }
            Self::Known(contact) => {
                map.serialize_entry("_id", contact.id.as_str())?;
                map.serialize_entry("name", &contact.name)?;
                map.serialize_entry("email", &contact.email)?;
                map.serialize_entry("phone", &contact.phone)?;
                map.serialize_entry("image", &contact.image)?;
                let details: BTreeMap<String, &RawValue> =
                    serde_json::from_str(contact.details.as_str()).unwrap_or_default();
                for (field, value) in &details {
                    if !ALWAYS.contains(&field.as_str()) {
                        map.serialize_entry(field, value)?;
                    }
                }
            }
        }
        map.end()
    }
}
