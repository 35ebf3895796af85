//! The routes, asked as a caller asks them.

mod custom_event_tests;

use std::sync::Arc;

use actix_web::dev::ServiceResponse;
use actix_web::http::{Method, header};
use actix_web::middleware::from_fn;
use actix_web::{App, test, web};
use actors::domain::*;
use actors::engine::{Failure, Route};
use actors::ports::{Communications, Unavailable};
use parking_lot::Mutex;
use secrecy::SecretString;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::testing::{FixedClock, MemoryPeople, team_keys};
use super::*;
use crate::auth::{ApiKeys, Keys};
use crate::custom_event::{CustomEvents, EventName, Scraper};

#[derive(Default)]
struct Told(Mutex<Vec<String>>);

#[async_trait::async_trait(?Send)]
impl Emits for Told {
    async fn message(&self, route: &Route, id: &MessageId) -> Result<(), Failure> {
        match id.as_str() {
            "nobody" => Err(Failure::NotFound("message")),
            "cut" => Err(Unavailable::new("loading", "disk").into()),
            id => {
                self.0.lock().push(format!("{route:?} message {id}"));
                Ok(())
            }
        }
    }

    async fn conversation(
        &self,
        route: &Route,
        id: &ConversationId,
        is_new: bool,
    ) -> Result<(), Failure> {
        self.0.lock().push(format!("{route:?} conversation {id} {is_new}"));
        Ok(())
    }
}

impl CustomEvents for Told {
    fn to_users(&self, users: Vec<UserId>, event: &EventName, payload: &RawValue) {
        self.0.lock().push(format!("{users:?} {} {payload}", event.as_str()));
    }

    fn to_scraper(&self, target: &str, event: &EventName, payload: &RawValue) -> bool {
        self.0.lock().push(format!("{target} {} {payload}", event.as_str()));
        target == "there"
    }

    fn scrapers(&self) -> Vec<Scraper> {
        Vec::new()
    }
}

#[async_trait::async_trait(?Send)]
impl Dismissals for Told {
    async fn take_out(&self, id: &ConversationId, user: UserId) -> Result<(), Failure> {
        if id.as_str() == "nowhere" {
            return Err(Failure::NotFound("conversation"));
        }
        self.0.lock().push(format!("{user} leaves {id}"));
        Ok(())
    }

    fn disconnect(&self, user: &UserId) {
        self.0.lock().push(format!("{user} is sent away"));
    }
}

struct Scene {
    shared: Shared,
    people: Arc<MemoryPeople>,
    told: Arc<Told>,
}

struct Answered {
    status: u16,
    body: Value,
    allow: Option<String>,
}

fn scene() -> Scene {
    let people = Arc::new(MemoryPeople::default());
    let told = Arc::new(Told::default());
    let access = Access {
        keys: ApiKeys::new(&[SecretString::from("key")]),
        tokens: Arc::new(Keys::from_secret(b"secret")),
        people: people.clone(),
        team_keys: team_keys(),
        clock: Arc::new(FixedClock(Timestamp(0))),
    };
    let surface = Surface {
        people: people.clone(),
        communications: people.clone(),
        conversations: people.clone(),
        emits: told.clone(),
        custom_events: told.clone(),
        emit_limit: RateLimit::per_minute(100),
        dismissals: told.clone(),
        probes: vec![Probe::new("store", || async { true })],
    };
    let limits = BodyLimits { bytes: 1_000, depth: 8 };
    let shared =
        Shared { access: web::Data::new(access), surface: web::Data::new(surface), limits };
    Scene { shared, people, told }
}

impl Scene {
    async fn send(&self, request: test::TestRequest) -> Answered {
        let app = App::new()
            .wrap(from_fn(envelope))
            .configure(|config| configure(config, &self.shared))
            .route("/panicky/{n}", web::get().to(|_: web::Path<u8>| async { "" }))
            .route("/form", web::post().to(|_: web::Json<u8>| async { "" }));
        let app = test::init_service(app).await;
        let answer: ServiceResponse<_> = test::call_service(&app, request.to_request()).await;
        let allow = answer.headers().get(header::ALLOW).map(|v| v.to_str().unwrap().to_owned());
        let status = answer.status().as_u16();
        let body = test::read_body(answer).await;
        let body = serde_json::from_slice(&body).expect("every answer is JSON");
        Answered { status, body, allow }
    }

