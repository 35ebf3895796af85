//! An inbound mail, read from SendGrid's form: fields taken apart by SendGrid, or the whole mail
//! in one field, `email`.
//!
//! Source: <https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook>.

use actors::domain::consent::{self, Wording};
use actors::domain::{ConsentWord, Json, MailAddress, MailAddressError, ProviderMessageId};
use bytes::Bytes;
use mail_parser::{Address, HeaderValue, Message, MessageParser, MimeHeaders, PartType};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::body::Body;
use super::fields::{Fields, FieldsError};

pub use super::fields::File as Attached;
use crate::ingest::Envelope;

/// Most receivers that are looked at, and most addresses and references that are kept of each kind.
const MOST_ADDRESSES: usize = 100;
/// Longest subject and longest reference that is kept, in bytes. RFC 5322, 2.1.1: a line has 998.
const MAX_LINE_BYTES: usize = 998;
/// Longest name of a sender, in characters.
const MAX_NAME_CHARS: usize = 128;

/// A contact's mail.
pub struct Mail {
    /// Its Message-ID, or a digest of it.
    pub provider_id: ProviderMessageId,
    pub from: MailAddress,
    pub name: Option<String>,
    /// Whom SendGrid took it for, or else whom its head names.
    pub to: Vec<String>,
    pub text: String,
    /// `{subject, from, to, cc, bcc, html?, message_id?, in_reply_to?, references, provider}`
    pub email: Json,
    pub files: Vec<Attached>,
    pub says: Option<ConsentWord>,
}

/// The first thing wrong. Quotes nothing of the mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error(transparent)]
    Form(#[from] FieldsError),
    #[error("email is no mail")]
    NoMail,
    #[error("sender is missing")]
    NoSender,
    #[error("from: {0}")]
    From(MailAddressError),
}

/// # Errors
///
/// [`Unreadable`]: the first thing wrong.
pub async fn read(content_type: Option<&str>, body: &Bytes) -> Result<Mail, Unreadable> {
    let mut fields = Fields::read(content_type, body).await?;
    let raw = fields.bytes("email").cloned();
    let head = raw.clone().unwrap_or_else(|| head(&fields).into());
    let mail = MessageParser::new().parse(&head[..]).ok_or(Unreadable::NoMail)?;
    let envelope = envelope_of(&fields);
    let (from, name) = sender(&mail, &envelope)?;
    let body = if raw.is_some() {
        fields.files = attached(&mail);
        Body::of_mail(&mail)
    } else {
        Body::of(fields.text("text"), fields.text("html"))
    };
    if let Some(whole) = &body.whole {
        fields.files.push(Attached {
            name: "message.txt".into(),
            content_type: Some("text/plain".into()),
            content: whole.clone().into(),
        });
    }
    let subject = fields.text("subject").or_else(|| mail.subject().map(str::to_owned));
    let subject = cut(&subject.unwrap_or_default(), MAX_LINE_BYTES);
    let to = match envelope.to.is_empty() {
        true => addresses(mail.to()).chain(addresses(mail.cc())).collect(),
        false => envelope.to,
    };
    let says = if is_automatic(&mail) { None } else { says(&subject, &body.text) };
    Ok(Mail {
        provider_id: provider_id(&mail, &head, &body),
        email: email(&mail, &from, &subject, body.html),
        from,
        name,
        to: to.into_iter().take(MOST_ADDRESSES).collect(),
        text: body.text,
        files: fields.files,
        says,
    })
}

/// What can be told of any form, however wrong; nothing where it is wrong. Addresses in lower case,
/// so that one sender's mails stay in order.
pub async fn envelope(content_type: Option<&str>, body: &Bytes) -> Envelope {
    let Ok(fields) = Fields::read(content_type, body).await else { return Envelope::default() };
    let told = envelope_of(&fields);
    let head = fields.bytes("email").cloned().unwrap_or_else(|| head(&fields).into());
    let mail = MessageParser::new().parse_headers(&head[..]);
    let from = mail.as_ref().and_then(|mail| sender(mail, &told).ok());
    let to = mail.as_ref().and_then(|mail| addresses(mail.to()).next());
    let to = told.to.into_iter().next().or(to);
    Envelope {
        provider_id: mail.as_ref().and_then(named).map(|id| id.as_str().to_owned()),
        from: from.map(|(from, _)| from.as_str().to_lowercase()),
        to: to.filter(|to| to.len() <= MailAddress::MAX_BYTES).map(|to| to.to_lowercase()),
        public_url: None,
    }
}

/// Who handed the mail to whom, whatever its head says.
#[derive(Default, serde::Deserialize)]
struct HandedOver {
    #[serde(default)]
    to: Vec<String>,
    from: Option<String>,
}

fn envelope_of(fields: &Fields) -> HandedOver {
    let told = fields.bytes("envelope").map(|json| serde_json::from_slice(json));
    told.and_then(Result::ok).unwrap_or_default()
}

/// The mail's head: as it came, or else of the fields made from it.
fn head(fields: &Fields) -> Vec<u8> {
    let mut head = fields.text("headers").unwrap_or_default().trim_end().to_owned();
    for (field, name) in [("from", "From"), ("to", "To"), ("cc", "Cc")] {
        let there = head.lines().any(|line| {
            let start = line.get(..=name.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(&format!("{name}:")))
        });
        if let Some(text) = fields.text(field).filter(|_| !there) {
            let line = text.replace(['\r', '\n'], " ");
            head = format!("{name}: {line}\r\n{head}");
        }
    }
    format!("{}\r\n\r\n", head.trim_end()).into_bytes()
}

