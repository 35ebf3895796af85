//! What a client changes of a prospect's context. Here `null` is not as good as absent: it clears
//! what can be unset, and is wrong for what cannot.

use actors::domain::{ContactStatusId, ContextPatch, IdError, TagId, TagPatch, UserId, Valuation};
use serde_json::Value;

use crate::answer::Fault;

/// Most ids in one list.
const MOST_IDS: usize = 1_000;
/// Longest name of a field that is repeated to the caller.
const MAX_SHOWN: usize = 64;

/// # Errors
///
/// [`Fault::Invalid`] names the first field that is unknown or wrong.
pub fn read(body: Value) -> Result<ContextPatch, Fault> {
    let Value::Object(fields) = body else {
        return Err(Fault::invalid("expected a JSON object"));
    };
    let mut patch = ContextPatch::default();
    let (mut set, mut add, mut remove) = (None, None, None);
    for (key, value) in fields {
        match key.as_str() {
            "notes" => patch.notes = Some(notes(value)?),
            "valuation" => patch.valuation = Some(valuation(&value)?),
            "statusId" => patch.status = Some(id(&key, &value, ContactStatusId::parse)?),
            "assignedToMemberId" | "assigneeId" if patch.assignee.is_some() => {
                return Err(Fault::invalid("assignedToMemberId is given twice"));
            }
            "assignedToMemberId" | "assigneeId" => {
                patch.assignee = Some(id(&key, &value, UserId::parse)?);
            }
            "done" => {
                patch.done = Some(value.as_bool().ok_or_else(|| wrong(&key, "true or false"))?)
            }
            "tagIds" => set = Some(tags(&key, &value)?),
            "addTags" => add = Some(tags(&key, &value)?),
            "removeTags" => remove = Some(tags(&key, &value)?),
            _ => {
                let shown: String = key.chars().take(MAX_SHOWN).collect();
                return Err(Fault::invalid(format!("unknown field {shown:?}")));
            }
        }
    }
    patch.tags = match (set, add, remove) {
        (None, None, None) => None,
        (Some(set), None, None) => Some(TagPatch::Set(set)),
        (Some(_), _, _) => {
            return Err(Fault::invalid(
                "tagIds cannot be given together with addTags or removeTags",
            ));
        }
        (None, add, remove) => {
            let (add, remove) = (add.unwrap_or_default(), remove.unwrap_or_default());
            if add.iter().any(|tag| remove.contains(tag)) {
                return Err(Fault::invalid("addTags and removeTags name the same tag"));
            }
            Some(TagPatch::Change { add, remove })
        }
    };
    Ok(patch)
}

fn wrong(key: &str, expected: &str) -> Fault {
    Fault::invalid(format!("{key} has to be {expected}"))
}

/// An empty text is none.
fn notes(value: Value) -> Result<Option<String>, Fault> {
    const MAX: usize = ContextPatch::MAX_NOTES_BYTES;
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.len() > MAX => {
            Err(Fault::invalid(format!("notes is longer than {MAX} bytes")))
        }
        Value::String(text) => Ok(Some(text).filter(|text| !text.is_empty())),
        _ => Err(wrong("notes", "a text or null")),
    }
}

fn valuation(value: &Value) -> Result<Option<Valuation>, Fault> {
    if value.is_null() {
        return Ok(None);
    }
    let amount = value.as_f64().and_then(|amount| Valuation::of(amount).ok());
    amount.map(Some).ok_or_else(|| wrong("valuation", "a number that is not negative, or null"))
}

fn id<T>(
    key: &str,
    value: &Value,
    parse: impl Fn(&str) -> Result<T, IdError>,
) -> Result<Option<T>, Fault> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => {
            parse(text).map(Some).map_err(|error| Fault::invalid(format!("{key}: {error}")))
        }
        _ => Err(wrong(key, "an id or null")),
    }
}

/// Each once, as they came.
fn tags(key: &str, value: &Value) -> Result<Vec<TagId>, Fault> {
    let ids = || wrong(key, &format!("a list of at most {MOST_IDS} ids"));
    let entries = value.as_array().filter(|entries| entries.len() <= MOST_IDS).ok_or_else(ids)?;
    let mut tags = Vec::with_capacity(entries.len());
    for entry in entries {
        let text = entry.as_str().ok_or_else(ids)?;
        let tag = TagId::parse(text).map_err(|error| Fault::invalid(format!("{key}: {error}")))?;
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    Ok(tags)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tag(name: &str) -> TagId {
        TagId::parse(name).unwrap()
    }

    #[test]
    fn what_is_omitted_stays_and_null_clears_what_can_be_unset() {
        assert_eq!(read(json!({})).unwrap(), ContextPatch::default());
        let cleared = json!({
            "notes": null, "valuation": null, "statusId": null, "assignedToMemberId": null,
        });
        let none = ContextPatch {
            notes: Some(None),
            valuation: Some(None),
            status: Some(None),
            assignee: Some(None),
            ..ContextPatch::default()
        };
        assert_eq!(read(cleared).unwrap(), none);
        assert_eq!(read(json!({"notes": ""})).unwrap().notes, Some(None));
        for key in ["tagIds", "done", "addTags", "removeTags"] {
            assert!(read(json!({ key: null })).is_err(), "{key}");
        }
    }

    #[test]
    fn tags_are_replaced_or_changed_and_not_both() {
        let set = read(json!({"tagIds": ["a", "b", "a"]})).unwrap().tags;
        assert_eq!(set, Some(TagPatch::Set(vec![tag("a"), tag("b")])));
        assert_eq!(read(json!({"tagIds": []})).unwrap().tags, Some(TagPatch::Set(vec![])));
        let change = read(json!({"addTags": ["a"], "removeTags": ["b"]})).unwrap().tags;
        let expected = TagPatch::Change { add: vec![tag("a")], remove: vec![tag("b")] };
        assert_eq!(change, Some(expected));
        for wrong in [
            json!({"tagIds": ["a"], "addTags": []}),
            json!({"tagIds": ["a"], "removeTags": ["b"]}),
            json!({"addTags": ["a"], "removeTags": ["a"]}),
            json!({"tagIds": "a"}),
            json!({"tagIds": [1]}),
            json!({"tagIds": [""]}),
        ] {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_no_amount_no_flag_or_too_long_is_refused_and_an_unknown_field_is_named() {
        for wrong in [
            json!({"valuation": -1}),
            json!({"valuation": "5"}),
            json!({"done": "true"}),
            json!({"done": 1}),
            json!({"statusId": 5}),
            json!({"notes": 5}),
            json!({"notes": "x".repeat(ContextPatch::MAX_NOTES_BYTES + 1)}),
            json!({"assigneeId": "a", "assignedToMemberId": "a"}),
            json!([]),
            json!(null),
        ] {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
        assert_eq!(read(json!({"tags": []})).unwrap_err().to_string(), "unknown field \"tags\"");
        let zero = read(json!({"valuation": 0, "assigneeId": "ana"})).unwrap();
        assert_eq!(zero.valuation, Some(Valuation::of(0.0).ok()));
        assert_eq!(zero.assignee, Some(UserId::parse("ana").ok()));
    }
}
