//! What exactly goes out.

use actors::domain::{Json, Kind, Message};
use actors::ports::{Cut, Direction, Due, Mail, Outgoing, Store, Unavailable};
use serde_json::Value;

use super::route::Route;
use crate::provider::email;

/// Earlier messages that are looked through for the thread of a mail.
const LOOKED_AT: usize = 50;
/// Most names in References. RFC 5322 sets no limit, receivers do.
const MOST_REFERENCES: usize = 20;
/// Longest subject, in characters. RFC 5322, 2.1.1: a line has at most 998.
const MAX_SUBJECT: usize = 900;

/// # Errors
///
/// [`Unavailable`]: unknown.
pub async fn write(store: &dyn Store, due: &Due, route: &Route) -> Result<Outgoing, Unavailable> {
    let message = &due.message;
    let mail = match route.channel.kind == email() {
        true => Some(thread(store, due, route).await?),
        false => None,
    };
    Ok(Outgoing {
        reference: message.id.to_string(),
        from: route.from.clone(),
        to: route.to.clone(),
        text: message.text.clone(),
        media: message.attachments.iter().filter_map(link).collect(),
        mail,
    })
}

/// The link of an attachment: a text, or an object's `url`.
fn link(attachment: &Json) -> Option<String> {
    let url = match serde_json::from_str(attachment.as_str()).ok()? {
        Value::String(url) => url,
        Value::Object(fields) => fields.get("url")?.as_str()?.to_owned(),
        _ => return None,
    };
    (url.starts_with("https://") || url.starts_with("http://")).then_some(url)
}

/// Puts a mail into the thread of those before it.
async fn thread(store: &dyn Store, due: &Due, route: &Route) -> Result<Mail, Unavailable> {
    let message = &due.message;
    let cut = Cut { at: message.created_at, id: Some(message.id.clone()) };
    let before = store.messages(&due.conversation, Some(&cut), Direction::Older, LOOKED_AT).await?;
    // Newest first. A note is no mail.
    let mails = before.iter().map(|placed| &*placed.message).filter(|m| m.kind != Kind::Note);
    let mails: Vec<_> = mails.map(|earlier| read(earlier, &route.from)).collect();
    let mut references: Vec<_> = mails.iter().filter_map(|(name, _)| name.clone()).collect();
    references.truncate(MOST_REFERENCES);
    references.reverse();
    let before = mails.iter().find_map(|(_, subject)| subject.as_deref());
    let own = fields(message);
    let given = own["subject"].as_str().map(one_line).filter(|subject| !subject.is_empty());
    Ok(Mail {
        subject: match (given, before) {
            (Some(given), _) => given,
            (None, Some(before)) => answering(before),
            (None, None) => one_line(&route.channel.name),
        },
        html: own["html"].as_str().filter(|html| !html.is_empty()).map(str::to_owned),
        cc: addresses(&own["cc"]),
        bcc: addresses(&own["bcc"]),
        message_id: name(message, &route.from),
        in_reply_to: references.last().cloned(),
        references,
    })
}

/// Message-ID and subject of an earlier message.
fn read(message: &Message, from: &str) -> (Option<String>, Option<String>) {
    let fields = fields(message);
    let text = |field: &str| fields[field].as_str().map(one_line).filter(|text| !text.is_empty());
    let ours = (message.kind == Kind::Outgoing).then(|| name(message, from));
    (text("message_id").map(bracketed).or(ours), text("subject"))
}

/// What only a mail has; null where there is nothing.
fn fields(message: &Message) -> Value {
    let fields = message.email.as_ref().map(|email| email.0.as_str());
    fields.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

fn addresses(given: &Value) -> Vec<String> {
    let given = given.as_array().into_iter().flatten().filter_map(Value::as_str);
    given.map(one_line).filter(|address| address.contains('@')).collect()
}

/// Our own name for a mail: the same whenever it is asked for.
fn name(message: &Message, from: &str) -> String {
    let domain = from.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let id: String = message
        .id
        .as_str()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    format!("<{id}@{domain}>")
}

fn bracketed(name: String) -> String {
    if name.starts_with('<') { name } else { format!("<{name}>") }
}

fn answering(subject: &str) -> String {
    let answers = subject.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("re:"));
    if answers { subject.to_owned() } else { format!("Re: {subject}") }
}

/// A header holds no line break: what follows one would be a header of the writer's choice.
fn one_line(text: &str) -> String {
    let clean = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    clean.take(MAX_SUBJECT).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_so_once() {
        assert_eq!(answering("plans"), "Re: plans");
        assert_eq!(answering("RE: plans"), "RE: plans");
        assert_eq!(answering("é"), "Re: é");
    }

    #[test]
    fn a_subject_cannot_smuggle_in_a_header() {
        assert_eq!(one_line("hello\r\nBcc: all@example.com"), "hello  Bcc: all@example.com");
    }

    #[test]
    fn only_links_are_carried_as_media() {
        let links = [
            r#"{"url":"https://x/1","content_type":"image/png"}"#,
            r#""http://x/2""#,
            r#"{"url":"file:///etc/passwd"}"#,
            r#"{"name":"x"}"#,
        ];
        let links: Vec<_> =
            links.iter().filter_map(|text| link(&Json::from_valid(*text))).collect();

        assert_eq!(links, ["https://x/1", "http://x/2"]);
    }
}
