//! Names and colours of tags and statuses, as clients write them.

use actors::engine::LabelPatch;
use serde_json::Value;

use crate::answer::Fault;
use crate::documents::Fields;

/// Longest name, in characters.
const MAX_NAME: usize = 255;
/// A name of so many characters, each of four bytes.
const MAX_BYTES: usize = 4 * MAX_NAME;
const MAX_COLOR: usize = 32;
const USUAL_COLOR: &str = "#6B7280";

/// Colours that may be called by their names.
const NAMES: [(&str, &str); 14] = [
    ("red", "#EF4444"),
    ("orange", "#F97316"),
    ("amber", "#F59E0B"),
    ("yellow", "#EAB308"),
    ("green", "#22C55E"),
    ("teal", "#14B8A6"),
    ("cyan", "#06B6D4"),
    ("blue", "#3B82F6"),
    ("indigo", "#6366F1"),
    ("violet", "#8B5CF6"),
    ("purple", "#A855F7"),
    ("pink", "#EC4899"),
    ("gray", "#6B7280"),
    ("grey", "#6B7280"),
];

/// `{name, color?}` of a new one.
///
/// # Errors
///
/// [`Fault::Invalid`] names the field that is wrong.
pub fn fresh(body: Value) -> Result<(String, String), Fault> {
    let patch = patch(body)?;
    let name = patch.name.ok_or_else(|| Fault::invalid("name is required"))?;
    Ok((name, patch.color.unwrap_or_else(|| USUAL_COLOR.into())))
}

/// `{name?, color?}`
///
/// # Errors
///
/// As [`fresh`].
pub fn patch(body: Value) -> Result<LabelPatch, Fault> {
    let mut fields = Fields::of(body)?;
    let name = match fields.take("name") {
        None => None,
        Some(Value::String(name)) => Some(named(&name)?),
        Some(_) => return Err(Fault::invalid("name has to be a text")),
    };
    let color = fields.optional_text("color", MAX_COLOR)?.map(|text| color(&text)).transpose()?;
    fields.end()?;
    Ok(LabelPatch { name, color })
}

fn named(name: &str) -> Result<String, Fault> {
    let name = name.trim();
    let fits = name.len() <= MAX_BYTES && (1..=MAX_NAME).contains(&name.chars().count());
    if !fits || name.chars().any(char::is_control) {
        return Err(Fault::invalid(format!("name needs 1 to {MAX_NAME} characters")));
    }
    Ok(name.to_owned())
}

fn color(text: &str) -> Result<String, Fault> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
    if digits.is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit())) {
        return Ok(text.to_ascii_uppercase());
    }
    let named = NAMES.iter().find(|(name, _)| *name == text);
    named
        .map(|(_, color)| (*color).to_owned())
        .ok_or_else(|| Fault::invalid("color has to be #RRGGBB or the name of one, such as blue"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_label_has_a_name_and_a_colour_in_six_digits() {
        let blue = fresh(json!({"name": " Hot Lead ", "color": "blue"})).unwrap();
        assert_eq!(blue, ("Hot Lead".into(), "#3B82F6".into()));
        assert_eq!(fresh(json!({"name": "x"})).unwrap().1, USUAL_COLOR);
        assert_eq!(patch(json!({"color": "#4f46e5"})).unwrap().color.as_deref(), Some("#4F46E5"));
        assert_eq!(patch(json!({})).unwrap(), LabelPatch::default());
        assert!(fresh(json!({"name": "é".repeat(255)})).is_ok());
        for wrong in [
            json!({}),
            json!({"name": ""}),
            json!({"name": " "}),
            json!({"name": "é".repeat(256)}),
            json!({"name": 5}),
            json!({"name": "x", "color": "#12345"}),
            json!({"name": "x", "color": "#12345g"}),
            json!({"name": "x", "color": "no colour"}),
            json!({"name": "x", "id": "y"}),
        ] {
            assert!(fresh(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
