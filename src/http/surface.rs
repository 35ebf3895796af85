use std::sync::Arc;

use actors::domain::{ConversationId, MessageId};
use actors::engine::{Engine, Failure, Route};
use actors::ports::{Communications, Conversations, People};

use super::{Dismissals, Probe, RateLimit};
use crate::custom_event::CustomEvents;

/// What the routes of this module ask.
pub struct Surface {
    pub people: Arc<dyn People>,
    pub communications: Arc<dyn Communications>,
    pub conversations: Arc<dyn Conversations>,
    pub emits: Arc<dyn Emits>,
    pub custom_events: Arc<dyn CustomEvents>,
    /// Of the two POST emits; the others have none.
    pub emit_limit: RateLimit,
    pub dismissals: Arc<dyn Dismissals>,
    pub probes: Vec<Probe>,
}

/// The engine's two emits, so that routes can be tried without an engine.
#[async_trait::async_trait(?Send)]
pub trait Emits: Send + Sync {
    async fn message(&self, route: &Route, id: &MessageId) -> Result<(), Failure>;

    async fn conversation(
        &self,
        route: &Route,
        id: &ConversationId,
        is_new: bool,
    ) -> Result<(), Failure>;
}

#[async_trait::async_trait(?Send)]
impl Emits for Engine {
    async fn message(&self, route: &Route, id: &MessageId) -> Result<(), Failure> {
        self.emit_message(route, id).await
    }

    async fn conversation(
        &self,
        route: &Route,
        id: &ConversationId,
        is_new: bool,
    ) -> Result<(), Failure> {
        self.emit_conversation(route, id, is_new).await
    }
}
