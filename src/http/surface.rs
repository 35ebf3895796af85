use std::sync::Arc;

use actors::domain::{ConversationId, MessageId, UserId};
use actors::engine::{Engine, Failure, Route};
use actors::ports::{Communications, Conversations, People};

use super::Probe;

/// What the routes of this module ask.
pub struct Surface {
    pub people: Arc<dyn People>,
    pub communications: Arc<dyn Communications>,
    pub conversations: Arc<dyn Conversations>,
    pub emits: Arc<dyn Emits>,
    pub participants: Arc<dyn Participants>,
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

/// Who takes part, as far as the operator's services decide it.
#[async_trait::async_trait(?Send)]
pub trait Participants: Send + Sync {
    /// # Errors
    ///
    /// As [`Engine::remove_participant`].
    async fn remove(&self, from: &ConversationId, user: UserId) -> Result<(), Failure>;
}

#[async_trait::async_trait(?Send)]
impl Participants for Engine {
    async fn remove(&self, from: &ConversationId, user: UserId) -> Result<(), Failure> {
        self.remove_participant(from, user).await
    }
}
