//! SendGrid's mail/send and e-mail activity, as far as sending goes.
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use url::form_urlencoded;

use super::fake_http::{Answer, Asked, FakeHttp};

pub const API_KEY: &str = "SG.a-key-that-only-tests-know";

#[derive(Clone, Copy, Debug)]
pub enum Mishap {
    /// Nothing is taken: 429.
    Busy,
    /// It is taken, and the line goes dead.
    AnswerLost,
    /// Nothing is taken: 400.
    Refused,
}

#[derive(Default)]
struct State {
    letters: Vec<Value>,
    mishaps: VecDeque<Mishap>,
}

pub struct FakeSendgrid {
    http: FakeHttp,
    state: Arc<Mutex<State>>,
}

impl FakeSendgrid {
    pub fn start() -> Self {
        let state: Arc<Mutex<State>> = Arc::default();
        let shared = Arc::clone(&state);
        Self { http: FakeHttp::start(move |asked| answer(&shared, &asked)), state }
    }

    pub fn url(&self) -> String {
        self.http.url()
    }

    pub fn mishaps(&self, mishaps: impl IntoIterator<Item = Mishap>) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).mishaps.extend(mishaps);
    }

    pub fn letters(&self) -> Vec<Value> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).letters.clone()
    }
}

fn answer(shared: &Mutex<State>, asked: &Asked) -> Answer {
    if asked.headers.get("authorization")? != &format!("Bearer {API_KEY}") {
        return Some((401, vec![], "{}".into()));
    }
    let mut state = shared.lock().unwrap_or_else(PoisonError::into_inner);
    if asked.method == "GET" && asked.path == "/v3/messages" {
        return Some((200, vec![], activity(&state, &asked.query).to_string()));
    }
    if asked.path != "/v3/mail/send" {
        return Some((404, vec![], "{}".into()));
    }
    let mishap = state.mishaps.pop_front();
    match mishap {
        Some(Mishap::Busy) => return Some((429, vec![], "{}".into())),
        Some(Mishap::Refused) => return Some((400, vec![], "{}".into())),
        Some(Mishap::AnswerLost) | None => {}
    }
    state.letters.push(serde_json::from_slice(&asked.body).ok()?);
    if mishap.is_some() {
        return None;
    }
    let name = format!("mail-{}", state.letters.len() - 1);
    Some((202, vec![("x-message-id", name)], String::new()))
}

/// What `(unique_args['message_id']="…")` finds.
fn activity(state: &State, query: &str) -> Value {
    let query: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let query = query.iter().find(|(name, _)| name == "query").map_or("", |(_, query)| query);
    let found = state.letters.iter().enumerate().filter(|(_, letter)| {
        let name = letter["personalizations"][0]["custom_args"]["message_id"].as_str();
        name.is_some_and(|name| query.contains(&format!("['message_id']=\"{name}\"")))
    });
    let messages: Vec<_> =
        found.map(|(n, _)| json!({ "msg_id": format!("mail-{n}.filter0001.1.2.0") })).collect();
    json!({ "messages": messages })
}
