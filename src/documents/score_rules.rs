//! `{rules: [{name, …}], autoTag?: {tagId, threshold}}`, with one of these in each rule:
//!
//! | fields                                        | gives its points            |
//! |-----------------------------------------------|-----------------------------|
//! | `field`, `above: [{than, points}]`            | of the highest step passed  |
//! | `verified: true`, `points`                    | if the platform says so     |
//! | `field`, `containsAny: [text]`, `points`      | once, in whatever case      |
//! | `field`, `isSet: true`, `points`              | if there is anything in it  |

use actors::domain::{AutoTag, CountField, ScoreRule, ScoreRules, ScoreTest, TagId, TextField};
use serde_json::{Value, json};

use super::fields::{missing, wrong};
use super::{Fields, Invalid};

const MAX_NAME: usize = 64;
const MAX_WORD: usize = 64;
/// More than any count that a platform tells.
const MOST: i64 = 1_000_000_000_000;

pub fn count_field(field: CountField) -> &'static str {
    match field {
        CountField::Followers => "followersCount",
        CountField::Following => "followingCount",
    }
}

pub fn text_field(field: TextField) -> &'static str {
    match field {
        TextField::Username => "platformUsername",
        TextField::Description => "description",
        TextField::Location => "location",
        TextField::Url => "url",
    }
}

/// # Errors
///
/// [`Invalid`] names the first field that is wrong.
pub fn read(mut fields: Fields) -> Result<ScoreRules, Invalid> {
    let entries = fields.list("rules")?.ok_or_else(|| missing("rules"))?;
    if entries.len() > ScoreRules::MOST_RULES {
        return Err(Invalid(format!("rules has more than {} entries", ScoreRules::MOST_RULES)));
    }
    let rules = entries.into_iter().map(rule).collect::<Result<_, _>>()?;
    let auto_tag = fields.take("autoTag").map(auto_tag).transpose()?;
    // What a GET shows besides.
    let _ = fields.take("isDefault");
    fields.end()?;
    Ok(ScoreRules { rules, auto_tag })
}

fn auto_tag(value: Value) -> Result<AutoTag, Invalid> {
    let mut fields = Fields::of(value)?;
    let tag = fields.id("tagId", TagId::parse)?.ok_or_else(|| missing("tagId"))?;
    let threshold =
        fields.number("threshold", -MOST..=MOST)?.ok_or_else(|| missing("threshold"))?;
    fields.end()?;
    Ok(AutoTag { tag, threshold })
}

fn rule(value: Value) -> Result<ScoreRule, Invalid> {
    let mut fields = Fields::of(value)?;
    let name = fields.text("name", MAX_NAME)?;
    let test = if let Some(steps) = fields.list("above")? {
        let field = named(&mut fields, CountField::ALL, count_field)?;
        let steps = entries("above", steps)?.into_iter().map(step).collect::<Result<_, _>>()?;
        ScoreTest::Above { field, steps }
    } else if let Some(words) = fields.list("containsAny")? {
        let field = named(&mut fields, TextField::ALL, text_field)?;
        let words =
            entries("containsAny", words)?.into_iter().map(word).collect::<Result<_, _>>()?;
        ScoreTest::Mentions { field, words, points: points(&mut fields)? }
    } else if fields.flag("isSet")? == Some(true) {
        let field = named(&mut fields, TextField::ALL, text_field)?;
        ScoreTest::Has { field, points: points(&mut fields)? }
    } else if fields.flag("verified")? == Some(true) {
        ScoreTest::Verified { points: points(&mut fields)? }
    } else {
        return Err(missing("above, containsAny, isSet or verified"));
    };
    fields.end()?;
    Ok(ScoreRule { name, test })
}

fn entries(key: &str, entries: Vec<Value>) -> Result<Vec<Value>, Invalid> {
    if entries.is_empty() || entries.len() > ScoreRules::MOST_ENTRIES {
        return Err(Invalid(format!("{key} needs 1 to {} entries", ScoreRules::MOST_ENTRIES)));
    }
    Ok(entries)
}

