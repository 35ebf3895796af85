//! HighLevel's own npm client, as a test holds it: one Node process per client.
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use super::people::ACCOUNT;
use super::{TestNode, token};

pub const SCOPES: [&str; 4] = [
    "conversations.readonly",
    "conversations.write",
    "conversations/message.readonly",
    "conversations/message.write",
];

pub struct Sdk {
    process: Child,
    orders: ChildStdin,
    reports: BufReader<ChildStdout>,
}

/// A team token of an account with these scopes.
pub fn team_token(account: &str, scopes: &[&str]) -> String {
    token::sign(&json!({
        "account_id": account, "scope": scopes.join(" "),
        "iat": token::now(), "exp": token::now() + 3600,
    }))
}

impl Sdk {
    /// With a token of the office's account that holds every scope.
    pub fn of(node: &TestNode) -> Self {
        Self::with(node, &team_token(ACCOUNT, &SCOPES), None)
    }

    /// Without a version it sends the one that it was published with.
    pub fn with(node: &TestNode, token: &str, version: Option<&str>) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/client");
        let mut process = Command::new("node")
            .args(["highlevel.mjs", &node.url(), token])
            .args(version)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node runs");
        let orders = process.stdin.take().expect("piped");
        let reports = BufReader::new(process.stdout.take().expect("piped"));
        Self { process, orders, reports }
    }

    /// The body of the answer.
    ///
    /// # Panics
    ///
    /// When the client throws.
    pub fn call(&mut self, method: &str, args: Value) -> Value {
        let report = self.ask(method, &args);
        assert_eq!(report["is"], "answer", "{method}: {report}");
        report["body"].clone()
    }

    /// `{name, statusCode, message, response}` of what the client throws.
    ///
    /// # Panics
    ///
    /// When it does not.
    pub fn refused(&mut self, method: &str, args: Value) -> Value {
        let report = self.ask(method, &args);
        assert_eq!(report["is"], "failure", "{method}: {report}");
        report
    }

    fn ask(&mut self, method: &str, args: &Value) -> Value {
        let order = json!({ "method": method, "args": args });
        writeln!(self.orders, "{order}").expect("the Node process takes orders");
        let mut line = String::new();
        self.reports.read_line(&mut line).expect("a report");
        serde_json::from_str(&line).expect("a report is JSON")
    }
}

impl Drop for Sdk {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
