use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use actix::prelude::*;
use tokio::sync::oneshot;

use super::{Found, Target};
use crate::conversation::{ConversationActor, Tools};
use crate::domain::{Conversation, ConversationId, Key};
use crate::ports::Ids;

/// Knows every conversation that is awake on this node.
pub struct Registry {
    pub(super) tools: Arc<Tools>,
    pub(super) ids: Arc<dyn Ids>,
    /// The threads conversations live on; each stays where its id puts it.
    threads: Vec<ArbiterHandle>,
    /// Most conversations awake at a time; beyond it nobody is woken until some retire.
    pub(super) most_awake: usize,
    pub(super) awake: HashMap<ConversationId, Addr<ConversationActor>>,
    pub(super) by_key: HashMap<Key, ConversationId>,
    /// Who waits for a conversation that is being looked up.
    pub(super) waiting: HashMap<Target, Vec<oneshot::Sender<Found>>>,
}

impl Registry {
    /// Mail that may wait; senders beyond it wait themselves.
    const MAILBOX: usize = 4096;

    pub fn new(
        tools: Arc<Tools>,
        ids: Arc<dyn Ids>,
        threads: Vec<ArbiterHandle>,
        most_awake: usize,
    ) -> Self {
        Self {
            tools,
            ids,
            threads,
            most_awake,
            awake: HashMap::new(),
            by_key: HashMap::new(),
            waiting: HashMap::new(),
        }
    }

    /// The one actor of a conversation: the one that is awake, or a new one.
    pub(super) fn wake(
        &mut self,
        conversation: Conversation,
        ctx: &Context<Self>,
    ) -> Addr<ConversationActor> {
        if let Some(there) = self.is_awake(&conversation.id) {
            return there;
        }
        let (id, key) = (conversation.id.clone(), conversation.key.clone());
        let (tools, registry) = (Arc::clone(&self.tools), ctx.address());
        let start = move |_: &mut Context<_>| ConversationActor::new(conversation, tools, registry);
        let address = match self.thread(&id) {
            Some(thread) => ConversationActor::start_in_arbiter(thread, start),
            None => ConversationActor::create(start),
        };
        self.by_key.insert(key, id.clone());
        self.awake.insert(id, address.clone());
        metrics::gauge!("switchboard_conversations_awake").set(self.awake.len() as f64);
        address
    }

    pub(super) fn is_awake(&self, id: &ConversationId) -> Option<Addr<ConversationActor>> {
        self.awake.get(id).filter(|address| address.connected()).cloned()
    }

    fn thread(&self, id: &ConversationId) -> Option<&ArbiterHandle> {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(id) as usize;
        self.threads.get(hash % self.threads.len().max(1))
    }
}

impl Actor for Registry {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(Self::MAILBOX);
    }
}