fn sender(
    mail: &Message<'_>,
    envelope: &HandedOver,
) -> Result<(MailAddress, Option<String>), Unreadable> {
    let first = mail.from().and_then(Address::first);
    let address = first.and_then(|from| from.address()).or(envelope.from.as_deref());
    let address = address.filter(|address| !address.is_empty()).ok_or(Unreadable::NoSender)?;
    let name = first.and_then(|from| from.name()).map(str::trim).filter(|name| !name.is_empty());
    let name =
        name.map(|name| name.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect());
    Ok((MailAddress::parse(address).map_err(Unreadable::From)?, name))
}

/// The same mail handed over again has the same name, though its form may differ.
fn provider_id(mail: &Message<'_>, head: &[u8], body: &Body) -> ProviderMessageId {
    let digest = |parts: &[&[u8]]| {
        let mut digest = Sha256::new();
        parts.iter().for_each(|part| digest.update(part));
        let hex: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("sha256:{hex}")
    };
    let long = mail.message_id().filter(|id| !id.is_empty());
    named(mail).unwrap_or_else(|| {
        let digest = long
            .map_or_else(|| digest(&[head, body.text.as_bytes()]), |id| digest(&[id.as_bytes()]));
        ProviderMessageId::parse(&digest).expect("a digest is short and plain text")
    })
}

/// Its Message-ID, if it has one of a sensible length.
fn named(mail: &Message<'_>) -> Option<ProviderMessageId> {
    ProviderMessageId::parse(mail.message_id()?).ok()
}

fn email(mail: &Message<'_>, from: &MailAddress, subject: &str, html: Option<String>) -> Json {
    let list = |address| addresses(address).take(MOST_ADDRESSES).collect::<Vec<_>>();
    let ids = |value: &HeaderValue<'_>| {
        let ids: Vec<_> = match value {
            HeaderValue::Text(id) => vec![bracketed(id)],
            HeaderValue::TextList(ids) => ids.iter().map(|id| bracketed(id)).collect(),
            _ => vec![],
        };
        // The last ones, which are nearest.
        let further = ids.len().saturating_sub(MOST_ADDRESSES);
        ids.into_iter().skip(further).filter(|id| id.len() <= MAX_LINE_BYTES).collect::<Vec<_>>()
    };
    let mut email = json!({
        "subject": subject,
        "from": from.as_str(),
        "to": list(mail.to()),
        "cc": list(mail.cc()),
        "bcc": list(mail.bcc()),
        "references": ids(mail.references()),
        "provider": "sendgrid",
    });
    if let Some(id) = mail.message_id().filter(|id| id.len() <= MAX_LINE_BYTES) {
        email["message_id"] = json!(bracketed(id));
    }
    if let Some(id) = ids(mail.in_reply_to()).pop() {
        email["in_reply_to"] = json!(id);
    }
    if let Some(html) = html {
        email["html"] = json!(html);
    }
    Json::from_valid(email.to_string())
}

/// As it stands in a mail.
fn bracketed(id: &str) -> String {
    format!("<{}>", id.trim_matches(['<', '>']))
}

fn addresses<'a>(address: Option<&'a Address<'_>>) -> impl Iterator<Item = String> + 'a {
    let all = address.into_iter().flat_map(Address::iter);
    all.filter_map(|one| one.address()).filter(|one| one.len() <= 320).map(str::to_owned)
}

fn attached(mail: &Message<'_>) -> Vec<Attached> {
    let file = |part: &mail_parser::MessagePart<'_>| {
        let kind = part.content_type();
        let content = match &part.body {
            PartType::Message(message) => message.raw_message.to_vec(),
            _ => part.contents().to_vec(),
        };
        Attached {
            name: part.attachment_name().unwrap_or_default().to_owned(),
            content_type: kind.and_then(|kind| {
                kind.subtype().map(|subtype| format!("{}/{subtype}", kind.ctype()))
            }),
            content: content.into(),
        }
    };
    mail.attachments().map(file).collect()
}

/// Answering machines say nothing about consent (RFC 3834).
fn is_automatic(mail: &Message<'_>) -> bool {
    let told = mail.header_raw("Auto-Submitted").map(str::trim);
    told.is_some_and(|told| !told.to_ascii_lowercase().starts_with("no"))
}

/// What the sender wrote anew, or else the subject of a mail that is no answer.
fn says(subject: &str, text: &str) -> Option<ConsentWord> {
    let fresh: Vec<_> = text
        .lines()
        .map(str::trim)
        .take_while(|line| {
            let quoted = line.starts_with('>') || line.starts_with("-----") || *line == "--";
            !quoted && !(line.starts_with("On ") && line.ends_with(':'))
        })
        .collect();
    let of_subject = || {
        let answer = subject.trim_start().get(..3).is_some_and(|re| re.eq_ignore_ascii_case("re:"));
        if answer { None } else { consent::read(subject, Wording::Mail) }
    };
    consent::read(&fresh.join("\n"), Wording::Mail).or_else(of_subject)
}

fn cut(text: &str, bytes: usize) -> String {
    text[..text.floor_char_boundary(bytes)].to_owned()
}

#[cfg(test)]
mod tests;
