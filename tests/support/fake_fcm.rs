//! Firebase Cloud Messaging as seen from here: takes service accounts and pushes on loopback, and
//! answers as it is told.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::fake_http::{Asked, FakeHttp};
use super::wait;

pub const PROJECT: &str = "switchboard-tests";
const ACCESS: &str = "an-access-token-that-only-tests-know";
const EMAIL: &str = "pusher@switchboard-tests.iam.example.com";

pub struct FakeFcm {
    http: FakeHttp,
    state: Arc<Mutex<State>>,
    folder: TempDir,
}

/// An answer that tells nobody; `None`: the device is told, and the line goes dead.
type Mishap = Option<(u16, Value)>;

#[derive(Default)]
struct State {
    /// What each device was told, as the provider was given it.
    told: Vec<Value>,
    /// Calls so far, refused ones included.
    calls: usize,
    grants: usize,
    /// Answers for the next calls about a device, in order; then it is told.
    answers: HashMap<String, Vec<Mishap>>,
    /// Each so many calls one goes wrong.
    trouble_every: Option<usize>,
    /// Calls that went wrong by that.
    troubles: usize,
    public_key: Vec<u8>,
}

impl FakeFcm {
    pub fn start() -> Self {
        let keys = KeyPair::generate(KeySize::Rsa2048).expect("a key pair");
        let private: aws_lc_rs::encoding::Pkcs8V1Der<'_> = keys.as_der().expect("PKCS#8");
        let private = STANDARD.encode(private.as_ref());
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{private}\n-----END PRIVATE KEY-----\n");
        let public_key = keys.public_key().as_ref().to_vec();
        let state = Arc::new(Mutex::new(State { public_key, ..State::default() }));
        let serving = Arc::clone(&state);
        let http = FakeHttp::start(move |asked| {
            let mut state = serving.lock().unwrap_or_else(PoisonError::into_inner);
            let (status, body) = state.answer(&asked)?;
            Some((status, Vec::new(), body.to_string()))
        });
        let folder = tempfile::tempdir().expect("a folder for the credentials");
        let account = json!({
            "type": "service_account", "project_id": PROJECT, "client_email": EMAIL,
            "private_key_id": "k1", "private_key": pem,
            "token_uri": format!("{}/token", http.url()),
        });
        std::fs::write(folder.path().join("account.json"), account.to_string()).expect("a file");
        Self { http, state, folder }
    }

    /// What a server has to be told to push through this.
    pub fn settings(&self) -> [(&'static str, String); 3] {
        let file = self.folder.path().join("account.json");
        [
            ("fcm.project_id", PROJECT.to_owned()),
            ("fcm.credentials_file", file.display().to_string()),
            ("fcm.api_base", self.http.url()),
        ]
    }

    /// The next call about a device is answered so.
    pub fn answer(&self, token: &str, status: u16, code: &str) {
        let body = json!({ "error": { "code": status, "status": code, "details": [
            { "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code },
        ]}});
        self.state().answers.entry(token.to_owned()).or_default().push(Some((status, body)));
    }

    /// The next call about a device tells it, and is not answered.
    pub fn lose_answer(&self, token: &str) {
        self.state().answers.entry(token.to_owned()).or_default().push(None);
    }

    /// From now on one call in so many is answered 429, 500 or 503, or the device is told and the
    /// line goes dead.
    pub fn trouble_every(&self, calls: usize) {
        self.state().trouble_every = Some(calls);
    }

    pub fn troubles(&self) -> usize {
        self.state().troubles
    }

    /// Everything that was told, to whichever device.
    pub fn all_told(&self) -> Vec<Value> {
        self.state().told.clone()
    }

    /// The messages a device was told, once there are this many.
    pub fn told(&self, token: &str, count: usize) -> Vec<Value> {
        wait::until(&format!("{count} pushes to {token}"), || {
            let told = self.told_now(token);
            (told.len() >= count).then_some(told)
        })
    }

    pub fn told_now(&self, token: &str) -> Vec<Value> {
        self.state().told.iter().filter(|told| told["token"] == token).cloned().collect()
    }

    pub fn calls(&self) -> usize {
        self.state().calls
    }

    /// Access tokens handed out.
    pub fn grants(&self) -> usize {
        self.state().grants
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// `None`: the line goes dead.
    fn answer(&mut self, asked: &Asked) -> Option<(u16, Value)> {
        match (asked.method.as_str(), asked.path.as_str()) {
            ("POST", "/token") => Some(grant(self, &asked.body)),
            ("POST", path) if path == format!("/v1/projects/{PROJECT}/messages:send") => {
                take(self, asked)
            }
            _ => Some((400, json!({}))),
        }
    }

    /// What is to become of this call, if not what should.
    fn mishap(&mut self, token: &str) -> Option<Mishap> {
        if let Some(planned) = self.answers.get_mut(token).filter(|planned| !planned.is_empty()) {
            return Some(planned.remove(0));
        }
        self.trouble_every.filter(|every| self.calls.is_multiple_of(*every))?;
        self.troubles += 1;
        Some(
            [Some((429, json!({}))), Some((500, json!({}))), Some((503, json!({}))), None]
                [self.troubles % 4]
                .clone(),
        )
    }
}

/// As RFC 7523 has it: a grant for an assertion that the service account signed.
fn grant(state: &mut State, body: &[u8]) -> (u16, Value) {
    let form = String::from_utf8_lossy(body);
    let field = |name: &str| {
        let value = form.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
        percent_decode_str(value.unwrap_or_default()).decode_utf8_lossy().into_owned()
    };
    let mut rules = Validation::new(Algorithm::RS256);
    rules.validate_aud = false;
    rules.set_issuer(&[EMAIL]);
    let key = DecodingKey::from_rsa_der(&state.public_key);
    let signed = decode::<Value>(field("assertion"), &key, &rules);
    let scope = "https://www.googleapis.com/auth/firebase.messaging";
    let good = field("grant_type") == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        && signed.is_ok_and(|signed| signed.claims["scope"] == scope);
    if !good {
        return (400, json!({ "error": "invalid_grant" }));
    }
    state.grants += 1;
    (200, json!({ "access_token": ACCESS, "expires_in": 3599, "token_type": "Bearer" }))
}

fn take(state: &mut State, asked: &Asked) -> Option<(u16, Value)> {
    state.calls += 1;
    if asked.headers.get("authorization") != Some(&format!("Bearer {ACCESS}")) {
        return Some((401, json!({ "error": { "status": "UNAUTHENTICATED" } })));
    }
    let asked = serde_json::from_slice::<Value>(&asked.body);
    let Ok(asked) = asked else { return Some((400, json!({}))) };
    let message = asked["message"].clone();
    let mishap = state.mishap(message["token"].as_str().unwrap_or_default());
    if let Some(Some(answer)) = mishap {
        return Some(answer);
    }
    state.told.push(message);
    if mishap.is_some() {
        return None;
    }
    Some((200, json!({ "name": format!("projects/{PROJECT}/messages/{}", state.calls) })))
}
