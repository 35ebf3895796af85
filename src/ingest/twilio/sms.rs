//! An inbound SMS or MMS, read from Twilio's form.
//!
//! Source: <https://www.twilio.com/docs/messaging/guides/webhook-request>.

use actors::domain::consent::told_by_provider;
use actors::domain::{
    ConsentWord, IdError, Json, PhoneNumber, PhoneNumberError, ProviderMessageId,
};
use url::Url;

use crate::ingest::Envelope;
use crate::ingest::form::{Form, FormError};

/// Most media in one message; Twilio sends up to ten.
const MAX_MEDIA: usize = 10;
/// Longest receiver, in bytes. Numbers and short codes are far below.
const MAX_RECEIVER_BYTES: usize = 64;
/// Longest link to a medium, in bytes.
const MAX_URL_BYTES: usize = 2_048;

/// A contact's message as Twilio tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sms {
    pub provider_id: ProviderMessageId,
    pub from: PhoneNumber,
    /// Our number, or a short code, which is no E.164 number: whatever a channel has as address.
    pub to: String,
    pub text: String,
    /// `{"url": …, "content_type": …}` each.
    pub attachments: Vec<Json>,
    /// What Twilio's own opt-out handling took it for.
    pub says: Option<ConsentWord>,
}

/// The first thing wrong. Quotes nothing of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error(transparent)]
    Form(#[from] FormError),
    #[error("{0} is missing")]
    Missing(&'static str),
    #[error("MessageSid: {0}")]
    Id(IdError),
    #[error("From: {0}")]
    From(PhoneNumberError),
    #[error("To is longer than {MAX_RECEIVER_BYTES} bytes")]
    LongReceiver,
    #[error("more than {MAX_MEDIA} media")]
    ManyMedia,
    #[error("a MediaUrl is no web address")]
    MediaUrl,
}

/// # Errors
///
/// [`Unreadable`]: the first thing wrong.
pub fn read(body: &[u8]) -> Result<Sms, Unreadable> {
    let form = Form::parse(body)?;
    let sid = sid(&form)?.ok_or(Unreadable::Missing("MessageSid"))?;
    let provider_id = ProviderMessageId::parse(sid).map_err(Unreadable::Id)?;
    let from = given(&form, "From")?.ok_or(Unreadable::Missing("From"))?;
    let from = PhoneNumber::parse(from).map_err(Unreadable::From)?;
    let to = given(&form, "To")?.ok_or(Unreadable::Missing("To"))?;
    if to.len() > MAX_RECEIVER_BYTES {
        return Err(Unreadable::LongReceiver);
    }
    let text = form.text("Body")?.unwrap_or_default().to_owned();
    let says = given(&form, "OptOutType")?.and_then(told_by_provider);
    let attachments = attachments(&form)?;
    Ok(Sms { provider_id, from, to: to.to_owned(), text, attachments, says })
}

/// What can be told of any body, however wrong; nothing where it is wrong.
pub fn envelope(body: &[u8]) -> Envelope {
    let Ok(form) = Form::parse(body) else { return Envelope::default() };
    // The bounds of `read`: what is longer names nobody.
    let short =
        |text: Option<&str>, most| text.filter(|text| text.len() <= most).map(str::to_owned);
    Envelope {
        provider_id: short(sid(&form).ok().flatten(), 128),
        from: short(given(&form, "From").ok().flatten(), MAX_RECEIVER_BYTES),
        to: short(given(&form, "To").ok().flatten(), MAX_RECEIVER_BYTES),
        public_url: None,
    }
}

pub(super) fn sid<'a>(form: &'a Form<'_>) -> Result<Option<&'a str>, FormError> {
    Ok(match given(form, "MessageSid")? {
        Some(sid) => Some(sid),
        None => given(form, "SmsSid")?,
    })
}

pub(super) fn given<'a>(
    form: &'a Form<'_>,
    name: &'static str,
) -> Result<Option<&'a str>, FormError> {
    Ok(form.text(name)?.filter(|text| !text.is_empty()))
}

/// What is there counts, whatever `NumMedia` says: believing a number that is too low would lose
/// a picture, one that is too high would make a loop of it.
fn attachments(form: &Form<'_>) -> Result<Vec<Json>, Unreadable> {
    let mut media = vec![];
    for (name, url) in form.pairs() {
        if let Some(number) = number(name, b"MediaUrl") {
            let kind = form
                .pairs()
                .find(|(name, _)| self::number(name, b"MediaContentType") == Some(number));
            media.push((number, url, kind.map(|(_, kind)| kind)));
        }
        if media.len() > MAX_MEDIA {
            return Err(Unreadable::ManyMedia);
        }
    }
    media.sort_by_key(|(number, ..)| *number);
    media.into_iter().map(|(_, url, kind)| attachment(url, kind)).collect()
}

fn number(name: &[u8], prefix: &[u8]) -> Option<u32> {
    std::str::from_utf8(name.strip_prefix(prefix)?).ok()?.parse().ok()
}

