use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;

use super::gate::Gate;
use super::{Asked, Presenter};
use crate::domain::Conversation;
use crate::ports::{Clock, Cluster, FlightRecorder, Links, Push, Store};
use crate::recovery::Recent;
use crate::registry::{Registry, Retire};
use crate::session::Directory;
use crate::watermark::Watermark;

/// What every conversation works with.
pub struct Tools {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub push: Arc<dyn Push>,
    pub recorder: Arc<dyn FlightRecorder>,
    pub links: Arc<dyn Links>,
    pub presenter: Arc<dyn Presenter>,
    pub sessions: Directory,
    pub watermark: Arc<Watermark>,
    pub recent: Arc<Recent>,
    pub cluster: Arc<dyn Cluster>,
    pub gate: Gate,
    /// Asked of nothing for this long, a conversation gives its memory back.
    pub idle: Duration,
}

pub struct ConversationActor {
    pub(super) conversation: Arc<Conversation>,
    pub(super) tools: Arc<Tools>,
    registry: Addr<Registry>,
    pub(super) asked_lately: bool,
    /// What is carried out next, together.
    pub(super) asked: Vec<Asked>,
}

impl ConversationActor {
    /// Mail that may wait; senders beyond it wait themselves.
    const MAILBOX: usize = 256;

    pub fn new(conversation: Conversation, tools: Arc<Tools>, registry: Addr<Registry>) -> Self {
        let conversation = Arc::new(conversation);
        Self { conversation, tools, registry, asked_lately: true, asked: Vec::new() }
    }
}

impl Actor for ConversationActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(Self::MAILBOX);
        ctx.run_interval(self.tools.idle, |this, ctx| {
            if !std::mem::take(&mut this.asked_lately) {
                ctx.stop();
            }
        });
    }

    #[expect(clippy::disallowed_methods, reason = "one per conversation that ends")]
    fn stopped(&mut self, ctx: &mut Self::Context) {
        let Conversation { id, key, .. } = &*self.conversation;
        self.registry.do_send(Retire { id: id.clone(), key: key.clone(), address: ctx.address() });
    }
}
