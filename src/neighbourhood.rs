//! Puts this node among the others, if there are any.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actix::Arbiter;
use actors::conversation::Tools;
use actors::domain::{NodeId, UserId};
use actors::engine::{Engine, Node};
use actors::ports::{Cluster, Company, Lone};
use actors::session::Directory;
use uuid::Uuid;

use crate::cluster::presence::{COUNTED, Counts, GuestHere};
use crate::cluster::{AtWork, ConnectError, Doors, Nodes};
use crate::settings::{Settings, StoreAddress};
use crate::socketio::lead_finder::Scrapers;

/// This node, before and while it is at work.
pub enum Neighbourhood {
    /// Nobody is told anything.
    Lone {
        node: NodeId,
        company: Company,
    },
    Many(Box<AtWork>),
}

/// What is left of it for those who stop it, or ask how it is.
#[derive(Clone)]
pub struct Membership(Option<Arc<Nodes>>);

impl Neighbourhood {
    /// # Errors
    ///
    /// [`ConnectError`]: `cluster.url` names no broker.
    pub async fn prepare(settings: &Settings) -> Result<Self, ConnectError> {
        let Some(url) = &settings.cluster.url else {
            let id = Uuid::new_v4().simple().to_string();
            let node = NodeId::parse(&id).unwrap_or_else(|_| unreachable!("32 hex digits"));
            let company = match settings.store_address() {
                StoreAddress::Sqlite(_) => Company::Alone,
                // Others may have opened it, too.
                StoreAddress::Mongo(_) => Company::Unannounced,
            };
            return Ok(Self::Lone { node, company });
        };
        let at_work = AtWork::prepare(url, &settings.cluster.subject).await?;
        Ok(Self::Many(Box::new(at_work)))
    }

    pub fn cluster(&self) -> Arc<dyn Cluster> {
        match self {
            Self::Lone { company, .. } => Arc::new(Lone(*company)),
            Self::Many(at_work) => Arc::clone(&at_work.nodes) as _,
        }
    }

    pub fn node(&self) -> NodeId {
        match self {
            Self::Lone { node, .. } => node.clone(),
            Self::Many(at_work) => at_work.nodes.own().clone(),
        }
    }

    /// Begins to talk to the others, on a thread of its own.
    pub fn begin(
        self,
        engine: &Engine,
        tools: &Arc<Tools>,
        sessions: &Directory,
        scrapers: &Scrapers,
    ) -> Membership {
        let Self::Many(at_work) = self else { return Membership(None) };
        engine.store.tell_changes_to(Arc::clone(&at_work.nodes) as _);
        let node = Node { engine: engine.clone(), tools: Arc::clone(tools) };
        let doors = OurDoors {
            sessions: sessions.clone(),
            scrapers: scrapers.clone(),
            scrapers_told: AtomicU64::new(0),
        };
        // Nobody has come yet, so nobody is missed.
        sessions.take_changed();
        let nodes = Arc::clone(&at_work.nodes);
        at_work.begin(&Arbiter::new().handle(), Arc::new(node), Arc::new(doors));
        Membership(Some(nodes))
    }
}

impl Membership {
    /// Whether there are to be others, and they hear this node. `None`: there are none.
    pub fn is_together(&self) -> Option<bool> {
        self.0.as_ref().map(|nodes| nodes.is_together())
    }

    /// What was at home here is at home elsewhere from now on.
    pub fn leave(&self) {
        if let Some(nodes) = &self.0 {
            nodes.leave();
        }
    }

    /// The last word to the others.
    pub async fn say_goodbye(&self) {
        if let Some(nodes) = &self.0 {
            nodes.say_goodbye().await;
        }
    }
}

struct OurDoors {
    sessions: Directory,
    scrapers: Scrapers,
    scrapers_told: AtomicU64,
}

impl Doors for OurDoors {
    fn changed(&self) -> Vec<(UserId, Counts)> {
        let users = self.sessions.take_changed().into_iter();
        let sockets = |user: &UserId| {
            COUNTED.map(|namespace| {
                u32::try_from(self.sessions.sockets_of(user, namespace)).unwrap_or(u32::MAX)
            })
        };
        users.map(|user| (user.clone(), sockets(&user))).collect()
    }

    fn guests(&self) -> Option<Vec<GuestHere>> {
        let changes = self.scrapers.changes();
        if self.scrapers_told.swap(changes, Ordering::Relaxed) == changes {
            return None;
        }
        let guests = self.scrapers.list().into_iter().map(|scraper| GuestHere {
            socket: scraper.socket_id.into(),
            client: scraper.client_id.into(),
            since: scraper.connected_at,
        });
        Some(guests.collect())
    }
}
