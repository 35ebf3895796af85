//! The real program, started for one test and gone with it.
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use serde_json::json;
use tempfile::TempDir;

use super::driver::Driver;
use super::http::{API_KEY, Request, Response};
use super::mongodb::Database;
use super::{token, twilio, wait};

/// Kept of what the program says; older text goes first.
const LOG_BYTES: usize = 16 * 1024 * 1024;

/// For a test that asks more than a person would: nobody is told to slow down.
pub const UNHURRIED: [(&str, &str); 2] =
    [("limits.socket_events_per_second", "100000"), ("limits.socket_event_burst", "100000")];

pub struct TestNode {
    pub address: SocketAddr,
    pub metrics: SocketAddr,
    settings: Vec<(String, String)>,
    data: TempDir,
    /// Unset: the store is a file.
    _database: Option<Database>,
    running: Option<Running>,
    logs: Arc<Mutex<Vec<u8>>>,
}

struct Running {
    process: Child,
    listeners: Vec<JoinHandle<()>>,
}

impl TestNode {
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// Started with settings of its own, such as `("limits.outbox_frames", "16")`.
    pub fn with(settings: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().expect("a folder for the data");
        let loopback = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let (address, metrics) = (loopback(free_port()), loopback(free_port()));
        let database =
            on_mongodb().then(|| Database::fresh().expect("TEST_STORE=mongodb wants a server"));
        let file = format!("sqlite:{}", data.path().join("switchboard.db").display());
        let store = database.as_ref().map_or(file, |database| database.url.clone());
        let folder = data.path().display().to_string();
        let (bind, metrics_bind) = (address.to_string(), metrics.to_string());
        let own = [
            ("server.bind", bind.as_str()),
            ("server.metrics_bind", &metrics_bind),
            ("server.data_dir", &folder),
            ("store.url", &store),
            ("auth.jwt_secret", token::SECRET),
            ("auth.api_keys", API_KEY),
            ("twilio.auth_token", twilio::AUTH_TOKEN),
            ("twilio.public_url", twilio::PUBLIC_URL),
        ];
        let given = |key: &str| settings.iter().any(|(name, _)| *name == key);
        let settings = own
            .iter()
            .filter(|(key, _)| !given(key))
            .chain(settings)
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| {
                let key = key.to_uppercase().replace('.', "__");
                (format!("SWITCHBOARD__{key}"), (*value).to_owned())
            })
            .collect();
        let mut node = Self {
            address,
            metrics,
            settings,
            data,
            _database: database,
            running: None,
            logs: Arc::default(),
        };
        node.resume();
        node
    }

    /// Starts the program on the data that is there, and waits until it is ready.
    pub fn resume(&mut self) {
        assert!(self.running.is_none(), "it runs already");
        // Before anything runs that nobody would end.
        let driver = Driver::get();
        let mut process = self
            .command(&["serve"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        driver.order(&json!({ "do": "watch", "pid": process.id() }));
        let (out, err) = (process.stdout.take(), process.stderr.take());
        let listeners = vec![
            listen(out.expect("piped"), Arc::clone(&self.logs)),
            listen(err.expect("piped"), Arc::clone(&self.logs)),
        ];
        self.running = Some(Running { process, listeners });
        wait::until("the server to be ready", || {
            let ended = self.running.as_mut()?.process.try_wait().expect("its state is known");
            assert!(ended.is_none(), "the server ended by itself: {ended:?}");
            let answer = Request::get("/ready").send(self.address).ok()?;
            (answer.status == 200).then_some(())
        });
    }

    /// `SIGKILL`: no goodbye, no flushing.
    pub fn kill(&mut self) {
        let Some(mut running) = self.running.take() else { return };
        let _ = running.process.kill();
        let _ = running.process.wait();
        Driver::get().order(&json!({ "do": "unwatch", "pid": running.process.id() }));
        for listener in running.listeners {
            let _ = listener.join();
        }
    }

    /// `SIGTERM`: it leaves in good order. Does not wait.
    pub fn ask_to_stop(&self) {
        let running = self.running.as_ref().expect("it runs");
        let pid = running.process.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs");
        assert!(told.success());
    }

    /// Waits until it has ended by itself.
    pub fn ended(&mut self) {
        let mut running = self.running.take().expect("it runs");
        let status = wait::until("the server to end", || running.process.try_wait().ok()?);
        Driver::get().order(&json!({ "do": "unwatch", "pid": running.process.id() }));
        for listener in running.listeners {
            let _ = listener.join();
        }
        assert!(status.success(), "{status}");
    }

    pub fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Runs another command of the program with the same settings, to its end.
    pub fn run(&self, arguments: &[&str]) -> String {
        let done = self.try_run(arguments);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).expect("text").trim().to_owned()
    }

    /// The same for a command that may fail.
    pub fn try_run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).stdin(Stdio::null()).output().expect("it runs")
    }

    /// # Panics
    ///
    /// When there is no whole answer.
    pub fn send(&self, request: &Request) -> Response {
        request.send(self.address).expect("a whole answer")
    }

    /// What another command of the program has to be told to mean this server.
    pub fn environment(&self) -> impl Iterator<Item = (&str, &str)> {
        self.settings.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn logs(&self) -> String {
        let logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&logs).into_owned()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
        // Nothing of the machine's own settings reaches a test.
        command
            .args(arguments)
            .current_dir(self.data.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("RUST_BACKTRACE", "1")
            .envs(self.environment());
        command
    }
}

impl Drop for TestNode {
    fn drop(&mut self) {
        self.kill();
        if thread::panicking() {
            let logs = self.logs();
            let lines: Vec<_> = logs.lines().collect();
            let last = lines[lines.len().saturating_sub(60)..].join("\n");
            let _ = writeln!(std::io::stderr(), "--- the server's last lines ---\n{last}\n---");
        }
    }
}

/// Whether this run tries the program on MongoDB instead of SQLite: `TEST_STORE=mongodb`.
pub fn on_mongodb() -> bool {
    match std::env::var("TEST_STORE").as_deref() {
        Err(_) | Ok("sqlite") => false,
        Ok("mongodb") => true,
        Ok(other) => panic!("TEST_STORE is sqlite or mongodb, not {other:?}"),
    }
}

/// A fixture, by its path under `tests/fixtures`.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn listen(mut from: impl Read + Send + 'static, into: Arc<Mutex<Vec<u8>>>) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut part = [0; 8192];
        while let Ok(length @ 1..) = from.read(&mut part) {
            let mut logs = into.lock().unwrap_or_else(PoisonError::into_inner);
            if logs.len() > LOG_BYTES {
                logs.drain(..LOG_BYTES / 2);
            }
            logs.extend_from_slice(&part[..length]);
        }
    })
}

/// A port below the range that outgoing connections take theirs from, so that none of those sits
/// on it while a server is down between two starts.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = (std::process::id() % 10_000) as u16;
    loop {
        let offset = (start + NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000;
        let port = 20_000 + offset;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
