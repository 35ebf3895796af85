//! Twilio's Messages resource: sending, and its list. It misbehaves on demand.
use std::collections::{HashMap, VecDeque};
use std::sync::mpsc::{self, Receiver, Sender};
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
    /// Nothing is taken: this status, as for wrong credentials.
    LockedOut(u16),
}

#[derive(Clone, Debug)]
pub struct Taken {
    pub sid: String,
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
    /// What contacts wrote, as Twilio lists it.
    received: Vec<Value>,
    calls: usize,
    mishaps: VecDeque<Mishap>,
    /// By the text that is to be sent.
    mishaps_of: HashMap<String, VecDeque<Mishap>>,
    watcher: Option<Sender<Taken>>,
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

    /// What is to happen to the next call that sends this text, behind what is planned already. What
    /// is refused is refused each time.
    pub fn mishap_of(&self, text: &str, mishap: Mishap) {
        self.state().mishaps_of.entry(text.to_owned()).or_default().push_back(mishap);
    }

    /// A contact wrote: it is on the list, whether or not a webhook tells of it.
    pub fn receive(&self, sid: &str, from: &str, to: &str, text: &str) {
        let listed = json!({
            "sid": sid, "direction": "inbound", "from": from, "to": to, "body": text,
            "num_media": "0", "date_created": chrono::Utc::now().to_rfc2822(),
        });
        self.state().received.push(listed);
    }

    /// Everything that is taken from now on, at the moment it is: before it is answered.
    pub fn watch(&self) -> Receiver<Taken> {
        let (watcher, taken) = mpsc::channel();
        self.state().watcher = Some(watcher);
        taken
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
        let mut state = self.state();
        state.ended = true;
        state.watcher = None;
        drop(state);
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
    let form: Vec<_> = form_urlencoded::parse(&asked.body).into_owned().collect();
    let taken = Taken { sid: sid(state.taken.len()), form, at: Instant::now() };
    let planned = state.mishaps.pop_front();
    let mishap = planned.or_else(|| next(state.mishaps_of.get_mut(taken.field("Body"))?));
    match mishap {
        Some(Mishap::Busy) => return json_answer(429, &json!({ "code": 20429 })),
        Some(Mishap::Broken) => return json_answer(500, &json!({ "code": 20500 })),
        Some(Mishap::Refused(code)) => return json_answer(400, &json!({ "code": code })),
        Some(Mishap::LockedOut(status)) => return json_answer(status, &json!({ "code": 20003 })),
        Some(Mishap::AnswerLost | Mishap::Held) | None => {}
    }
    let sid = taken.sid.clone();
    if let Some(watcher) = &state.watcher {
        let _ = watcher.send(taken.clone());
    }
    state.taken.push(taken);
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

fn next(planned: &mut VecDeque<Mishap>) -> Option<Mishap> {
    match planned.front() {
        Some(refused @ Mishap::Refused(_)) => Some(*refused),
        _ => planned.pop_front(),
    }
}

/// Newest first, a page at a time, as Twilio lists.
fn listed(state: &State, query: &str) -> Value {
    let wanted: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let asked_for =
        |name: &str| wanted.iter().find(|(key, _)| key == name).map(|(_, v)| v.as_str());
    let number = |name: &str| asked_for(name).and_then(|value| value.parse::<usize>().ok());
    let sent = state.taken.iter().map(|taken| {
        json!({
            "sid": taken.sid, "body": taken.field("Body"), "direction": "outbound-api",
            "to": taken.field("To"), "from": taken.field("From"), "status": "queued",
            "num_media": "0",
        })
    });
    let pair = |listed: &Value| {
        [("To", "to"), ("From", "from")]
            .iter()
            .all(|(name, key)| asked_for(name).is_none_or(|asked| listed[*key] == asked))
    };
    let all: Vec<_> = state.received.iter().cloned().chain(sent).filter(pair).collect();
    let (size, page) = (number("PageSize").unwrap_or(50), number("Page").unwrap_or(0));
    let messages: Vec<_> = all.iter().rev().skip(page * size).take(size).collect();
    let next = (all.len() > (page + 1) * size).then(|| {
        let mut next = form_urlencoded::Serializer::new(String::new());
        next.extend_pairs(wanted.iter().filter(|(key, _)| key != "Page"));
        next.append_pair("Page", &(page + 1).to_string());
        format!("/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json?{}", next.finish())
    });
    json!({ "messages": messages, "next_page_uri": next })
}

fn sid(index: usize) -> String {
    format!("SM{:032x}", index + 0xabc)
}

fn json_answer(status: u16, body: &Value) -> Answer {
    Some((status, vec![], body.to_string()))
}
