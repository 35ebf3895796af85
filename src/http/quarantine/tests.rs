use std::sync::Arc;

use actix_web::http::Method;
use actix_web::{App, test};
use actors::domain::Timestamp;
use secrecy::SecretString;

use super::*;
use crate::auth::{Access, ApiKeys, Keys};
use crate::http::testing::{FixedClock, MemoryPeople, team_keys};
use crate::ingest::{Envelope, Limits, Raw, Source};

struct Stage {
    journal: Arc<Journal>,
    access: Data<Access>,
    _directory: tempfile::TempDir,
}

/// A journal with this many quarantined requests, SM1 being the oldest, and one that is kept.
async fn stage(quarantined: usize) -> Stage {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(&directory.path().join("intake.db"), Limits::default()).unwrap();
    for number in 1..=quarantined {
        keep(&journal, &format!("SM{number}"), Some("signature is missing")).await;
    }
    keep(&journal, "SM-kept", None).await;
    let keys = ApiKeys::new(&[SecretString::from("key")]);
    let access = Data::new(Access {
        keys,
        tokens: Arc::new(Keys::from_secret(b"0123456789abcdef0123456789abcdef")),
        people: Arc::new(MemoryPeople::default()),
        team_keys: team_keys(),
        clock: Arc::new(FixedClock(Timestamp(0))),
    });
    Stage { journal: Arc::new(journal), access, _directory: directory }
}

async fn keep(journal: &Journal, provider_id: &str, reason: Option<&str>) {
    let raw = Raw {
        source: Source::TwilioSms,
        target: "/webhooks/twilio/sms".into(),
        content_type: None,
        signature: None,
        peer: None,
        forwarded: false,
        body: "Body=secret".into(),
    };
    let envelope = Envelope {
        provider_id: Some(provider_id.into()),
        from: Some("+1555".into()),
        ..Envelope::default()
    };
    journal.keep(raw, envelope, reason.map(Into::into), Timestamp(0)).await.unwrap();
}

impl Stage {
    async fn ask(&self, method: Method, path: &str, key: Option<&str>) -> (u16, Value) {
        let app = App::new()
            .app_data(self.access.clone())
            .configure(|config| configure(config, Data::from(Arc::clone(&self.journal))));
        let app = test::init_service(app).await;
        let mut request = test::TestRequest::default().method(method).uri(path);
        if let Some(key) = key {
            request = request.insert_header(("x-api-key", key));
        }
        let response = test::call_service(&app, request.to_request()).await;
        (response.status().as_u16(), test::read_body_json(response).await)
    }

    async fn list(&self, query: &str) -> (u16, Value) {
        self.ask(Method::GET, &format!("/v1/quarantine{query}"), Some("key")).await
    }
}

fn ids(answer: &Value) -> Vec<&str> {
    let rows = answer["data"].as_array().unwrap();
    rows.iter().map(|row| row["provider_id"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn a_stranger_sees_and_changes_nothing() {
    let stage = stage(1).await;

    for (method, path) in [
        (Method::GET, "/v1/quarantine"),
        (Method::POST, "/v1/quarantine/1/release"),
        (Method::DELETE, "/v1/quarantine/1"),
    ] {
        for key in [None, Some("wrong")] {
            assert_eq!(stage.ask(method.clone(), path, key).await.0, 401, "{path}");
        }
    }

    assert_eq!(ids(&stage.list("").await.1), ["SM1"]);
}

#[actix_web::test]
async fn the_list_shows_what_waits_and_no_bodies() {
    let stage = stage(1).await;

    let (status, answer) = stage.list("").await;

    assert_eq!(status, 200);
    assert_eq!(
        answer,
        json!({
            "success": true,
            "data": [{
                "_id": "1", "source": "twilio_sms", "reason": "signature is missing",
                "provider_id": "SM1", "from": "+1555", "to": null,
                "received_at": "1970-01-01T00:00:00.000Z",
            }],
            "paging": { "limit": 20, "next": null },
        })
    );
}

#[actix_web::test]
async fn pages_go_on_where_the_last_one_ended() {
    let stage = stage(3).await;

    let first = stage.list("?limit=2").await.1;
    let next = first["paging"]["next"].as_str().unwrap();
    let second = stage.list(&format!("?limit=2&next={next}")).await.1;

    assert_eq!(ids(&first), ["SM3", "SM2"]);
    assert_eq!(ids(&second), ["SM1"]);
    assert_eq!(second["paging"]["next"], Value::Null);
}

#[actix_web::test]
async fn what_is_no_page_is_answered_400() {
    let stage = stage(0).await;

    for query in ["?limit=0", "?limit=101", "?limit=x", "?next=x", "?limit=1&limit=2"] {
        let (status, answer) = stage.list(query).await;
        assert_eq!((status, &answer["error"]), (400, &json!("VALIDATION_ERROR")), "{query}");
    }
}

#[actix_web::test]
async fn what_is_released_leaves_the_list_and_is_kept_for_delivery() {
    let stage = stage(1).await;

    let (status, answer) = stage.ask(Method::POST, "/v1/quarantine/1/release", Some("key")).await;

    assert_eq!((status, answer), (200, json!({ "success": true, "message": "SUCCESS" })));
    assert!(ids(&stage.list("").await.1).is_empty());
    assert_eq!(stage.journal.depth().await.unwrap(), 2);
    assert_eq!(stage.ask(Method::POST, "/v1/quarantine/1/release", Some("key")).await.0, 404);
}

#[actix_web::test]
async fn what_is_deleted_is_gone_and_a_kept_request_cannot_be() {
    let stage = stage(1).await;

    assert_eq!(stage.ask(Method::DELETE, "/v1/quarantine/1", Some("key")).await.0, 200);
    assert_eq!(stage.ask(Method::DELETE, "/v1/quarantine/1", Some("key")).await.0, 404);
    for id in ["2", "x", "99999999999999999999"] {
        let path = format!("/v1/quarantine/{id}");
        assert_eq!(stage.ask(Method::DELETE, &path, Some("key")).await.0, 404, "{id}");
    }

    assert!(ids(&stage.list("").await.1).is_empty());
    assert_eq!(stage.journal.depth().await.unwrap(), 1);
}
