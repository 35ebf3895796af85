//! SendGrid's mail/send and e-mail activity, as far as sending goes.
use std::collections::{HashMap, VecDeque};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use url::form_urlencoded;

use super::fake_http::{Answer, Asked, FakeHttp};

pub const API_KEY: &str = "SG.a-key-that-only-tests-know";

#[derive(Clone, Copy, Debug)]
pub enum Mishap {
    /// Nothing is taken: 429.
    Busy,
    /// Nothing is taken: 500.
    Broken,
    /// It is taken, and the line goes dead.
    AnswerLost,
    /// Nothing is taken: 400.
    Refused,
    /// Nothing is taken: this status, as for a wrong key.
    LockedOut(u16),
}

#[derive(Default)]
struct State {
    letters: Vec<Value>,
    mishaps: VecDeque<Mishap>,
    /// By the text that is to be sent.
    mishaps_of: HashMap<String, VecDeque<Mishap>>,
    watcher: Option<Sender<Taken>>,
}

/// A letter that was taken, and SendGrid's name for it.
#[derive(Clone, Debug)]
pub struct Taken {
    pub name: String,
    pub letter: Value,
}

pub struct FakeSendgrid {
    http: FakeHttp,
    state: Arc<Mutex<State>>,
}

impl Drop for FakeSendgrid {
    fn drop(&mut self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).watcher = None;
    }
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

    /// What is to happen to the next call that sends this text, behind what is planned already. What
    /// is refused is refused each time.
    pub fn mishap_of(&self, text: &str, mishap: Mishap) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.mishaps_of.entry(text.to_owned()).or_default().push_back(mishap);
    }

    /// Everything that is taken from now on, at the moment it is: before it is answered.
    pub fn watch(&self) -> Receiver<Taken> {
        let (watcher, taken) = mpsc::channel();
        self.state.lock().unwrap_or_else(PoisonError::into_inner).watcher = Some(watcher);
        taken
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
    let letter: Value = serde_json::from_slice(&asked.body).ok()?;
    let text = letter["content"][0]["value"].as_str().unwrap_or_default();
    let planned = state.mishaps.pop_front();
    let mishap = planned.or_else(|| next(state.mishaps_of.get_mut(text)?));
    match mishap {
        Some(Mishap::Busy) => return Some((429, vec![], "{}".into())),
        Some(Mishap::Broken) => return Some((500, vec![], "{}".into())),
        Some(Mishap::Refused) => return Some((400, vec![], "{}".into())),
        Some(Mishap::LockedOut(status)) => return Some((status, vec![], "{}".into())),
        Some(Mishap::AnswerLost) | None => {}
    }
    let name = format!("mail-{}", state.letters.len());
    if let Some(watcher) = &state.watcher {
        let _ = watcher.send(Taken { name: name.clone(), letter: letter.clone() });
    }
    state.letters.push(letter);
    if mishap.is_some() {
        return None;
    }
    Some((202, vec![("x-message-id", name)], String::new()))
}

fn next(planned: &mut VecDeque<Mishap>) -> Option<Mishap> {
    match planned.front() {
        Some(refused @ Mishap::Refused) => Some(*refused),
        _ => planned.pop_front(),
    }
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
