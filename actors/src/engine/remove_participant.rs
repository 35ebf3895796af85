use std::sync::Arc;

use super::{Engine, Failure};
use crate::conversation::Within;
use crate::domain::command::RemoveParticipant;
use crate::domain::{ConversationId, UserId};
use crate::registry::Target;

impl Engine {
    /// Takes a user out of a conversation: an order of the operator's own services.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when there is no such conversation, or the user takes no part.
    pub async fn remove_participant(
        &self,
        id: &ConversationId,
        user: UserId,
    ) -> Result<(), Failure> {
        let found = self.store.load(id).await?;
        let key = found.ok_or(Failure::NotFound("conversation"))?.key;
        let within = Within { account: key.account, channel: None };
        let remove = Arc::new(RemoveParticipant { user });
        self.write_to(Target::Id(id.clone()), within, remove).await?;
        Ok(())
    }
}
