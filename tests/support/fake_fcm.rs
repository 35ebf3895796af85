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

#[derive(Default)]
struct State {
    /// What each device was told, as the provider was given it.
    told: Vec<Value>,
    /// Calls so far, refused ones included.
    calls: usize,
    grants: usize,
    /// Answers for the next calls about a device, in order; then it is told.
    answers: HashMap<String, Vec<(u16, Value)>>,
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
            let (status, body) = state.answer(&asked);
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
        self.state().answers.entry(token.to_owned()).or_default().push((status, body));
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
    fn answer(&mut self, asked: &Asked) -> (u16, Value) {
        match (asked.method.as_str(), asked.path.as_str()) {
            ("POST", "/token") => grant(self, &asked.body),
            ("POST", path) if path == format!("/v1/projects/{PROJECT}/messages:send") => {
                take(self, asked)
            }
            _ => (400, json!({})),
        }
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

fn take(state: &mut State, asked: &Asked) -> (u16, Value) {
    state.calls += 1;
    if asked.headers.get("authorization") != Some(&format!("Bearer {ACCESS}")) {
        return (401, json!({ "error": { "status": "UNAUTHENTICATED" } }));
    }
    let Ok(asked) = serde_json::from_slice::<Value>(&asked.body) else { return (400, json!({})) };
    let message = asked["message"].clone();
    let token = message["token"].as_str().unwrap_or_default();
    if let Some(answers) = state.answers.get_mut(token)
        && !answers.is_empty()
    {
        return answers.remove(0);
    }
    state.told.push(message);
    (200, json!({ "name": format!("projects/{PROJECT}/messages/{}", state.calls) }))
}