    async fn put(&self, path: &str, body: Value) -> Answered {
        self.send(with_key(Method::PUT, path).set_json(body)).await
    }

    async fn get(&self, path: &str) -> Answered {
        self.send(with_key(Method::GET, path)).await
    }
}

fn with_key(method: Method, path: &str) -> test::TestRequest {
    test::TestRequest::with_uri(path).method(method).insert_header(("x-api-key", "key"))
}

fn assert_envelope(answered: &Answered, errno: u16, code: &str) {
    assert_eq!(answered.status, errno, "{}", answered.body);
    assert_eq!(answered.body["success"], false);
    assert_eq!(answered.body["errno"], errno);
    assert_eq!(answered.body["error"], code);
    assert!(answered.body["message"].is_string());
}

#[actix_web::test]
async fn what_was_put_is_answered_and_read_back() {
    let scene = scene();
    for (path, body) in [
        ("/v1/accounts/default", json!({"name": "Us", "time_zone": "Europe/Paris"})),
        ("/v1/channels/sms", json!({"kind": "SMS", "name": "Sales", "address": "+12025550143"})),
        ("/v1/users/ana", json!({"name": "Ana", "email": "ana@example.com"})),
        ("/v1/contacts/joe", json!({"name": "Joe", "phone": "+1 202 555 0100", "platform": "x"})),
    ] {
        let first = scene.put(path, body.clone()).await;
        let again = scene.put(path, first.body.clone()).await;

        assert_eq!((first.status, again.status), (200, 200), "{}", again.body);
        assert_eq!(first.body["_id"], path.rsplit('/').next().unwrap());
        assert_eq!(scene.get(path).await.body, first.body);
        assert_eq!(again.body, first.body);
    }
    assert_eq!(scene.get("/v1/contacts/joe").await.body["phone"], "+12025550100");
}

#[actix_web::test]
async fn without_the_key_every_route_is_closed_and_says_so_in_one_form() {
    let scene = scene();
    for (method, path) in [
        (Method::GET, "/v1/accounts/a"),
        (Method::PUT, "/v1/channels/a"),
        (Method::PUT, "/v1/users/a"),
        (Method::GET, "/v1/contacts/a"),
        (Method::PUT, "/v1/users/a/push-tokens/t"),
        (Method::DELETE, "/v1/users/a/push-tokens/t"),
        (Method::PUT, "/v1/communications/a"),
        (Method::GET, "/v1/communications/a"),
        (Method::GET, "/conversations/prospect/emit/message/m"),
        (Method::POST, "/emit/a"),
        (Method::POST, "/emit/a/b"),
        (Method::POST, "/lead-finder/a"),
        (Method::GET, "/lead-finder/sockets"),
        (Method::POST, "/conversations/prospect/emit/conversation/c/new"),
    ] {
        let request = test::TestRequest::with_uri(path).method(method);

        let answered = scene.send(request.set_json(json!({"broken": 1}))).await;

        assert_envelope(&answered, 401, "UNAUTHORIZED");
        assert_eq!(answered.body["message"], "Unauthorized");
    }
    assert!(scene.told.0.lock().is_empty());
}

#[actix_web::test]
async fn nothing_moves_to_another_account() {
    let scene = scene();
    let user = |account: &str| json!({"account_id": account, "name": "A", "email": "a@b.c"});
    scene.put("/v1/users/ana", user("one")).await;

    let moved = scene.put("/v1/users/ana", user("two")).await;

    assert_envelope(&moved, 409, "CONFLICT");
    assert_eq!(scene.get("/v1/users/ana").await.body["account_id"], "one");
}

#[actix_web::test]
async fn two_channels_cannot_share_an_address() {
    let scene = scene();
    let channel = json!({"kind": "SMS", "name": "n", "address": "+12025550143"});
    scene.put("/v1/channels/one", channel.clone()).await;

    assert_envelope(&scene.put("/v1/channels/two", channel).await, 409, "CONFLICT");
}

