use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::ingest::sendgrid::fields::tests::{KIND, form};

const HEADERS: &[u8] = include_bytes!("../../../../tests/fixtures/sendgrid/headers.txt");
const RAW: &[u8] = include_bytes!("../../../../tests/fixtures/sendgrid/raw.eml");

async fn mail(fields: &[(&str, &[u8])]) -> Mail {
    read(Some(KIND), &form(fields)).await.map_err(|error| error.to_string()).unwrap()
}

fn json(mail: &Mail) -> Value {
    serde_json::from_str(mail.email.as_str()).unwrap()
}

#[tokio::test]
async fn a_mail_taken_apart_by_sendgrid_is_read() {
    let mail = mail(&[
        ("headers", HEADERS),
        ("subject", b"Re: Your offer"),
        ("from", b"Carl <wrong@customer.example>"),
        ("text", b"Sounds gr\xfcn.\r\n"),
        ("html", b"<p>Sounds <b>good</b>.</p>"),
        ("envelope", br#"{"to":["Sales@acme.example"],"from":"bounce@customer.example"}"#),
        ("charsets", br#"{"text":"windows-1252","html":"UTF-8","subject":"UTF-8"}"#),
    ])
    .await;

    assert_eq!(mail.provider_id.as_str(), "CAF-123@mail.customer.example");
    assert_eq!(mail.from.as_str(), "Carl@Customer.example");
    assert_eq!(mail.name.as_deref(), Some("Carl Grün"));
    assert_eq!(mail.to, ["Sales@acme.example"]);
    assert_eq!(mail.text, "Sounds grün.");
    assert_eq!(
        json(&mail),
        json!({
            "subject": "Re: Your offer",
            "from": "Carl@Customer.example",
            "to": ["sales@acme.example", "other@acme.example"],
            "cc": ["dora@customer.example"],
            "bcc": [],
            "html": "<p>Sounds <b>good</b>.</p>",
            "message_id": "<CAF-123@mail.customer.example>",
            "in_reply_to": "<m1@acme.example>",
            "references": ["<m0@acme.example>", "<m1@acme.example>"],
            "provider": "sendgrid",
        })
    );
}

#[tokio::test]
async fn a_whole_mail_is_read_with_its_charsets_and_files() {
    let mail = mail(&[("email", RAW)]).await;

    assert_eq!(mail.provider_id.as_str(), "raw-1@mail.customer.example");
    assert_eq!(mail.text, "Schöne Grüße");
    assert_eq!(mail.to, ["sales@acme.example"]);
    assert_eq!(json(&mail)["subject"], "Grüße");
    assert_eq!(json(&mail)["html"], "<p>Schöne <b>Grüße</b></p>");
    assert_eq!(mail.files.len(), 1);
    let file = &mail.files[0];
    assert_eq!((file.name.as_str(), &file.content[..]), ("plan.pdf", &b"plan"[..]));
    assert_eq!(file.content_type.as_deref(), Some("application/pdf"));
}

#[tokio::test]
async fn without_a_message_id_the_same_mail_has_the_same_name() {
    let named = |text: &'static [u8]| async move {
        let mail = mail(&[("from", b"carl@customer.example"), ("text", text)]).await;
        mail.provider_id.as_str().to_owned()
    };

    assert_eq!(named(b"one").await, named(b"one").await);
    assert_ne!(named(b"one").await, named(b"two").await);
    assert!(named(b"one").await.starts_with("sha256:"));
    let long = format!("From: a@b.example\r\nMessage-ID: <{}@b.example>", "x".repeat(300));
    let mail = mail(&[("headers", long.as_bytes())]).await;
    assert!(mail.provider_id.as_str().starts_with("sha256:"));
}

#[tokio::test]
async fn consent_is_read_from_what_is_new_and_not_from_what_is_quoted() {
    let says = |subject: &'static str, text: &'static str| async move {
        let from: (&str, &[u8]) = ("from", b"carl@customer.example");
        mail(&[from, ("subject", subject.as_bytes()), ("text", text.as_bytes())]).await.says
    };
    use ConsentWord::{Doubtful, OptOut};

    assert_eq!(says("Re: Offer", "STOP\n\nOn Sat Ana wrote:\n> hi").await, Some(OptOut));
    assert_eq!(says("unsubscribe", "").await, Some(OptOut));
    assert_eq!(says("Offer", "please stop emailing me").await, Some(Doubtful));
    assert_eq!(says("Re: unsubscribe", "Fine\n> to unsubscribe, reply STOP").await, None);
    assert_eq!(says("Offer", "yes").await, None);
    let machine = b"From: a@b.example\r\nAuto-Submitted: auto-replied\r\nSubject: stop";
    assert_eq!(mail(&[("headers", machine), ("text", b"STOP")]).await.says, None);
}

#[tokio::test]
async fn the_first_thing_wrong_is_named() {
    let error = |fields: Vec<(&'static str, &'static [u8])>| async move {
        read(Some(KIND), &form(&fields)).await.err()
    };

    assert_eq!(error(vec![("text", b"x")]).await, Some(Unreadable::NoSender));
    let odd = error(vec![("from", b"Carl <carl>")]).await;
    assert_eq!(odd, Some(Unreadable::From(MailAddressError::Incomplete)));
    let none = read(Some("text/plain"), &"x".into()).await.err();
    assert_eq!(none, Some(Unreadable::Form(FieldsError::NoForm)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_form_panics(
        headers in proptest::collection::vec(any::<u8>(), 0..256),
        email in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..512)),
        text in proptest::collection::vec(any::<u8>(), 0..256),
        envelope in ".{0,64}",
        charsets in r#"\{"text":"(utf-8|utf-16|x|iso-2022-jp)"\}"#,
    ) {
        let mut fields: Vec<(&str, &[u8])> = vec![
            ("headers", &headers), ("text", &text), ("html", &text),
            ("envelope", envelope.as_bytes()), ("charsets", charsets.as_bytes()),
        ];
        if let Some(email) = &email {
            fields.push(("email", email));
        }
        let body = form(&fields);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let _ = read(Some(KIND), &body).await;
            let _ = envelope_only(&body).await;
        });
    }
}

async fn envelope_only(body: &Bytes) -> Envelope {
    super::envelope(Some(KIND), body).await
}
