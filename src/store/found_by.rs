//! The words that messages and contacts are found by, in every store.
use actors::domain::{Contact, ends_of_number, words_of};
use serde_json::Value;

/// Fields of a contact beside name, address and number by which it is found.
const FOUND_BY: [&str; 5] = ["company", "companyName", "platformUsername", "firstName", "lastName"];

/// What was written, and the subject of a mail.
pub fn words_of_message(text: &str, email: Option<&str>) -> Vec<String> {
    let subject = email.and_then(subject).unwrap_or_default();
    words_of(text).chain(words_of(&subject)).collect()
}

fn subject(email: &str) -> Option<String> {
    let fields: Value = serde_json::from_str(email).ok()?;
    fields["subject"].as_str().map(str::to_owned)
}

/// Name, address, number, company.
pub fn words_of_contact(contact: &Contact) -> Vec<String> {
    let given = [contact.name.as_deref(), contact.email.as_deref()];
    let mut words: Vec<_> = given.into_iter().flatten().flat_map(words_of).collect();
    words.extend(ends_of_number(contact.phone.as_deref().unwrap_or_default()));
    let details: Value = serde_json::from_str(contact.details.as_str()).unwrap_or_default();
    for field in FOUND_BY {
        words.extend(words_of(details[field].as_str().unwrap_or_default()));
    }
    words
}
