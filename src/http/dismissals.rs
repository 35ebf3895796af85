use actors::domain::{ConversationId, UserId};
use actors::engine::{Engine, Failure};
use actors::session::{CloseReason, Directory};

/// Sending people away, so that routes can be tried without an engine and without sockets.
#[async_trait::async_trait(?Send)]
pub trait Dismissals: Send + Sync {
    /// Takes a user out of a conversation.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when there is no such conversation, or the user takes no part.
    async fn take_out(&self, id: &ConversationId, user: UserId) -> Result<(), Failure>;

    /// Ends every connection of a user, after what was delivered before.
    fn disconnect(&self, user: &UserId);
}

/// The real thing: who is in conversations the engine knows, who is connected the directory.
pub struct Doors {
    pub engine: Engine,
    pub sessions: Directory,
}

#[async_trait::async_trait(?Send)]
impl Dismissals for Doors {
    async fn take_out(&self, id: &ConversationId, user: UserId) -> Result<(), Failure> {
        self.engine.remove_participant(id, user).await
    }

    fn disconnect(&self, user: &UserId) {
        self.sessions.disconnect_user(user, CloseReason::Dismissed);
        self.engine.homes.cluster.dismiss(user);
    }
}
