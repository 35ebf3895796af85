//! The mail in a body: `{subject, html, message, emailFrom, emailTo, emailCc, emailBcc}`.

use actors::domain::{Email, Json};
use serde_json::{Map, Value, json};

use super::problem::Problem;
use crate::documents::Fields;
use crate::ingest::sendgrid::Body;

const MAX_SUBJECT: usize = 900;
const MAX_ADDRESS: usize = 320;
const MOST_ADDRESSES: usize = 50;
/// Longest text or HTML, in bytes.
pub const MAX_TEXT: usize = 256_000;

/// What a mail says, and what only a mail has.
pub struct Mail {
    pub text: String,
    pub from: Option<String>,
    pub to: Option<String>,
    pub email: Email,
}

impl Mail {
    /// # Errors
    ///
    /// A field has another type or is too long.
    pub fn take(fields: &mut Fields) -> Result<Self, Problem> {
        let (text, html) =
            (fields.optional_text("message", MAX_TEXT)?, fields.optional_text("html", MAX_TEXT)?);
        // Whoever shows it need not clean it again.
        let Body { text, html, .. } = Body::of(text, html);
        let subject = fields.optional_text("subject", MAX_SUBJECT)?;
        let from = fields.optional_text("emailFrom", MAX_ADDRESS)?;
        let to = fields.optional_text("emailTo", MAX_ADDRESS)?;
        let answers = fields.optional_text("emailMessageId", MAX_ADDRESS)?;
        let mut email = Map::new();
        let texts = [("subject", subject), ("html", html), ("from", from.clone())];
        for (name, given) in texts.into_iter().chain([("in_reply_to", answers)]) {
            if let Some(given) = given {
                email.insert(name.into(), json!(given));
            }
        }
        let lists = [("cc", texts_of(fields, "emailCc")?), ("bcc", texts_of(fields, "emailBcc")?)];
        for (name, given) in lists.into_iter().chain([("to", to.iter().cloned().collect())]) {
            if !given.is_empty() {
                email.insert(name.into(), json!(given));
            }
        }
        let email = Email(Json::from_valid(Value::Object(email).to_string()));
        Ok(Self { text, from, to, email })
    }
}

fn texts_of(fields: &mut Fields, key: &'static str) -> Result<Vec<String>, Problem> {
    let entries = fields.list(key)?.unwrap_or_default();
    if entries.len() > MOST_ADDRESSES {
        return Err(Problem::invalid(format!("{key} has more than {MOST_ADDRESSES} addresses")));
    }
    let read = |entry: Value| match entry {
        Value::String(text) if text.len() <= MAX_ADDRESS => Ok(text),
        _ => Err(Problem::invalid(format!("each value in {key} must be a string"))),
    };
    entries.into_iter().map(read).collect()
}
