//! The real program, in release mode, with a data folder of its own; gone when this is dropped.
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::process::{self, pinned};
use super::{http, sms, token};

pub const API_KEY: &str = "a-key-that-only-measurements-know";
/// Longest that the server may take to be ready.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Node {
    pub address: SocketAddr,
    metrics: SocketAddr,
    settings: Vec<(String, String)>,
    data: TempDir,
    core: Option<usize>,
    process: Option<Child>,
}

impl Node {
    /// Nothing is started yet.
    pub fn new() -> Self {
        // Beside the build, since a temporary folder may be one in memory, where a sync is free.
        let data = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let (address, metrics) = (free_port(), free_port());
        let settings = [
            ("SERVER__BIND", address.to_string()),
            ("SERVER__METRICS_BIND", metrics.to_string()),
            ("SERVER__DATA_DIR", data.path().display().to_string()),
            ("AUTH__JWT_SECRET", token::SECRET.to_owned()),
            ("AUTH__API_KEYS", API_KEY.to_owned()),
            ("TWILIO__AUTH_TOKEN", sms::AUTH_TOKEN.to_owned()),
            ("TWILIO__PUBLIC_URL", sms::PUBLIC_URL.to_owned()),
            ("LOG__LEVEL", "warn".to_owned()),
            // A person types a few events a second, a measurement as many as it can.
            ("LIMITS__SOCKET_EVENTS_PER_SECOND", "1000000".to_owned()),
            ("LIMITS__SOCKET_EVENT_BURST", "1000000".to_owned()),
            ("LIMITS__HIGHLEVEL_PER_10S", "1000000".to_owned()),
            ("LIMITS__INBOX_PER_MINUTE", "1000000".to_owned()),
            ("LIMITS__INBOX_PER_HOUR", "1000000".to_owned()),
            ("LIMITS__INBOX_PER_DAY", "1000000".to_owned()),
        ];
        let settings = settings.map(|(key, value)| (format!("SWITCHBOARD__{key}"), value)).into();
        Self { address, metrics, settings, data, core: None, process: None }
    }

    /// It shall run on this core only.
    pub fn pin(&mut self, core: usize) {
        self.core = Some(core);
    }

    /// Before it is started.
    pub fn set(&mut self, key: &str, value: &str) {
        self.settings.push((format!("SWITCHBOARD__{key}"), value.to_owned()));
    }

    pub fn started() -> Self {
        let mut node = Self::new();
        node.start();
        node
    }

    /// Gives the time until it was ready.
    pub fn start(&mut self) -> Duration {
        assert!(self.process.is_none(), "it runs already");
        let begun = Instant::now();
        let log = fs::File::create(self.data.path().join("server.log")).expect("a log");
        // Another build may be named, to see what a change was worth.
        let named = std::env::var("SWITCHBOARD_PROGRAM");
        let program = named.as_deref().unwrap_or(env!("CARGO_BIN_EXE_switchboard"));
        let mut program = pinned(self.core, program);
        let process = program
            .arg("serve")
            .current_dir(self.data.path())
            .env_clear()
            .envs(self.settings.iter().map(|(key, value)| (key, value)))
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn();
        self.process = Some(process.expect("the program starts"));
        while http::call(self.address, "GET", "/ready", "").is_none_or(|(status, _)| status != 200)
        {
            assert!(begun.elapsed() < PATIENCE, "not ready:\n{}", self.log());
            thread::sleep(Duration::from_millis(5));
        }
        begun.elapsed()
    }

    /// `SIGKILL`: no goodbye, no flushing.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    pub fn pid(&self) -> u32 {
        self.process.as_ref().map_or(0, Child::id)
    }

    pub fn database(&self) -> PathBuf {
        self.data.path().join("switchboard.db")
    }

    /// What the server said.
    pub fn log(&self) -> String {
        fs::read_to_string(self.data.path().join("server.log")).unwrap_or_default()
    }

    pub fn put(&self, path: &str, body: &Value) {
        let answer = http::call(self.address, "PUT", path, &body.to_string());
        let (status, text) = answer.expect("a whole answer");
        assert_eq!(status, 200, "PUT {path}: {text}");
    }

    /// The lines of `/metrics` that begin like this: what follows, and the value.
    pub fn counted(&self, name: &str) -> Vec<(String, f64)> {
        let (_, text) = http::call(self.metrics, "GET", "/metrics", "").expect("metrics");
        let lines = text.lines().filter_map(|line| line.strip_prefix(name)?.rsplit_once(' '));
        lines.map(|(labels, value)| (labels.to_owned(), value.parse().unwrap_or(0.0))).collect()
    }

    /// The sum of all lines that begin like this.
    pub fn sum(&self, name: &str) -> f64 {
        self.counted(name).iter().map(|(_, value)| value).sum()
    }

    /// Memory in use, in KiB.
    pub fn resident_kib(&self) -> u64 {
        process::resident_kib(self.pid())
    }

    /// Seconds of processor time used so far.
    pub fn cpu_seconds(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap_or_default();
        let fields: Vec<_> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|t| t.parse::<f64>().ok()).unwrap_or(0.0);
        (ticks(11) + ticks(12)) / 100.0
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
        if thread::panicking() {
            let log = self.log();
            eprintln!("--- the server's last lines ---");
            for line in log.lines().rev().take(20).collect::<Vec<_>>().into_iter().rev() {
                eprintln!("{line}");
            }
        }
    }
}

pub fn free_port() -> SocketAddr {
    let any = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    any.local_addr().expect("an address")
}
