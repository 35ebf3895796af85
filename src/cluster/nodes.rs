//! This node among the others: what it tells and asks them, and what it knows of them.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actors::domain::{Key, Namespace, NodeId, UserId};
use actors::ports::{
    Ask, Cluster, Company, Declined, Done, Guest, News, NoAnswer, Person, Ready, Shown,
};
use async_nats::Client;
use bytes::Bytes;
use secrecy::SecretString;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::ConnectError;
use super::envelope::{open, seal};
use super::forward::{Reply, Request};
use super::members::Members;
use super::presence::{Elsewhere, Here};
use super::told::{Passing, Told, What, for_node, wanted};

/// Messages that wait to be sent. One more is not sent.
const OUTGOING: usize = 16_384;
/// How long another node may take to do something, before it is done here.
const PATIENCE: Duration = Duration::from_secs(2);
/// Of a conversation with more people nothing is told in passing: who is not told reads the log.
const MOST_NAMED: usize = 256;
/// What a message may have besides its packets, in bytes.
const ROOM: usize = 16 * 1024;

pub struct Nodes {
    pub(super) own: NodeId,
    pub(super) subjects: Subjects,
    pub(super) client: Client,
    pub(super) members: Members,
    pub(super) here: Here,
    pub(super) elsewhere: Elsewhere,
    out: mpsc::Sender<Outgoing>,
    pub(super) is_cut: AtomicBool,
    pub(super) is_leaving: AtomicBool,
    /// It said goodbye.
    pub(super) is_gone: AtomicBool,
}

/// What waits to be sent.
pub(super) enum Outgoing {
    /// Gathered with others.
    Passing(Passing),
    Message {
        subject: String,
        payload: Bytes,
    },
}

/// Where nodes listen.
pub(super) struct Subjects {
    /// Everybody.
    pub all: String,
    prefix: String,
}

impl Subjects {
    fn new(prefix: &str) -> Self {
        Self { all: format!("{prefix}.all"), prefix: prefix.to_owned() }
    }

    /// One node: what it is told.
    pub fn node(&self, node: &NodeId) -> String {
        format!("{}.node.{node}", self.prefix)
    }

    /// One node: what it is asked.
    pub fn ask(&self, node: &NodeId) -> String {
        format!("{}.ask.{node}", self.prefix)
    }
}

impl Nodes {
    /// Begins to connect. Until there are tasks ([`super::AtWork`]) nothing is sent or heard.
    ///
    /// # Errors
    ///
    /// [`ConnectError`]: the address is none.
    pub(super) async fn connect(
        url: &SecretString,
        prefix: &str,
    ) -> Result<(Arc<Self>, mpsc::Receiver<Outgoing>), ConnectError> {
        let own = Uuid::new_v4().simple().to_string();
        let own = NodeId::parse(&own).map_err(|_| ConnectError)?;
        let client = super::nats::connect(url, &own).await?;
        let (out, outgoing) = mpsc::channel(OUTGOING);
        let nodes = Self {
            subjects: Subjects::new(prefix),
            client,
            members: Members::new(own.clone()),
            here: Here::default(),
            elsewhere: Elsewhere::default(),
            out,
            is_cut: AtomicBool::new(true),
            is_leaving: AtomicBool::new(false),
            is_gone: AtomicBool::new(false),
            own,
        };
        Ok((Arc::new(nodes), outgoing))
    }

    pub fn own(&self) -> &NodeId {
        &self.own
    }

    /// Whether the others hear this node.
    pub fn is_together(&self) -> bool {
        !self.is_cut.load(Ordering::Acquire)
    }

    /// What was at home here is at home elsewhere from now on.
    pub fn leave(&self) {
        self.is_leaving.store(true, Ordering::Release);
    }

    pub(super) fn tell_all(&self, what: What) {
        let payload = self.told(what);
        self.send(Outgoing::Message { subject: self.subjects.all.clone(), payload });
    }

    fn tell_node(&self, node: &NodeId, what: What) {
        let payload = self.told(what);
        self.send(Outgoing::Message { subject: self.subjects.node(node), payload });
    }