#[actix_web::test]
async fn what_cannot_be_read_is_refused_in_one_form() {
    let scene = scene();
    let put = |path: &str| with_key(Method::PUT, path);
    let json = ("content-type", "application/json");
    let path = "/v1/users/ana";

    let malformed = put(path).insert_header(json).set_payload("{\"name\": ");
    assert_envelope(&scene.send(malformed).await, 400, "VALIDATION_ERROR");
    let empty = put(path).insert_header(json);
    assert_envelope(&scene.send(empty).await, 400, "VALIDATION_ERROR");
    let deep = put(path).insert_header(json).set_payload("[".repeat(500));
    assert_envelope(&scene.send(deep).await, 400, "VALIDATION_ERROR");
    let long = put(path).insert_header(json).set_payload(" ".repeat(1_001));
    assert_envelope(&scene.send(long).await, 413, "PAYLOAD_TOO_LARGE");
    let form = put(path).insert_header(("content-type", "text/plain")).set_payload("{}");
    assert_envelope(&scene.send(form).await, 415, "UNSUPPORTED_MEDIA_TYPE");
    assert_envelope(&scene.put(path, json!([])).await, 400, "VALIDATION_ERROR");
    assert_envelope(&scene.put(path, json!({"name": 5})).await, 400, "VALIDATION_ERROR");
    let other = json!({"name": "A", "email": "a@b.c", "admin": true});
    assert_envelope(&scene.put(path, other).await, 400, "VALIDATION_ERROR");
    let long_id = format!("/v1/users/{}", "x".repeat(129));
    assert_envelope(&scene.get(&long_id).await, 400, "VALIDATION_ERROR");
    assert_envelope(&scene.get("/v1/users/a%00b").await, 400, "VALIDATION_ERROR");
    assert_envelope(&scene.get(path).await, 404, "NOT_FOUND");
}

#[actix_web::test]
async fn unknown_routes_and_wrong_methods_have_the_form_of_every_failure() {
    let scene = scene();
    for path in ["/", "/v1", "/v1/users", "/v1/users/a/b", "/conversations/x/emit/message"] {
        assert_envelope(&scene.get(path).await, 404, "NOT_FOUND");
    }
    let wrong = scene.send(with_key(Method::DELETE, "/v1/users/ana")).await;
    assert_envelope(&wrong, 405, "METHOD_NOT_ALLOWED");
    assert_eq!(wrong.allow.as_deref(), Some("GET, PUT"));
    let put = scene.put("/conversations/prospect/emit/message/m", json!({})).await;
    assert_eq!(put.allow.as_deref(), Some("GET, POST"));
}

#[actix_web::test]
async fn what_actix_itself_refuses_has_the_form_of_every_failure() {
    let scene = scene();

    assert_envelope(&scene.get("/panicky/x").await, 404, "NOT_FOUND");
    let form = with_key(Method::POST, "/form").set_json("x");
    assert_envelope(&scene.send(form).await, 400, "VALIDATION_ERROR");
}

fn incoming(text: &str) -> Value {
    json!({"type": "INCOMING", "data": text, "sent_by": "joe", "UUID": "u1"})
}

#[actix_web::test]
async fn a_communication_may_change_until_it_is_emitted() {
    let scene = scene();
    scene.put("/v1/contacts/joe", json!({})).await;
    let path = "/v1/communications/m1";
    assert_eq!(scene.put(path, incoming("first")).await.status, 200);
    let second = scene.put(path, incoming("second")).await;
    assert_eq!(second.body["data"], "second");
    assert_eq!(second.body["createdAt"], Value::Null);
    assert_eq!(scene.get(path).await.body, second.body);

    let kept = scene.people.communication(&MessageId::parse("m1").unwrap()).await.unwrap();
    scene.people.emitted(&kept.unwrap()).await.unwrap();

    assert_eq!(scene.put(path, incoming("second")).await.status, 200);
    assert_envelope(&scene.put(path, incoming("third")).await, 409, "CONFLICT");
    assert_eq!(scene.get(path).await.body["data"], "second");
}

#[actix_web::test]
async fn a_note_can_be_put_and_a_key_never_reads_it_back() {
    let scene = scene();
    scene.put("/v1/contacts/joe", json!({})).await;
    scene.put("/v1/users/ana", json!({"name": "Ana", "email": "ana@example.com"})).await;
    let note = json!({"type": "NOTE", "data": "secret", "sent_by": "ana", "contact_id": "joe",
                      "mentions": []});

    assert_eq!(scene.put("/v1/communications/n1", note).await.status, 200);

    let read = scene.get("/v1/communications/n1").await;
    assert_envelope(&read, 404, "NOT_FOUND");
    assert_eq!(read.body, scene.get("/v1/communications/unknown").await.body);
}

