//! Twilio's Messages resource, as far as sending goes. It misbehaves on demand.
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde_json::{Value, json};
use url::form_urlencoded;

use super::fake_http::{Answer, Asked, FakeHttp};
use super::wait::PATIENCE;

pub const ACCOUNT_SID: &str = "AC00000000000000000000000000000001";

/// What becomes of one call, instead of what should.
#[derive(Clone, Copy, Debug)]
pub enum Mishap {
    /// Nothing is taken: 429.
    Busy,
    /// Nothing is taken: 500.
    Broken,
    /// It is taken, and the line goes dead.
    AnswerLost,
    /// It is taken, and the answer does not come as long as the test runs.
    Held,
    /// 400 with this code.
    Refused(u32),
}

#[derive(Clone, Debug)]
pub struct Taken {
    pub form: Vec<(String, String)>,
    pub at: Instant,
}

impl Taken {
    pub fn field(&self, name: &str) -> &str {
        let found = self.form.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }
}

#[derive(Default)]
struct State {
    taken: Vec<Taken>,
    calls: usize,
    mishaps: VecDeque<Mishap>,
    ended: bool,
}

pub struct FakeTwilio {
    http: FakeHttp,
    state: Arc<(Mutex<State>, Condvar)>,
}

impl FakeTwilio {
    pub fn start() -> Self {
        let state: Arc<(Mutex<State>, Condvar)> = Arc::default();
        let shared = Arc::clone(&state);
        Self { http: FakeHttp::start(move |asked| answer(&shared, &asked)), state }
    }

    pub fn url(&self) -> String {
        self.http.url()
    }

    /// What is to happen to the next calls that send.
    pub fn mishaps(&self, mishaps: impl IntoIterator<Item = Mishap>) {
        self.state().mishaps.extend(mishaps);
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.state().taken.clone()
    }

    pub fn texts(&self) -> Vec<String> {
        self.taken().iter().map(|taken| taken.field("Body").to_owned()).collect()
    }

    /// Calls that wanted to send, taken or not.
    pub fn calls(&self) -> usize {
        self.state().calls
    }

    /// Waits until so many were taken.
    pub fn wait_for(&self, count: usize) {
        let state = self.state();
        let few = |state: &mut State| state.taken.len() < count;
        let waited = self.state.1.wait_timeout_while(state, PATIENCE, few);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(state.taken.len() >= count, "{} of {count} messages came", state.taken.len());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for FakeTwilio {
    fn drop(&mut self) {
        self.state().ended = true;
        self.state.1.notify_all();
    }
}

fn answer(shared: &(Mutex<State>, Condvar), asked: &Asked) -> Answer {
    let path = format!("/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json");
    if asked.path != path || !asked.headers.get("authorization")?.starts_with("Basic ") {
        return json_answer(401, &json!({ "code": 20003 }));
    }
    let mut state = shared.0.lock().unwrap_or_else(PoisonError::into_inner);
    if asked.method == "GET" {
        return json_answer(200, &listed(&state, &asked.query));
    }
    state.calls += 1;
    let mishap = state.mishaps.pop_front();
    match mishap {
        Some(Mishap::Busy) => return json_answer(429, &json!({ "code": 20429 })),
        Some(Mishap::Broken) => return json_answer(500, &json!({ "code": 20500 })),
        Some(Mishap::Refused(code)) => return json_answer(400, &json!({ "code": code })),
        Some(Mishap::AnswerLost | Mishap::Held) | None => {}
    }
    let form = form_urlencoded::parse(&asked.body).into_owned().collect();
    state.taken.push(Taken { form, at: Instant::now() });
    let sid = sid(state.taken.len() - 1);
    shared.1.notify_all();
    match mishap {
        Some(Mishap::AnswerLost) => return None,
        Some(Mishap::Held) => {
            let held = |state: &mut State| !state.ended;
            let _ = shared.1.wait_timeout_while(state, PATIENCE, held);
        }
        _ => {}
    }
    json_answer(201, &json!({ "sid": sid, "status": "queued" }))
}

/// Newest first, as Twilio lists.
fn listed(state: &State, query: &str) -> Value {
    let wanted: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let asked_for =
        |name: &str| wanted.iter().find(|(key, _)| key == name).map(|(_, v)| v.as_str());
    let pair = |taken: &Taken| {
        ["To", "From"].iter().all(|name| asked_for(name).is_none_or(|v| v == taken.field(name)))
    };
    let all = state.taken.iter().enumerate().rev().filter(|(_, taken)| pair(taken));
    let messages: Vec<_> = all
        .map(|(index, taken)| {
            json!({
                "sid": sid(index), "body": taken.field("Body"), "direction": "outbound-api",
                "to": taken.field("To"), "from": taken.field("From"), "status": "queued",
            })
        })
        .collect();
    json!({ "messages": messages })
}

fn sid(index: usize) -> String {
    format!("SM{:032x}", index + 0xabc)
}

fn json_answer(status: u16, body: &Value) -> Answer {
    Some((status, vec![], body.to_string()))
}
