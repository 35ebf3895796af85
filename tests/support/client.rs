//! A stock socket.io client, as a test holds it.
use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::time::Instant;

use serde_json::{Value, json};

use super::driver::Driver;
use super::wait::PATIENCE;
use super::{TestNode, token};

pub const NAMESPACE: &str = "/v1/conversation";

pub struct Client {
    id: String,
    reports: Receiver<Value>,
    /// Reports that came while something else was waited for.
    passed: RefCell<VecDeque<Value>>,
    heard: RefCell<String>,
}

static NEXT: AtomicU64 = AtomicU64::new(1);

impl Client {
    /// Somebody at work: on `/v1/conversation` with a good token, connected.
    pub fn of(node: &TestNode, user: &str) -> Self {
        let client = Self::open(node, NAMESPACE, json!({ "auth": { "token": token::of(user) } }));
        client.connected();
        client
    }

    /// Begins to connect with options of socket.io-client. What comes of it is asked with
    /// [`Client::connected`] or [`Client::refused`].
    pub fn open(node: &TestNode, namespace: &str, options: Value) -> Self {
        Self::open_at(&node.url(), namespace, options)
    }

    /// The same by way of something that stands before nodes.
    pub fn open_at(url: &str, namespace: &str, options: Value) -> Self {
        let id = format!("client-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let reports = Driver::get().listen(&id);
        let client = Self { id, reports, passed: RefCell::default(), heard: RefCell::default() };
        client.order("connect", json!({ "url": url, "namespace": namespace, "options": options }));
        client
    }

    /// Waits for the next CONNECT answer: `{sid, pid, recovered, transport, connection}`.
    pub fn connected(&self) -> Value {
        self.next("to be connected", |report| report["is"] == "connected")
    }

    /// Waits for a `connect_error` from the server: `{message, data}`.
    pub fn refused(&self) -> Value {
        self.next("to be refused", |report| report["is"] == "refused")
    }

    /// Whichever comes: `connected`, or `refused`.
    pub fn refusal_or_connection(&self) -> Option<Value> {
        let came = |report: &Value| report["is"] == "connected" || report["is"] == "refused";
        Some(self.next("an answer", came))
    }

    pub fn disconnected(&self) -> Value {
        self.next("to be disconnected", |report| report["is"] == "disconnected")
    }

    /// Emits, and waits for the one argument of the ack.
    pub fn ask(&self, event: &str, payload: Value) -> Value {
        self.ask_with(event, json!([payload]))
    }

    pub fn ask_with(&self, event: &str, args: Value) -> Value {
        let call = self.emit(event, args, json!({}));
        self.answer(call)
    }

    /// Emits with a buffer behind the payload, as a binary attachment.
    pub fn ask_with_buffer(&self, event: &str, payload: Value) -> Value {
        let call = self.emit(event, json!([payload]), json!({ "buffer": "AQID" }));
        self.answer(call)
    }

    /// Emits without waiting; the ack is for [`Client::answer`]. Before the client is connected
    /// it keeps what is emitted, and sends it once it is.
    pub fn send(&self, event: &str, payload: Value) -> u64 {
        self.emit(event, json!([payload]), json!({}))
    }

    fn emit(&self, event: &str, args: Value, mut more: Value) -> u64 {
        let call = NEXT.fetch_add(1, Ordering::Relaxed);
        more["call"] = json!(call);
        more["event"] = json!(event);
        more["args"] = args;
        more["ack"] = json!(true);
        more["timeout_ms"] = json!(u64::try_from(PATIENCE.as_millis()).expect("small"));
        self.order("emit", more);
        call
    }

    /// Waits for the one argument of an ack.
    pub fn answer(&self, call: u64) -> Value {
        let report = self.next("an ack", |report| report["call"] == call);
        assert_eq!(report["is"], "answer", "no ack: {report}");
        let answer = report["args"].as_array().expect("arguments");
        assert_eq!(answer.len(), 1, "an ack has one argument");
        answer[0].clone()
    }

    /// The next event of that name: its payload.
    pub fn event(&self, name: &str) -> Value {
        self.event_where(name, |_| true)
    }

    pub fn event_where(&self, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let report = self.next(name, |report| {
            report["is"] == "event" && report["name"] == name && wanted(&report["args"][0])
        });
        report["args"][0].clone()
    }

    /// Every event in order up to one that a test sent to mark the end: the way to say that
    /// nothing else came. Each is `(name, payload)`.
    pub fn events_until(&self, last: impl Fn(&str, &Value) -> bool) -> Vec<(String, Value)> {
        let mut seen = Vec::new();
        loop {
            let report = self.next("the last of some events", |report| report["is"] == "event");
            let name = report["name"].as_str().expect("a name").to_owned();
            let done = last(&name, &report["args"][0]);
            seen.push((name, report["args"][0].clone()));
            if done {
                return seen;
            }
        }
    }

    /// Everything that reached this client, as text.
    pub fn heard(&self) -> String {
        while let Ok(report) = self.reports.try_recv() {
            self.take_in(report);
        }
        self.heard.borrow().clone()
    }

    /// Every report so far that nobody asked for, in order.
    pub fn reports(&self) -> Vec<Value> {
        while let Ok(report) = self.reports.try_recv() {
            self.take_in(report);
        }
        self.passed.borrow_mut().drain(..).collect()
    }

    /// Whether it lost its connection so far, in whatever way.
    pub fn was_disconnected(&self) -> bool {
        self.heard();
        self.passed.borrow().iter().any(|report| report["is"] == "disconnected")
    }

    /// Loses the line without a goodbye. With `reconnection: false` it stays away until
    /// [`Client::reopen`].
    pub fn cut(&self) {
        self.order("cut", json!({}));
        self.disconnected();
    }

    /// Waits until a connection that began by polling goes on as a websocket; gives how many
    /// events came before.
    pub fn upgraded(&self) -> usize {
        let report = self.next("to be upgraded", |report| report["is"] == "upgraded");
        usize::try_from(report["events"].as_u64().expect("a count")).expect("it fits")
    }

    pub fn reopen(&self) {
        self.order("reopen", json!({}));
    }

    fn next(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut looked_at = 0;
        let start = Instant::now();
        loop {
            let found = self.passed.borrow().iter().skip(looked_at).position(&wanted);
            if let Some(index) = found {
                return self.passed.borrow_mut().remove(looked_at + index).expect("just found");
            }
            looked_at = self.passed.borrow().len();
            let left = PATIENCE.saturating_sub(start.elapsed());
            match self.reports.recv_timeout(left) {
                Ok(report) => self.take_in(report),
                Err(error) => panic!("{} waited for {what}: {error}", self.id),
            }
        }
    }

    fn take_in(&self, report: Value) {
        assert_ne!(report["is"], "fault", "{report}");
        let mut heard = self.heard.borrow_mut();
        heard.push_str(&report.to_string());
        heard.push('\n');
        self.passed.borrow_mut().push_back(report);
    }

    fn order(&self, order: &str, mut more: Value) {
        more["do"] = json!(order);
        more["id"] = json!(self.id);
        Driver::get().order(&more);
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        Driver::get().forget(&self.id);
        self.order("close", json!({}));
    }
}