fn step(value: Value) -> Result<(u64, i32), Invalid> {
    let mut fields = Fields::of(value)?;
    let than = fields.number("than", 0..=MOST)?.ok_or_else(|| missing("than"))?;
    let points = points(&mut fields)?;
    fields.end()?;
    Ok((than.unsigned_abs(), points))
}

fn word(value: Value) -> Result<String, Invalid> {
    match value {
        Value::String(text) if (1..=MAX_WORD).contains(&text.len()) => Ok(text.to_lowercase()),
        _ => Err(wrong("containsAny", &format!("a list of texts of 1 to {MAX_WORD} bytes"))),
    }
}

fn points(fields: &mut Fields) -> Result<i32, Invalid> {
    let most = i64::from(ScoreRules::MOST_POINTS);
    let points = fields.number("points", -most..=most)?.ok_or_else(|| missing("points"))?;
    i32::try_from(points).map_err(|_| missing("points"))
}

fn named<T: Copy>(
    fields: &mut Fields,
    all: impl IntoIterator<Item = T>,
    name: fn(T) -> &'static str,
) -> Result<T, Invalid> {
    let given = fields.text("field", MAX_NAME)?;
    let mut names = Vec::new();
    for field in all {
        if name(field) == given {
            return Ok(field);
        }
        names.push(name(field));
    }
    Err(wrong("field", &format!("one of {} here", names.join(", "))))
}

pub fn view(rules: &ScoreRules) -> Value {
    let auto_tag = rules.auto_tag.as_ref();
    json!({
        "rules": rules.rules.iter().map(rule_view).collect::<Vec<_>>(),
        "autoTag": auto_tag.map(|auto| json!({ "tagId": auto.tag.as_str(), "threshold": auto.threshold })),
    })
}

fn rule_view(ScoreRule { name, test }: &ScoreRule) -> Value {
    match test {
        ScoreTest::Above { field, steps } => {
            let step = |(than, points): &(u64, i32)| json!({ "than": than, "points": points });
            let steps: Vec<_> = steps.iter().map(step).collect();
            json!({ "name": name, "field": count_field(*field), "above": steps })
        }
        ScoreTest::Verified { points } => {
            json!({ "name": name, "verified": true, "points": points })
        }
        ScoreTest::Mentions { field, words, points } => json!({
            "name": name, "field": text_field(*field), "containsAny": words, "points": points,
        }),
        ScoreTest::Has { field, points } => json!({
            "name": name, "field": text_field(*field), "isSet": true, "points": points,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: Value) -> Result<ScoreRules, Invalid> {
        super::read(Fields::of(value)?)
    }

    #[test]
    fn what_is_shown_can_be_written_back() {
        let tag = TagId::parse("hot").unwrap();
        let usual =
            ScoreRules { auto_tag: Some(AutoTag { tag, threshold: 70 }), ..ScoreRules::usual() };

        assert_eq!(read(view(&usual)), Ok(usual));
    }

    #[test]
    fn what_makes_no_rule_is_refused_by_name() {
        let says = |rule: Value| read(json!({ "rules": [rule] })).unwrap_err().0;

        assert_eq!(says(json!({"name": "x"})), "above, containsAny, isSet or verified is required");
        assert_eq!(says(json!({"name": "x", "verified": true})), "points is required");
        let field = says(json!({"name": "x", "field": "shoe", "isSet": true, "points": 1}));
        assert!(field.starts_with("field has to be one of platformUsername"), "{field}");
        let odd = json!({"name": "x", "verified": true, "points": 1, "isSett": 1});
        assert_eq!(says(odd), "unknown field \"isSett\"");
        let points = says(json!({"name": "x", "verified": true, "points": 1_001}));
        assert!(points.starts_with("points has to be"), "{points}");
        assert!(read(json!({"rules": vec![json!({}); 51]})).is_err());
        assert!(read(json!({"rules": [], "autoTag": {"tagId": "a"}})).is_err());
        assert!(read(json!({})).is_err());
    }
}
