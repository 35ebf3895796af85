//! The Node process that hosts the stock clients: one for the whole test program.
//!
//! It ends when its standard input does, so nothing has to be remembered at the end of a test,
//! and a test program that is killed leaves neither it nor a server behind.
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

use serde_json::Value;

/// Most reports a client may have waiting for its test. Beyond it the client falls silent, and
/// the test fails waiting.
const UNREAD_REPORTS: usize = 20_000;

pub struct Driver {
    orders: Mutex<ChildStdin>,
    clients: Mutex<HashMap<String, SyncSender<Value>>>,
}

impl Driver {
    pub fn get() -> &'static Self {
        static DRIVER: OnceLock<Driver> = OnceLock::new();
        DRIVER.get_or_init(|| {
            let mut node = spawn();
            let (orders, reports) = (node.stdin.take(), node.stdout.take());
            thread::spawn(move || {
                Self::get().route(reports.expect("piped"));
                let _ = node.wait();
            });
            Self { orders: Mutex::new(orders.expect("piped")), clients: Mutex::default() }
        })
    }

    pub fn order(&self, order: &Value) {
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(orders, "{order}").expect("the Node process takes orders");
    }

    /// The reports about one client, from now on.
    pub fn listen(&self, id: &str) -> Receiver<Value> {
        let (to, reports) = mpsc::sync_channel(UNREAD_REPORTS);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.insert(id.to_owned(), to);
        reports
    }

    pub fn forget(&self, id: &str) {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    fn route(&self, reports: ChildStdout) {
        for line in BufReader::new(reports).lines() {
            let Ok(line) = line else { break };
            let report: Value = serde_json::from_str(&line).expect("a report is JSON");
            let Some(id) = report["id"].as_str() else { continue };
            let clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(client) = clients.get(id) {
                // A full queue is a test that stopped reading; it will say so itself.
                let _ = client.try_send(report);
            }
        }
        // Whoever still waits is told by its channel.
        self.clients.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn spawn() -> Child {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/client");
    assert!(
        folder.join("node_modules/socket.io-client").exists(),
        "the npm clients are missing: `make clients` installs them"
    );
    Command::new("node")
        .arg("driver.mjs")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node runs")
}
