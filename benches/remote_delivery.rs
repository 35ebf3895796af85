//! What it costs both nodes together to show a message to people who are connected to the other node,
//! beside what it costs to show it to people who are connected to the node that writes it down. The same
//! conversation at home at the same node, the same messages coming in there; only the people move.
//! Everybody has to get every message exactly once, or the measurement fails.
//!
//! `tests/with_mongodb.sh env NATS_SERVER=$(tests/nats_server.sh) cargo bench --bench remote_delivery
//! [-- PEOPLE...]`
mod support;

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use support::http::Connection;
use support::node::{Node, free_port};
use support::socket::{Cut, Socket};
use support::{office, on_one_thread, sms, token};
use tokio::task::JoinSet;
use tokio::time::timeout;

const PEOPLE: [usize; 3] = [1, 20, 100];
/// Each way is measured so often, in turn.
const ROUNDS: usize = 3;
/// Longest that one round may take.
const LIMIT: Duration = Duration::from_secs(300);

/// Messages of a round, unless `REMOTE_DELIVERY_MESSAGES` says otherwise.
fn messages() -> usize {
    let given = std::env::var("REMOTE_DELIVERY_MESSAGES").ok();
    given.and_then(|count| count.parse().ok()).unwrap_or(400)
}

fn main() {
    let mut sizes: Vec<usize> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    if sizes.is_empty() {
        sizes.extend(PEOPLE);
    }
    let house = House::open();
    println!(
        "{} messages, {ROUNDS} rounds; processor time of both nodes together, idle time off\n\n\
         | people | local us/delivery | remote us/delivery | ratio | messages between nodes, each |\n\
         |---|---|---|---|---|",
        messages()
    );
    for (at, people) in sizes.into_iter().enumerate() {
        house.measure(at, people);
    }
}

/// Two nodes on one database and one broker.
struct House {
    nodes: [Node; 2],
    broker: Child,
}

