//! The published description, as a judge.
use std::sync::OnceLock;

use serde_json::Value;

use crate::support::node::fixture;

fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let path = fixture("highlevel/conversations.openapi.json");
        let text = std::fs::read_to_string(path).expect("the fixture is there");
        serde_json::from_str(&text).expect("it is JSON")
    })
}

/// Whether an answer is what a schema says: types, required fields, values of enums.
pub fn fits(value: &Value, schema: &str) {
    let schemas = &document()["components"]["schemas"];
    assert!(schemas[schema].is_object(), "{schema} is not published");
    judge(value, &schemas[schema], schema);
}

fn judge(value: &Value, schema: &Value, place: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.strip_prefix('#').expect("a reference inside");
        return judge(value, document().pointer(pointer).expect("it leads somewhere"), place);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        judge(value, part, place);
    }
    let is = match schema["type"].as_str() {
        None => true,
        Some("string") => value.is_string(),
        Some("number" | "integer") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        Some(other) => panic!("{place}: type {other}"),
    };
    assert!(is, "{place}: {value} is no {}", schema["type"]);
    if let Some(values) = schema["enum"].as_array() {
        assert!(values.contains(value), "{place}: {value} is none of {values:?}");
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        assert!(value.get(name).is_some(), "{place}: {name} is missing in {value}");
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(field) = value.get(name) {
            judge(field, property, &format!("{place}.{name}"));
        }
    }
    for entry in value.as_array().into_iter().flatten() {
        judge(entry, &schema["items"], place);
    }
}
