//! The servers that are compared, each a process on the servers' core.
use std::net::SocketAddr;
use std::process::{Child, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::support::http::Connection;
use super::support::node::{API_KEY, Node, free_port};
use super::support::process::pinned;
use super::support::{office, on_one_thread, token};

/// Where servers run; the load generator has the other core.
pub const SERVERS: usize = 0;
const PATIENCE: Duration = Duration::from_secs(30);
const PEERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers");
/// What every emit carries, in bytes of JSON.
const PAYLOAD: usize = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Floor,
    Switchboard,
    Socketioxide,
    Node,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Floor, Self::Switchboard, Self::Socketioxide, Self::Node];

    pub fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Switchboard => "Switchboard",
            Self::Socketioxide => "socketioxide",
            Self::Node => "Node socket.io",
        }
    }
}

pub struct Contestant {
    pub kind: Kind,
    pub address: SocketAddr,
    server: Server,
}

enum Server {
    Ours(Node),
    Peer(Child),
}

impl Contestant {
    /// Ready to be joined by so many people.
    pub fn start(kind: Kind, people: usize) -> Self {
        if kind == Kind::Switchboard {
            let mut node = Node::new();
            node.pin(SERVERS);
            node.set("LIMITS__EMIT_PER_MINUTE", "100000000");
            node.start();
            on_one_thread(hire(&node, people));
            return Self { kind, address: node.address, server: Server::Ours(node) };
        }
        let address = free_port();
        let mut command = match kind {
            Kind::Node => {
                let mut node = pinned(Some(SERVERS), "node");
                node.arg("server.mjs");
                node
            }
            Kind::Socketioxide => pinned(Some(SERVERS), "target/release/socketioxide"),
            _ => pinned(Some(SERVERS), "target/release/floor"),
        };
        command.arg(address.port().to_string()).arg(API_KEY).current_dir(PEERS);
        let process = command.stdin(Stdio::null()).spawn().expect("a peer that starts");
        let contestant = Self { kind, address, server: Server::Peer(process) };
        let begun = Instant::now();
        while std::net::TcpStream::connect(address).is_err() {
            assert!(begun.elapsed() < PATIENCE, "{} does not listen", kind.name());
            std::thread::sleep(Duration::from_millis(10));
        }
        contestant
    }

    pub fn pid(&self) -> u32 {
        match &self.server {
            Server::Ours(node) => node.pid(),
            Server::Peer(process) => process.id(),
        }
    }

    /// How somebody joins: we ask for a token of theirs, the peers for a word that all share and
    /// for the rooms to put them into.
    pub fn auth(&self, person: usize, rooms: &[String]) -> String {
        let auth = match self.kind {
            Kind::Switchboard => json!({ "token": token::of(&office::user(person)) }),
            _ => json!({ "token": API_KEY, "rooms": rooms }),
        };
        auth.to_string()
    }

    /// An emit to these people, whom the peers know as this room.
    pub fn emit(&self, room: &str, people: std::ops::Range<usize>) -> Rc<[u8]> {
        let data = json!({ "text": "x".repeat(PAYLOAD - r#"{"text":""}"#.len()) });
        let body = match self.kind {
            Kind::Switchboard => {
                json!({ "userIds": people.map(office::user).collect::<Vec<_>>(), "data": data })
            }
            _ => json!({ "rooms": [room], "data": data }),
        };
        let body = body.to_string();
        let request = format!(
            "POST /emit/notification HTTP/1.1\r\nhost: {}\r\nx-api-key: {API_KEY}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.address,
            body.len(),
        );
        request.into_bytes().into()
    }
}

impl Drop for Contestant {
    fn drop(&mut self) {
        if let Server::Peer(process) = &mut self.server {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

async fn hire(node: &Node, people: usize) {
    let put = async |connection: &mut Connection, path: String, body: Value| {
        let body = body.to_string();
        let request = format!(
            "PUT {path} HTTP/1.1\r\nhost: {}\r\nx-api-key: {API_KEY}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            node.address,
            body.len(),
        );
        assert_eq!(connection.ask(request.as_bytes()).await.expect("an answer"), 200);
    };
    let account = office::ACCOUNT;
    node.put(&format!("/v1/accounts/{account}"), &json!({ "name": "Acme" }));
    // Side by side, so that the store keeps many at once.
    let hirings = (0..50).map(|first| async move {
        let mut connection = Connection::to(node.address).await.expect("it listens");
        for id in (first..people).step_by(50).map(office::user) {
            let email = format!("{id}@example.com");
            let body = json!({ "account_id": account, "name": id, "email": email });
            put(&mut connection, format!("/v1/users/{id}"), body).await;
        }
    });
    futures_util::future::join_all(hirings).await;
}
