//! Several nodes on one database and one broker, each with a way of its own to both.
use std::net::SocketAddr;

use super::broker::Broker;
use super::mongodb::Database;
use super::node::{TestNode, UNHURRIED};
use super::way::Way;
use super::{Request, wait};

const SECRET: &str = "a-secret-of-the-cluster-that-only-tests-know";

/// The fields are dropped in this order: nodes first.
pub struct TestCluster {
    pub nodes: Vec<TestNode>,
    /// From each node to the broker, and to the store.
    pub to_broker: Vec<Way>,
    pub to_store: Vec<Way>,
    pub broker: Broker,
    _database: Database,
}

impl TestCluster {
    /// `None`: somebody said aloud that clusters are not tried.
    pub fn of(count: usize) -> Option<Self> {
        Self::with(count, &[])
    }

    pub fn with(count: usize, settings: &[(&str, &str)]) -> Option<Self> {
        let database = Database::fresh()?;
        let broker = Broker::start();
        let store = database.server_address();
        let to_broker: Vec<_> = (0..count).map(|_| Way::to(broker.address)).collect();
        let to_store: Vec<_> = (0..count).map(|_| Way::to(store)).collect();
        let nodes = to_broker.iter().zip(&to_store).map(|(broker, store_way)| {
            let url = database.url_by(store_way.address);
            let broker = format!("nats://{}", broker.address);
            let own = [
                ("store.url", url.as_str()),
                ("cluster.url", &broker),
                ("cluster.secret", SECRET),
                ("cluster.drain", "500ms"),
            ];
            let all: Vec<_> = own.iter().chain(&UNHURRIED).chain(settings).copied().collect();
            TestNode::with(&all)
        });
        let nodes: Vec<_> = nodes.collect();
        let cluster = Self { nodes, to_broker, to_store, broker, _database: database };
        cluster.together();
        Some(cluster)
    }

    /// Waits until every node that runs sees every other that does.
    pub fn together(&self) {
        let running: Vec<_> = self.nodes.iter().filter(|node| node.is_running()).collect();
        for node in &running {
            wait::until("the nodes to see each other", || {
                let seen = counted(node.metrics, "switchboard_cluster_nodes")?;
                (seen as usize == running.len()).then_some(())
            });
        }
    }

    /// A counter or gauge of a node; 0 before it was counted.
    pub fn counted(&self, index: usize, name: &str) -> f64 {
        counted(self.nodes[index].metrics, name).unwrap_or_default()
    }

    pub fn node(&self, index: usize) -> &TestNode {
        &self.nodes[index]
    }
}

fn counted(metrics: SocketAddr, name: &str) -> Option<f64> {
    let answer = Request::get("/metrics").send(metrics).ok()?.text();
    let line = answer.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
    line.parse().ok()
}
