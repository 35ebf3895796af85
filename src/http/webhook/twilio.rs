//! `POST /webhooks/twilio/sms` and `/webhooks/twilio/status`: answered once it is on disk, and not
//! later. What it says and whether it can be believed is found out afterwards; Twilio does not ask
//! again.

use std::time::Duration;

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::taking::{fault, raw, read, text};
use crate::answer::Fault;
use crate::ingest::{Intake, Raw, Source};

/// The answer that tells Twilio to send nothing back.
const NO_REPLY: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Response></Response>"#;
/// How long a body may take to come in: Twilio itself gives up after 15 seconds.
const BODY_WITHIN: Duration = Duration::from_secs(15);

/// # Errors
///
/// - 403 when signatures are enforced and this one is doubtful.
/// - 413 when the body is too long.
/// - 503 when the request could not be kept.
pub async fn sms(
    request: HttpRequest,
    payload: Payload,
    intake: Data<Intake>,
) -> Result<HttpResponse, Fault> {
    receive(&request, payload, &intake, Source::TwilioSms).await
}

/// # Errors
///
/// As [`sms`].
pub async fn status(
    request: HttpRequest,
    payload: Payload,
    intake: Data<Intake>,
) -> Result<HttpResponse, Fault> {
    receive(&request, payload, &intake, Source::TwilioStatus).await
}

async fn receive(
    request: &HttpRequest,
    payload: Payload,
    intake: &Intake,
    source: Source,
) -> Result<HttpResponse, Fault> {
    let body = read(request, payload, intake, source, BODY_WITHIN).await?;
    let signature = text(request, "x-twilio-signature");
    intake.take(Raw { signature, ..raw(request, source, body) }).await.map_err(fault)?;
    Ok(HttpResponse::Ok().content_type("text/xml").body(NO_REPLY))
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::sync::Arc;

    use actix_web::http::header::CONTENT_TYPE;
    use actix_web::web::Bytes;
    use actix_web::{App, test};
    use actors::domain::Timestamp;
    use secrecy::SecretString;
    use serde_json::Value;
    use tempfile::TempDir;

    use super::*;
    use crate::http::testing::FixedClock;
    use crate::http::webhook::configure;
    use crate::ingest::{Journal, Kept, Limits, sendgrid, twilio};
    use crate::settings::SignatureMode;

    const SMS: &str = "MessageSid=SM1&From=%2B12025550143&To=%2B12025550100&Body=hi";

    struct Stage {
        intake: Data<Intake>,
        _directory: TempDir,
    }

    fn stage(token: Option<&str>, mode: SignatureMode, limits: Limits) -> Stage {
        let directory = tempfile::tempdir().unwrap();
        let journal = Journal::open(&directory.path().join("intake.db"), limits).unwrap();
        let intake = Data::new(Intake {
            journal: Arc::new(journal),
            twilio: twilio::Settings {
                auth_token: token.map(SecretString::from),
                public_url: Some("https://sms.example.com".into()),
                mode,
            },
            sendgrid: sendgrid::Settings::default(),
            clock: Arc::new(FixedClock(Timestamp(7))),
            body_limit: 1_000,
            mail_limit: 1_000,
        });
        Stage { intake, _directory: directory }
    }

    impl Stage {
        async fn post(&self, body: impl Into<Bytes>) -> (u16, Option<String>, String) {
            let intake = self.intake.clone();
            let app = test::init_service(App::new().configure(|c| configure(c, intake))).await;
            let request = test::TestRequest::post()
                .uri("/webhooks/twilio/sms")
                .peer_addr(SocketAddr::from(([127, 0, 0, 1], 5_000)))
                .set_payload(body)
                .to_request();
            let response = test::call_service(&app, request).await;
            let status = response.status().as_u16();
            let kind = response.headers().get(CONTENT_TYPE).map(|k| k.to_str().unwrap().to_owned());
            (status, kind, String::from_utf8(test::read_body(response).await.to_vec()).unwrap())
        }

        async fn kept(&self) -> usize {
            self.intake.journal.kept_after(Kept(0), 100, 1 << 20).await.unwrap().len()
        }

        async fn quarantined(&self) -> Vec<String> {
            let all = self.intake.journal.quarantined(None, 100).await.unwrap();
            all.into_iter().map(|one| one.reason).collect()
        }
    }

    fn error(body: &str) -> (u64, String) {
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["success"], false);
        (body["errno"].as_u64().unwrap(), body["error"].as_str().unwrap().to_owned())
    }

    #[actix_web::test]
    async fn a_message_is_answered_with_empty_twiml_when_it_is_kept() {
        let stage = stage(None, SignatureMode::Quarantine, Limits::default());

        let (status, kind, body) = stage.post(SMS).await;

        assert_eq!((status, kind.as_deref()), (200, Some("text/xml")));
        assert_eq!(body, r#"<?xml version="1.0" encoding="UTF-8"?><Response></Response>"#);
        assert_eq!(stage.kept().await, 1);
    }

    #[actix_web::test]
    async fn a_doubtful_message_is_answered_like_any_other_and_set_aside() {
        let stage = stage(Some("12345"), SignatureMode::Quarantine, Limits::default());

        let (status, _, body) = stage.post(SMS).await;

        assert_eq!((status, body.as_str()), (200, NO_REPLY));
        assert_eq!(stage.kept().await, 0);
        assert_eq!(stage.quarantined().await, ["signature is missing"]);
    }

    #[actix_web::test]
    async fn an_enforced_signature_answers_403_and_keeps_nothing() {
        let stage = stage(Some("12345"), SignatureMode::Enforce, Limits::default());

        let (status, _, body) = stage.post(SMS).await;

        assert_eq!((status, error(&body)), (403, (403, "FORBIDDEN".into())));
        assert_eq!((stage.kept().await, stage.quarantined().await.len()), (0, 0));
    }

    #[actix_web::test]
    async fn a_body_one_byte_too_long_is_answered_413() {
        let stage = stage(None, SignatureMode::Quarantine, Limits::default());

        assert_eq!(stage.post(vec![b'a'; 1_000]).await.0, 200);
        let (status, _, body) = stage.post(vec![b'a'; 1_001]).await;

        assert_eq!((status, error(&body)), (413, (413, "PAYLOAD_TOO_LARGE".into())));
        assert_eq!(stage.kept().await, 1);
    }

    #[actix_web::test]
    async fn another_method_is_answered_405() {
        let stage = stage(None, SignatureMode::Quarantine, Limits::default());
        let intake = stage.intake.clone();
        let app = test::init_service(App::new().configure(|c| configure(c, intake))).await;

        let request = test::TestRequest::get().uri("/webhooks/twilio/sms").to_request();

        assert_eq!(test::call_service(&app, request).await.status(), 405);
    }

    #[actix_web::test]
    async fn a_journal_without_room_answers_503() {
        let limits = Limits { rows: 1, ..Limits::default() };
        let stage = stage(None, SignatureMode::Quarantine, limits);

        assert_eq!(stage.post(SMS).await.0, 200);
        let (status, _, body) = stage.post(SMS).await;

        assert_eq!((status, error(&body)), (503, (503, "SERVICE_UNAVAILABLE".into())));
        assert_eq!(stage.kept().await, 1);
    }
}
