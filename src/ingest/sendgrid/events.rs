//! What became of mails, read from SendGrid's batches of events.
//!
//! Source: <https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event>.

use actors::domain::{ConsentWord, MessageId, ProviderMessageId, Status, Timestamp};
use serde::Deserialize;

/// Events in one batch. SendGrid sends some hundreds at once.
const MOST_EVENTS: usize = 10_000;
/// Longest code that is kept, in bytes. Enhanced status codes (RFC 3463) have up to nine.
const MAX_CODE_BYTES: usize = 16;

/// Something that happened to a mail, or that its reader did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Our own name for it, which a mail of ours carries.
    pub message: Option<MessageId>,
    /// What SendGrid called it when it took it.
    pub provider_id: Option<ProviderMessageId>,
    pub at: Option<Timestamp>,
    pub status: Option<Status>,
    pub error_code: Option<String>,
    /// What the reader said about being written to, and by which event.
    pub says: Option<(ConsentWord, &'static str)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("events are no JSON list of objects")]
    Json,
    #[error("more than {MOST_EVENTS} events")]
    TooMany,
}

#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    event: String,
    sg_message_id: Option<String>,
    #[serde(alias = "switchboard_message")]
    message_id: Option<String>,
    timestamp: Option<serde_json::Value>,
    status: Option<serde_json::Value>,
}

/// The events of a batch that say something; other kinds are passed over.
///
/// # Errors
///
/// [`Unreadable`]: nothing of the batch is read.
pub fn read(body: &[u8]) -> Result<Vec<Event>, Unreadable> {
    let told: Vec<Told> = serde_json::from_slice(body).map_err(|_| Unreadable::Json)?;
    if told.len() > MOST_EVENTS {
        return Err(Unreadable::TooMany);
    }
    Ok(told.iter().filter_map(event).collect())
}

fn event(told: &Told) -> Option<Event> {
    let status = status(&told.event);
    let says = says(&told.event);
    if status.is_none() && says.is_none() {
        return None;
    }
    let failed = matches!(status, Some(Status::Failed | Status::Undelivered));
    Some(Event {
        message: told.message_id.as_deref().and_then(|id| MessageId::parse(id).ok()),
        provider_id: told.sg_message_id.as_deref().and_then(name),
        at: told.timestamp.as_ref().and_then(seconds),
        status,
        error_code: failed.then(|| code(told)),
        says,
    })
}

fn status(event: &str) -> Option<Status> {
    match event {
        // A receiving server that says "later" is no failure yet.
        "processed" | "deferred" => Some(Status::Sent),
        "delivered" | "spamreport" => Some(Status::Delivered),
        "open" | "click" => Some(Status::Read),
        "bounce" => Some(Status::Undelivered),
        "dropped" => Some(Status::Failed),
        _ => None,
    }
}

fn says(event: &str) -> Option<(ConsentWord, &'static str)> {
    match event {
        "spamreport" => Some((ConsentWord::OptOut, "spamreport")),
        "unsubscribe" => Some((ConsentWord::OptOut, "unsubscribe")),
        "group_unsubscribe" => Some((ConsentWord::OptOut, "group_unsubscribe")),
        "group_resubscribe" => Some((ConsentWord::OptIn, "group_resubscribe")),
        _ => None,
    }
}

/// What SendGrid answered when it took the mail stands before the first dot.
fn name(sg_message_id: &str) -> Option<ProviderMessageId> {
    let name = sg_message_id.split('.').next().unwrap_or_default();
    ProviderMessageId::parse(name).ok()
}

fn seconds(timestamp: &serde_json::Value) -> Option<Timestamp> {
    timestamp.as_i64().and_then(|at| at.checked_mul(1_000)).map(Timestamp)
}

/// The receiving server's code, or else the event's name.
fn code(told: &Told) -> String {
    let code = told.status.as_ref().and_then(|status| status.as_str());
    let good = |code: &&str| {
        !code.is_empty()
            && code.len() <= MAX_CODE_BYTES
            && code.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    code.filter(good).unwrap_or(&told.event).to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(json: &str) -> Option<Event> {
        let mut events = read(format!("[{json}]").as_bytes()).unwrap();
        assert!(events.len() <= 1);
        events.pop()
    }

    #[test]
    fn a_bounce_is_read_with_its_code_and_both_names_of_the_mail() {
        let event = one(r#"{"event":"bounce","status":"5.1.1","reason":"no such user",
            "sg_message_id":"14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
            "message_id":"m1","timestamp":1700000000,"email":"x@example.com"}"#)
        .unwrap();

        assert_eq!(event.status, Some(Status::Undelivered));
        assert_eq!(event.error_code.as_deref(), Some("5.1.1"));
        assert_eq!(event.provider_id.unwrap().as_str(), "14c5d75ce93");
        assert_eq!(event.message.unwrap().as_str(), "m1");
        assert_eq!(event.at, Some(Timestamp(1_700_000_000_000)));
    }

    #[test]
    fn every_kind_of_event_means_what_it_says() {
        let told = |kind: &str| {
            one(&format!(r#"{{"event":"{kind}"}}"#))
                .map(|event| (event.status, event.says.map(|(says, _)| says), event.error_code))
        };
        use ConsentWord::{OptIn, OptOut};

        for kind in ["processed", "deferred"] {
            assert_eq!(told(kind), Some((Some(Status::Sent), None, None)), "{kind}");
        }
        assert_eq!(told("delivered"), Some((Some(Status::Delivered), None, None)));
        assert_eq!(told("open"), Some((Some(Status::Read), None, None)));
        assert_eq!(told("dropped"), Some((Some(Status::Failed), None, Some("dropped".into()))));
        assert_eq!(told("spamreport"), Some((Some(Status::Delivered), Some(OptOut), None)));
        assert_eq!(told("unsubscribe"), Some((None, Some(OptOut), None)));
        assert_eq!(told("group_resubscribe"), Some((None, Some(OptIn), None)));
        for foreign in ["", "account_status_change", "DELIVERED"] {
            assert_eq!(told(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn what_is_no_list_of_events_is_named() {
        for body in ["", "{}", "[5]", "[\"x\"]", "null"] {
            assert_eq!(read(body.as_bytes()), Err(Unreadable::Json), "{body}");
        }
        let many = format!("[{}{{}}]", "{},".repeat(MOST_EVENTS));
        assert_eq!(read(many.as_bytes()), Err(Unreadable::TooMany));
    }

    proptest! {
        #[test]
        fn no_body_panics(body in proptest::collection::vec(any::<u8>(), 0..256)) {
            let _ = read(&body);
        }
    }
}
