//! SendGrid as seen from here: mails as multipart forms, batches of events.
use serde_json::Value;

use super::{Request, Response, TestNode};

pub const INBOUND_KEY: &str = "a-mail-key-that-only-tests-know";
const BOUNDARY: &str = "xYzZY";

/// A mail's form: fields, and files as (name, type, content).
pub fn mail(key: &str, fields: &[(&str, &str)], files: &[(&str, &str, &str)]) -> Request {
    let mut form = String::new();
    for (name, value) in fields {
        form.push_str(&format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        ));
    }
    for (number, (name, kind, content)) in files.iter().enumerate() {
        form.push_str(&format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"attachment{}\"; \
             filename=\"{name}\"\r\ncontent-type: {kind}\r\n\r\n{content}\r\n",
            number + 1,
        ));
    }
    form.push_str(&format!("--{BOUNDARY}--\r\n"));
    Request::post(&format!("/webhooks/sendgrid/inbound?key={key}"))
        .body(&format!("multipart/form-data; boundary={BOUNDARY}"), form)
}

/// A mail with a Message-ID, delivered with the right key.
pub fn write(node: &TestNode, id: &str, from: &str, to: &str, text: &str) -> Response {
    let headers = format!("From: {from}\r\nTo: {to}\r\nSubject: Hello\r\nMessage-ID: <{id}>");
    let answer = node.send(&mail(INBOUND_KEY, &[("headers", &headers), ("text", text)], &[]));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer
}

pub fn events(node: &TestNode, events: &Value) {
    let answer = node.send(&Request::post("/webhooks/sendgrid/events").json(events));
    assert_eq!(answer.status, 200, "{}", answer.text());
}