impl House {
    fn open() -> Self {
        let uri = std::env::var("MONGODB_URI").expect("run it by tests/with_mongodb.sh");
        let server = std::env::var("NATS_SERVER").expect("NATS_SERVER names a broker's program");
        let (hosts, options) = uri.split_once('?').map_or((uri.as_str(), ""), |(h, o)| (h, o));
        let database = format!("remote_delivery_{}", std::process::id());
        let store = format!("{}/{database}?{options}", hosts.trim_end_matches('/'));
        let broker_at = free_port();
        let broker = Command::new(server)
            .args(["--addr", "127.0.0.1", "--port", &broker_at.port().to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the broker starts");
        let nodes = [(); 2].map(|()| {
            let mut node = Node::new();
            node.set("STORE__URL", &store);
            node.set("CLUSTER__URL", &format!("nats://{broker_at}"));
            node.set("CLUSTER__SECRET", token::SECRET);
            node.start();
            node
        });
        let house = Self { nodes, broker };
        house.until("the nodes to see each other", || {
            house.nodes.iter().all(|node| node.sum("switchboard_cluster_nodes") == 2.0)
        });
        house.nodes[0].put(&format!("/v1/accounts/{}", office::ACCOUNT), &json!({ "name": "A" }));
        house
    }

    fn measure(&self, at: usize, people: usize) {
        let members: Vec<_> = (0..people).map(|n| office::user(at * 1_000 + n)).collect();
        for id in &members {
            let email = format!("{id}@example.com");
            let user = json!({ "account_id": office::ACCOUNT, "name": id, "email": email });
            self.nodes[0].put(&format!("/v1/users/{id}"), &user);
        }
        let channel = json!({
            "account_id": office::ACCOUNT, "kind": "SMS", "name": "SMS",
            "address": office::number(at), "member_ids": members,
        });
        self.nodes[0].put(&format!("/v1/channels/{}", office::channel(at)), &channel);
        let mut index = at * 1_000_000;
        let sender = self.at_home_at_first(at, &members[0], &mut index);

        let (mut cost, mut sent) = ([0.0; 2], 0.0);
        for _ in 0..ROUNDS {
            for (way, cost) in cost.iter_mut().enumerate() {
                let before = self.nodes[0].sum("switchboard_cluster_sent_total");
                *cost += self.round(way, &members, &sender, at, &mut index);
                if way == 1 {
                    sent += self.nodes[0].sum("switchboard_cluster_sent_total") - before;
                }
            }
        }
        let deliveries = (ROUNDS * messages() * people) as f64;
        let [local, remote] = cost.map(|cost| cost / deliveries * 1e6);
        println!(
            "| {people:>6} | {local:>17.1} | {remote:>18.1} | {:>5.2} | {:>28.2} |",
            remote / local,
            sent / (ROUNDS * messages()) as f64
        );
    }

    /// A contact whose conversation the first node writes itself.
    fn at_home_at_first(&self, at: usize, watcher: &str, index: &mut usize) -> String {
        for contact in 0..100 {
            let sender = sms::sender(at * 1_000 + contact);
            let before = self.nodes[0].sum("switchboard_cluster_done_elsewhere_total");
            on_one_thread(async {
                let token = token::of(watcher);
                let joined = Socket::join(self.nodes[0].address, &token, &Cut::default()).await;
                let (mut socket, _) = joined.expect("a session");
                self.write(index, &sender, at).await;
                while sms::index(&socket.next().await.expect("an event")) != Some(*index - 1) {}
            });
            if self.nodes[0].sum("switchboard_cluster_done_elsewhere_total") == before {
                return sender;
            }
        }
        panic!("no conversation is at home at the first node");
    }

    async fn write(&self, index: &mut usize, sender: &str, at: usize) {
        let mut webhooks = Connection::to(self.nodes[0].address).await.expect("it listens");
        let request = sms::request(*index, sender, &office::number(at));
        assert_eq!(webhooks.ask(&request).await.expect("an answer"), 200);
        *index += 1;
    }

    /// Seconds of processor time that it took to show so many messages to people at this node.
    fn round(
        &self,
        node: usize,
        members: &[String],
        sender: &str,
        at: usize,
        index: &mut usize,
    ) -> f64 {
        let to: SocketAddr = self.nodes[node].address;
        on_one_thread(async {
            let mut sockets = Vec::new();
            for id in members {
                let joined = Socket::join(to, &token::of(id), &Cut::default()).await;
                sockets.push(joined.expect("a session").0);
            }
            // Everybody is known to be where they are once they get what is written at the first node
            // without looking it up.
            self.write(index, sender, at).await;
            for socket in &mut sockets {
                while sms::index(&socket.next().await.expect("an event")) != Some(*index - 1) {}
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
            let idle_from = (Instant::now(), self.cpu());
            tokio::time::sleep(Duration::from_secs(2)).await;
            let idle = (self.cpu() - idle_from.1) / idle_from.0.elapsed().as_secs_f64();

            let (begun, before, first) = (Instant::now(), self.cpu(), *index);
            let mut watching = JoinSet::new();
            for mut socket in sockets {
                watching.spawn_local(async move {
                    for expected in first..first + messages() {
                        let packet = loop {
                            let packet = socket.next().await.expect("an event");
                            if packet.contains("\"prospect_message\"") {
                                break packet;
                            }
                        };
                        assert_eq!(sms::index(&packet), Some(expected), "each once, in order");
                    }
                });
            }
            let mut webhooks = Connection::to(self.nodes[0].address).await.expect("it listens");
            for _ in 0..messages() {
                let request = sms::request(*index, sender, &office::number(at));
                assert_eq!(webhooks.ask(&request).await.expect("an answer"), 200);
                *index += 1;
            }
            timeout(LIMIT, watching.join_all()).await.expect("everything is shown in time");
            self.cpu() - before - idle * begun.elapsed().as_secs_f64()
        })
    }

    fn cpu(&self) -> f64 {
        self.nodes.iter().map(Node::cpu_seconds).sum()
    }

    fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let begun = Instant::now();
        while !is_so() {
            assert!(begun.elapsed() < LIMIT, "waited in vain for {what}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.broker.kill();
        let _ = self.broker.wait();
    }
}
