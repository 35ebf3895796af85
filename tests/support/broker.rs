//! A NATS server of a test's own, which it may stop and start.
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::json;

use super::driver::Driver;
use super::node::free_port;
use super::wait;

pub struct Broker {
    pub address: SocketAddr,
    program: PathBuf,
    running: Option<Child>,
}

impl Broker {
    /// # Panics
    ///
    /// When there is no server to start.
    pub fn start() -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let mut broker = Self { address, program: program(), running: None };
        broker.resume();
        broker
    }

    pub fn resume(&mut self) {
        assert!(self.running.is_none(), "it runs already");
        // Before anything runs that nobody would end.
        let driver = Driver::get();
        let port = self.address.port().to_string();
        let server = Command::new(&self.program)
            .args(["--addr", "127.0.0.1", "--port", &port])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the NATS server starts");
        driver.order(&json!({ "do": "watch", "pid": server.id() }));
        self.running = Some(server);
        wait::until("the broker to listen", || TcpStream::connect(self.address).ok());
    }

    pub fn stop(&mut self) {
        let Some(mut server) = self.running.take() else { return };
        let _ = server.kill();
        let _ = server.wait();
        Driver::get().order(&json!({ "do": "unwatch", "pid": server.id() }));
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.stop();
    }
}

/// `NATS_SERVER`, or a `nats-server` on the path, or what `tests/nats_server.sh` installed.
fn program() -> PathBuf {
    let named = std::env::var_os("NATS_SERVER").map(PathBuf::from);
    let on_path = std::env::var_os("PATH").and_then(|path| {
        std::env::split_paths(&path).map(|folder| folder.join("nats-server")).find(|p| p.is_file())
    });
    let installed = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/target/nats/nats-server"));
    named.or(on_path).or(installed.is_file().then_some(installed)).expect(
        "no NATS server: run the tests by `make test`, let `tests/nats_server.sh` install one, name \
         one in NATS_SERVER, or say SKIP_MONGO=1 to do without clusters",
    )
}