fn attachment(url: &[u8], kind: Option<&[u8]>) -> Result<Json, Unreadable> {
    let url = std::str::from_utf8(url).ok().filter(|url| url.len() <= MAX_URL_BYTES);
    let url = url.ok_or(Unreadable::MediaUrl)?;
    // It will be a link in somebody's browser.
    let scheme = Url::parse(url).map_err(|_| Unreadable::MediaUrl)?;
    if !matches!(scheme.scheme(), "http" | "https") {
        return Err(Unreadable::MediaUrl);
    }
    let kind = kind
        .and_then(|kind| std::str::from_utf8(kind).ok())
        .filter(|kind| !kind.is_empty() && kind.len() <= 255)
        .unwrap_or("application/octet-stream");
    Ok(Json::from_valid(serde_json::json!({ "url": url, "content_type": kind }).to_string()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLAIN: &str = "MessageSid=SM1&From=%2B12025550143&To=%2B12025550100";

    fn wrong(body: &str) -> Unreadable {
        read(body.as_bytes()).unwrap_err()
    }

    fn urls(body: &str) -> Vec<String> {
        let sms = read(body.as_bytes()).unwrap();
        sms.attachments
            .iter()
            .map(|json| serde_json::from_str::<serde_json::Value>(json.as_str()).unwrap())
            .map(|json| format!("{} {}", json["url"], json["content_type"]).replace('"', ""))
            .collect()
    }

    #[test]
    fn a_message_is_read() {
        let sms = read(format!("{PLAIN}&Body=hello+%F0%9F%91%8B&NumMedia=0").as_bytes()).unwrap();

        assert_eq!(sms.provider_id.as_str(), "SM1");
        assert_eq!(sms.from.as_str(), "+12025550143");
        assert_eq!(sms.to, "+12025550100");
        assert_eq!(sms.text, "hello 👋");
        assert_eq!(sms.attachments, []);
    }

    #[test]
    fn the_older_name_of_the_sid_will_do() {
        let sms = read(PLAIN.replace("MessageSid", "SmsSid").as_bytes()).unwrap();

        assert_eq!(sms.provider_id.as_str(), "SM1");
    }

    #[test]
    fn a_message_without_a_body_is_an_empty_one() {
        assert_eq!(read(PLAIN.as_bytes()).unwrap().text, "");
    }

    #[test]
    fn the_first_thing_wrong_is_named() {
        assert_eq!(wrong(""), Unreadable::Missing("MessageSid"));
        assert_eq!(wrong("MessageSid=SM1"), Unreadable::Missing("From"));
        assert_eq!(wrong("MessageSid=SM1&From="), Unreadable::Missing("From"));
        assert_eq!(wrong("MessageSid=SM1&From=%2B1555"), Unreadable::Missing("To"));
        assert_eq!(
            wrong("MessageSid=SM1&From=whatsapp:%2B1555&To=x"),
            Unreadable::From(PhoneNumberError::NoPlus)
        );
        assert_eq!(
            wrong(&format!("MessageSid={}&From=x&To=x", "x".repeat(129))),
            Unreadable::Id(IdError::TooLong)
        );
        assert_eq!(wrong(&format!("{PLAIN}&Body=%C3%28")), FormError::NotText("Body").into());
        assert_eq!(wrong(r#"{"MessageSid":"SM1"}"#), Unreadable::Missing("MessageSid"));
    }

    #[test]
    fn media_are_those_that_are_there_in_the_order_of_their_numbers() {
        let two = format!(
            "{PLAIN}&MediaUrl1=https://m/b&MediaUrl0=https://m/a&MediaContentType0=image/png"
        );
        let expected = ["https://m/a image/png", "https://m/b application/octet-stream"];

        for lie in ["", "&NumMedia=0", "&NumMedia=7", "&NumMedia=4294967296", "&NumMedia=x"] {
            assert_eq!(urls(&format!("{two}{lie}")), expected, "{lie}");
        }
        assert_eq!(urls(&format!("{PLAIN}&NumMedia=3")), [""; 0]);
    }

    #[test]
    fn the_eleventh_medium_and_a_script_are_refused() {
        let many: String = (0..11).map(|n| format!("&MediaUrl{n}=https://m/{n}")).collect();

        assert_eq!(wrong(&format!("{PLAIN}{many}")), Unreadable::ManyMedia);
        assert_eq!(wrong(&format!("{PLAIN}&MediaUrl0=javascript:x")), Unreadable::MediaUrl);
    }

    #[test]
    fn a_body_of_a_megabyte_is_read() {
        let body = format!("{PLAIN}&Body={}", "a".repeat(1 << 20));

        assert_eq!(read(body.as_bytes()).unwrap().text.len(), 1 << 20);
    }

    #[test]
    fn an_unreadable_message_still_shows_what_can_be_told() {
        let told = envelope(b"MessageSid=SM1&From=nobody&To=%FF");

        assert_eq!(told.provider_id.as_deref(), Some("SM1"));
        assert_eq!(told.from.as_deref(), Some("nobody"));
        assert_eq!(told.to, None);
    }

    proptest! {
        #[test]
        fn no_body_panics(body in proptest::collection::vec(any::<u8>(), 0..512)) {
            let _ = read(&body);
            let _ = envelope(&body);
        }

        #[test]
        fn no_form_panics(
            fields in proptest::collection::vec(
                ("(MessageSid|From|To|Body|NumMedia|MediaUrl[0-9]*|MediaContentType[0-9]*)", ".*"),
                0..20,
            )
        ) {
            let body =
                url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();

            let _ = read(body.as_bytes());
        }
    }
}