    pub(super) fn told(&self, what: What) -> Bytes {
        seal(&Told { from: self.own.clone(), what })
    }

    fn send(&self, outgoing: Outgoing) {
        if !self.is_together() {
            return;
        }
        if self.out.try_send(outgoing).is_err() {
            metrics::counter!("switchboard_cluster_unsent_total").increment(1);
        }
    }

    /// Whether packets of this size can be sent at all.
    fn fits(&self, packets: &[actors::ports::Spelled]) -> bool {
        let size: usize = packets.iter().map(|one| one.packet.len() + ROOM / 16).sum();
        size + ROOM < self.client.max_payload()
    }

    pub(super) async fn request(&self, node: &NodeId, request: &Request) -> Option<Reply> {
        let payload = async_nats::Request::new().payload(seal(request)).timeout(Some(PATIENCE));
        let answer = self.client.send_request(self.subjects.ask(node), payload).await.ok()?;
        open::<Reply>(answer.payload).ok()
    }

    /// Those of the nodes at which any of these users is connected.
    fn nodes_of(&self, packets: &[actors::ports::Spelled]) -> HashSet<NodeId> {
        self.elsewhere.nodes_of(packets.iter().flat_map(|one| &one.users))
    }
}

#[async_trait::async_trait]
impl Cluster for Nodes {
    fn company(&self) -> Company {
        if self.is_together() { Company::Together } else { Company::CutOff }
    }

    fn home(&self, key: &Key) -> Option<NodeId> {
        self.members.home(key)
    }

    async fn ask(&self, node: &NodeId, ask: &Ask) -> Result<Result<Done, Declined>, NoAnswer> {
        let request = Request::Do(ask.clone());
        if !request.travels() {
            return Err(NoAnswer);
        }
        match self.request(node, &request).await {
            Some(Reply::Done(done)) => Ok(done),
            Some(Reply::Presence(_)) | None => Err(NoAnswer),
        }
    }

    fn sockets_elsewhere(&self, user: &UserId, namespace: Namespace) -> usize {
        self.elsewhere.sockets(user, namespace)
    }

    fn is_watched_elsewhere(&self, namespace: Namespace) -> bool {
        self.elsewhere.is_watched(namespace)
    }

    fn guests_elsewhere(&self) -> Vec<Guest> {
        self.elsewhere.guests()
    }

    fn tell(&self, news: News) {
        if self.members.others() == 0 {
            return;
        }
        // Whoever takes part waits for every position of the conversation, hidden or not.
        for node in self.elsewhere.nodes_of(news.participants.iter()) {
            let is_there = |user: &UserId, namespace| self.elsewhere.is_at(&node, user, namespace);
            let mut told = for_node(&news, is_there);
            let Some(ready) = &mut told.spelled else { break };
            if !self.fits(&ready.packets) {
                *ready = Ready { packets: Vec::new(), ..std::mem::take(ready) };
            }
            self.tell_node(&node, What::News(told));
        }
        let News { entry, participants, .. } = news;
        if participants.len() <= MOST_NAMED {
            self.send(Outgoing::Passing(Passing { entry, participants }));
        }
    }

    fn show(&self, shown: Shown) {
        for node in self.nodes_of(&shown.packets) {
            let is_there = |user: &UserId, namespace| self.elsewhere.is_at(&node, user, namespace);
            let packets = wanted(&shown.packets, is_there);
            if !packets.is_empty() && self.fits(&packets) {
                self.tell_node(&node, What::Shown(Shown { packets, ..shown.clone() }));
            }
        }
    }

    fn show_guest(&self, guest: &Guest, packet: Bytes) {
        self.tell_node(&guest.node, What::Guest { socket: Arc::clone(&guest.socket), packet });
    }

    fn dismiss(&self, user: &UserId) {
        self.tell_all(What::Dismiss(user.clone()));
    }

    fn changed(&self, person: &Person) {
        self.tell_all(What::Changed(person.clone()));
    }
}
