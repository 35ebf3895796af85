//! Which nodes are there, by their heartbeats.

use std::collections::HashMap;
use std::time::Duration;

use actors::domain::{Key, NodeId};
use parking_lot::RwLock;
use tokio::time::Instant;

use super::home::home;

/// How often a node says that it is there.
pub const BEAT: Duration = Duration::from_millis(500);
/// Who is silent for this long is not.
pub const SILENCE: Duration = Duration::from_millis(2_500);
/// Most nodes that are taken notice of.
const MOST: usize = 10_000;

/// This node and the others that were heard of lately.
pub struct Members {
    own: NodeId,
    nodes: RwLock<HashMap<NodeId, Seen>>,
}

#[derive(Clone, Copy)]
struct Seen {
    at: Instant,
    /// It takes commands of others.
    is_able: bool,
}

impl Members {
    pub fn new(own: NodeId) -> Self {
        Self { own, nodes: RwLock::default() }
    }

    /// A heartbeat, this node's own included. `true`: of a node that was not there.
    pub fn hear(&self, node: &NodeId, is_able: bool, now: Instant) -> bool {
        let mut nodes = self.nodes.write();
        if !nodes.contains_key(node) && nodes.len() >= MOST {
            return false;
        }
        nodes.insert(node.clone(), Seen { at: now, is_able }).is_none()
    }

    /// It said that it leaves.
    pub fn leave(&self, node: &NodeId) {
        self.nodes.write().remove(node);
    }

    /// Takes out those who fell silent.
    pub fn silent(&self, now: Instant) -> Vec<NodeId> {
        let mut nodes = self.nodes.write();
        let is_silent = |seen: &Seen| now.saturating_duration_since(seen.at) > SILENCE;
        let silent: Vec<_> =
            nodes.iter().filter(|(_, seen)| is_silent(seen)).map(|(id, _)| id.clone()).collect();
        silent.iter().for_each(|node| {
            nodes.remove(node);
        });
        silent
    }

    /// Whether this node hears itself, and so is heard by others.
    pub fn hears_itself(&self) -> bool {
        self.nodes.read().contains_key(&self.own)
    }

    pub fn others(&self) -> usize {
        let nodes = self.nodes.read();
        nodes.len() - usize::from(nodes.contains_key(&self.own))
    }

    /// The node a conversation is at home with; `None`: with this one.
    pub fn home(&self, key: &Key) -> Option<NodeId> {
        let nodes = self.nodes.read();
        let able = nodes.iter().filter(|(_, seen)| seen.is_able).map(|(node, _)| node);
        home(key, able).filter(|home| **home != self.own).cloned()
    }
}

#[cfg(test)]
mod tests {
    use actors::testing::domain::key;

    use super::*;

    fn node(name: &str) -> NodeId {
        NodeId::parse(name).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn who_falls_silent_or_leaves_is_nobodys_home() {
        let members = Members::new(node("here"));
        let now = Instant::now();
        members.hear(&node("here"), false, now);
        assert!(members.hear(&node("there"), true, now));
        assert_eq!(members.home(&key()), Some(node("there")), "this one takes no commands");
        assert_eq!(members.others(), 1);

        let later = now + SILENCE + Duration::from_millis(1);
        members.hear(&node("here"), false, later);
        assert_eq!(members.silent(later), [node("there")]);
        assert_eq!(members.home(&key()), None);

        members.hear(&node("there"), true, later);
        members.leave(&node("there"));
        assert_eq!((members.home(&key()), members.others()), (None, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_node_that_does_not_hear_itself_is_cut_off() {
        let members = Members::new(node("here"));
        assert!(!members.hears_itself());
        members.hear(&node("here"), true, Instant::now());
        assert!(members.hears_itself());

        tokio::time::advance(SILENCE * 2).await;
        members.silent(Instant::now());

        assert!(!members.hears_itself());
    }
}
