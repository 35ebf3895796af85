//! Layers of settings: a key set in a file or in the environment, brought into the form its
//! default has.

use std::fs;

use toml::{Table, Value};

use super::secret::is_secret;

/// One key somebody set.
pub struct Override {
    pub section: String,
    pub key: String,
    pub value: Value,
    /// Where: the file's `section.key` or the name of the variable.
    pub origin: String,
}

/// A value as it was found: a file knows types, the environment only text.
pub enum Found {
    Typed(Value),
    Text(String),
}

/// Matches what was found to the key it is for.
///
/// # Errors
///
/// What is wrong with it, without repeating the value.
pub fn place(
    defaults: &Table,
    section: &str,
    key: &str,
    found: Found,
    origin: String,
) -> Result<Override, String> {
    let keys = defaults.get(section).and_then(Value::as_table);
    let keys = keys.ok_or_else(|| format!("{origin}: unknown section {section}"))?;
    let (key, found) = match keys.get(key) {
        Some(_) => (key, found),
        None => {
            let secret = key.strip_suffix("_file").filter(|key| is_secret(section, key));
            let secret = secret.ok_or_else(|| format!("{origin}: unknown key {section}.{key}"))?;
            (secret, from_file(found).map_err(|fault| format!("{origin}: {fault}"))?)
        }
    };
    let value = match found {
        Found::Typed(value) => typed(&keys[key], value),
        Found::Text(text) => parsed(&keys[key], &text),
    };
    let value = value.map_err(|fault| format!("{origin}: {fault}"))?;
    Ok(Override { section: section.into(), key: key.into(), value, origin })
}

fn from_file(found: Found) -> Result<Found, String> {
    let path = match found {
        Found::Text(path) | Found::Typed(Value::String(path)) => path,
        Found::Typed(_) => return Err("expected the path of a file".into()),
    };
    let text = fs::read_to_string(&path).map_err(|error| format!("{path}: {}", error.kind()))?;
    Ok(Found::Text(text.trim_end_matches(['\r', '\n']).to_owned()))
}

fn typed(default: &Value, value: Value) -> Result<Value, String> {
    let texts =
        |value: &Value| value.as_array().is_some_and(|entries| entries.iter().all(Value::is_str));
    let same = if default.is_array() { texts(&value) } else { default.same_type(&value) };
    same.then_some(value).ok_or_else(|| expected(default))
}

fn parsed(default: &Value, text: &str) -> Result<Value, String> {
    let parsed = match default {
        Value::String(_) => Some(Value::String(text.into())),
        Value::Integer(_) => text.trim().replace('_', "").parse().ok().map(Value::Integer),
        Value::Boolean(_) => text.trim().parse().ok().map(Value::Boolean),
        Value::Array(_) => list(text),
        _ => None,
    };
    parsed.ok_or_else(|| expected(default))
}

/// A JSON array of texts, or texts parted by commas.
fn list(text: &str) -> Option<Value> {
    let entries: Vec<String> = if text.trim_start().starts_with('[') {
        serde_json::from_str(text).ok()?
    } else {
        let entries = text.split(',').map(str::trim);
        entries.filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
    };
    Some(Value::Array(entries.into_iter().map(Value::String).collect()))
}

fn expected(default: &Value) -> String {
    let kind = match default {
        Value::Integer(_) => "a whole number",
        Value::Boolean(_) => "true or false",
        Value::Array(_) => "a list of texts",
        _ => "a text",
    };
    format!("expected {kind}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_a_json_array_or_comma_separated() {
        let expected = Some(Value::Array(vec!["a".into(), "b, c".into()]));
        assert_eq!(list(r#"["a", "b, c"]"#), expected);
        assert_eq!(list(" a, b ,"), Some(Value::Array(vec!["a".into(), "b".into()])));
        assert_eq!(list(""), Some(Value::Array(vec![])));
        assert_eq!(list("[1]"), None);
    }
}