#[actix_web::test]
async fn an_emit_reaches_the_engine_by_get_and_by_post() {
    let scene = scene();
    for method in [Method::GET, Method::POST] {
        let answered =
            scene.send(with_key(method, "/conversations/prospect/emit/message/m1")).await;

        assert_eq!(answered.body, json!({"success": true, "message": "SUCCESS"}));
    }
    scene.get("/conversations/sms/emit/conversation/c1/new").await;
    scene.get("/conversations/prospect/emit/conversation/c1/existing").await;

    assert_eq!(
        *scene.told.0.lock(),
        [
            "Any message m1",
            "Any message m1",
            "Channel(sms) conversation c1 true",
            "Any conversation c1 false"
        ]
    );
    let other = scene.get("/conversations/prospect/emit/conversation/c1/true").await;
    assert_envelope(&other, 400, "VALIDATION_ERROR");
    let unknown = scene.get("/conversations/prospect/emit/message/nobody").await;
    assert_envelope(&unknown, 404, "NOT_FOUND");
    let cut = scene.get("/conversations/prospect/emit/message/cut").await;
    assert_envelope(&cut, 503, "SERVICE_UNAVAILABLE");
}

#[actix_web::test]
async fn a_device_is_registered_once_and_dropped() {
    let scene = scene();
    let path = "/v1/users/ana/push-tokens/abc:def%2Fg";
    assert_envelope(&scene.send(with_key(Method::PUT, path)).await, 404, "NOT_FOUND");
    scene.put("/v1/users/ana", json!({"name": "Ana", "email": "ana@example.com"})).await;

    for _ in 0..2 {
        let answered = scene.send(with_key(Method::PUT, path)).await;
        assert_eq!(answered.body, json!({"user_id": "ana", "token": "abc:def/g"}));
    }
    assert_eq!(scene.get(path).await.status, 200);

    let dropped = scene.send(with_key(Method::DELETE, path)).await;
    assert_eq!(dropped.body, json!({"success": true, "message": "SUCCESS"}));
    assert_envelope(&scene.get(path).await, 404, "NOT_FOUND");
}

#[actix_web::test]
async fn a_participant_is_taken_out_by_those_with_a_key_only() {
    let scene = scene();
    let path = "/v1/conversations/prospect/c1/participants/ana";
    assert_envelope(
        &scene.send(test::TestRequest::with_uri(path).method(Method::DELETE)).await,
        401,
        "UNAUTHORIZED",
    );

    let done = scene.send(with_key(Method::DELETE, path)).await;

    assert_eq!(done.body, json!({"success": true, "message": "SUCCESS"}));
    assert_eq!(*scene.told.0.lock(), ["ana leaves c1"]);
    let nowhere = "/v1/conversations/prospect/nowhere/participants/ana";
    assert_envelope(&scene.send(with_key(Method::DELETE, nowhere)).await, 404, "NOT_FOUND");
    assert_eq!(scene.send(with_key(Method::PUT, path)).await.status, 405);
}

#[actix_web::test]
async fn a_user_who_is_made_inactive_is_sent_away_once_that_is_kept() {
    let scene = scene();
    let body = |active: bool| json!({"name": "Ana", "email": "a@example.com", "active": active});

    scene.put("/v1/users/ana", body(true)).await;
    assert!(scene.told.0.lock().is_empty());
    scene.put("/v1/users/ana", body(false)).await;

    assert_eq!(*scene.told.0.lock(), ["ana is sent away"]);
}

#[actix_web::test]
async fn readiness_names_what_is_cut() {
    let mut scene = scene();
    assert_eq!(scene.get("/health").await.status, 200);
    assert_eq!(scene.get("/ready").await.body["checks"], json!({"store": "ok"}));

    let surface = Surface {
        people: scene.people.clone(),
        communications: scene.people.clone(),
        conversations: scene.people.clone(),
        emits: scene.told.clone(),
        custom_events: scene.told.clone(),
        emit_limit: RateLimit::per_minute(100),
        dismissals: scene.told.clone(),
        probes: vec![
            Probe::new("store", || async { true }),
            Probe::new("intake", || async { false }),
        ],
    };
    scene.shared.surface = web::Data::new(surface);

    let cut = scene.get("/ready").await;
    assert_envelope(&cut, 503, "SERVICE_UNAVAILABLE");
    assert_eq!(cut.body["checks"], json!({"store": "ok", "intake": "cut"}));
}
