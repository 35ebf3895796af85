use std::sync::Arc;

use bytes::Bytes;

use super::Unavailable;
use crate::domain::command::Command;
use crate::domain::{
    ConversationId, Entry, Key, MessageId, Namespace, NodeId, Outcome, Position, Refusal, Target,
    Timestamp, UserId, Within,
};

/// The other nodes on this store: what this one tells and asks them, and what it knows of them.
///
/// All of it is a head start. What people are told stands in the log, which every node reads; so
/// whatever is said here may be lost, late, or said twice.
#[async_trait::async_trait]
pub trait Cluster: Send + Sync {
    fn company(&self) -> Company;

    /// Whose task the commands on this conversation are; `None`: this node's.
    fn home(&self, key: &Key) -> Option<NodeId>;

    /// Has another node do something.
    ///
    /// # Errors
    ///
    /// [`NoAnswer`]: it may have been done. Doing it here is safe, as every command is.
    async fn ask(&self, node: &NodeId, ask: &Ask) -> Result<Result<Done, Declined>, NoAnswer>;

    /// How many sockets a user has on the other nodes.
    fn sockets_elsewhere(&self, user: &UserId, namespace: Namespace) -> usize;

    /// Whether anybody is in this namespace on another node.
    fn is_watched_elsewhere(&self, namespace: Namespace) -> bool;

    /// Scrapers on other nodes.
    fn guests_elsewhere(&self) -> Vec<Guest>;

    /// Tells the others of what was committed here, in the order of calls. Never waits.
    fn tell(&self, news: News);

    /// Has something shown that is not in the log. Never waits.
    fn show(&self, shown: Shown);

    /// Has something shown to one guest. Never waits.
    fn show_guest(&self, guest: &Guest, packet: Bytes);

    /// Has every connection of a user ended. Never waits.
    fn dismiss(&self, user: &UserId);

    /// Has the others read anew what they remember of somebody or something. Never waits.
    fn changed(&self, person: &Person);
}

/// How a node stands to the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Company {
    /// There are none: nobody else writes to this store.
    Alone,
    /// There need not be any. Should somebody else have opened the store, the log says what they do.
    Unannounced,
    /// What others commit is told here at once.
    Together,
    /// Others may commit and cannot tell: only the log says so.
    CutOff,
}

/// What one node does for another.
#[derive(Clone)]
pub enum Ask {
    Write { target: Target, within: Within, command: Arc<dyn Command> },
    ShowAgain { conversation: ConversationId, again: Again },
}

/// What is to be shown once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Again {
    /// A message, which was announced at this position.
    Message(MessageId, Position),
    Conversation {
        is_new: bool,
    },
}

/// What came of it. Whatever else the asker needs is in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    pub conversation: ConversationId,
    /// The message that was placed, now or before.
    pub message: Option<MessageId>,
    pub outcome: Outcome,
}

/// It was heard, and not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declined {
    NotFound,
    Refused(Refusal),
    /// That node could not. Nobody knows whether it was done.
    Unable,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("another node did not answer")]
pub struct NoAnswer;

/// An announcement on its way to other nodes, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    pub entry: Entry,
    /// Who takes part in the conversation. A node where none of them is has nothing to show.
    pub participants: Vec<UserId>,
    pub spelled: Option<Ready>,
}

/// How an announcement looks. Somebody connected who is in the audience and for whom there is no packet
/// came too lately to be known: then the node looks the announcement up itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ready {
    /// Who is to be shown it, connected or not.
    pub audience: Vec<UserId>,
    pub packets: Vec<Spelled>,
}

/// One packet, and who gets it. Not everybody need be connected.
#[derive(Clone, PartialEq, Eq)]
pub struct Spelled {
    pub namespace: Namespace,
    pub packet: Bytes,
    pub users: Vec<UserId>,
}

/// Packets that are shown to whoever is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Not before this was shown.
    pub after: Position,
    /// Each packet ends with what a session is to come back with, which differs from node to node.
    pub with_offset: bool,
    pub packets: Vec<Spelled>,
}

/// Somebody connected who is no user, on another node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest {
    pub node: NodeId,
    pub socket: Arc<str>,
    pub client: Arc<str>,
    pub since: Timestamp,
}

/// What nodes remember of people for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Person {
    Account(crate::domain::AccountId),
    Channel(crate::domain::ChannelId),
    User(UserId),
    Contact(crate::domain::ContactId),
}

/// This node, as the others have it.
#[async_trait::async_trait]
pub trait Neighbour: Send + Sync {
    async fn carry_out(&self, ask: Ask) -> Result<Done, Declined>;

    /// Another node committed this.
    fn hear(&self, news: News);

    /// The log reaches this far, says another node.
    fn heard_of(&self, newest: Position);

    /// Something may have been missed: the log is to be read now.
    fn look_up(&self);

    fn show(&self, shown: Shown);

    fn show_guest(&self, socket: &str, packet: Bytes);

    fn dismiss(&self, user: &UserId);

    /// What is remembered of somebody or something is to be read anew.
    fn changed(&self, person: &Person);

    /// The newest position this node knows of.
    fn newest(&self) -> Position;

    /// Whether it can carry anything out: it reaches the store.
    fn is_able(&self) -> bool;
}

/// One node, and nobody else.
#[derive(Clone, Copy, Debug)]
pub struct Lone(pub Company);

#[async_trait::async_trait]
impl Cluster for Lone {
    fn company(&self) -> Company {
        self.0
    }

    fn home(&self, _: &Key) -> Option<NodeId> {
        None
    }

    async fn ask(&self, _: &NodeId, _: &Ask) -> Result<Result<Done, Declined>, NoAnswer> {
        Err(NoAnswer)
    }

    fn sockets_elsewhere(&self, _: &UserId, _: Namespace) -> usize {
        0
    }

    fn is_watched_elsewhere(&self, _: Namespace) -> bool {
        false
    }

    fn guests_elsewhere(&self) -> Vec<Guest> {
        Vec::new()
    }

    fn tell(&self, _: News) {}

    fn show(&self, _: Shown) {}

    fn show_guest(&self, _: &Guest, _: Bytes) {}

    fn dismiss(&self, _: &UserId) {}

    fn changed(&self, _: &Person) {}
}

impl From<Unavailable> for Declined {
    fn from(_: Unavailable) -> Self {
        Self::Unable
    }
}

impl std::fmt::Debug for Spelled {
    /// Content may be personal, so only its size shows.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Spelled({} bytes for {} users)", self.packet.len(), self.users.len())
    }
}
