use std::sync::Arc;

use super::Unavailable;
use crate::domain::{AccountId, ConversationId, Message, MessageId, ProviderMessageId, Timestamp};

/// Messages on their way to contacts. They enter with the commit that shows them, and leave when
/// a provider has them or never will.
///
/// One worker takes from it. Each message reaches the provider once, whenever the worker dies:
/// that it is about to be handed over is kept first ([`Outbox::calling`]), and one that was about
/// to be is looked up at the provider before it is handed over again.
#[async_trait::async_trait]
pub trait Outbox: Send + Sync {
    /// Up to `limit` messages that are due, the longest due first.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown. So with every question below; what was to be kept may or may not
    /// be, and asking again is safe.
    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<Due>, Unavailable>;

    /// The provider is about to be called for this message.
    async fn calling(&self, message: &MessageId, now: Timestamp) -> Result<(), Unavailable>;

    /// The provider has it, under this name. It leaves the outbox.
    async fn taken(
        &self,
        message: &MessageId,
        provider_id: &ProviderMessageId,
    ) -> Result<(), Unavailable>;

    /// Not now; the provider surely does not have it.
    async fn put_off(&self, message: &MessageId, until: Timestamp) -> Result<(), Unavailable>;

    /// It will never be sent. It leaves the outbox.
    async fn given_up(&self, message: &MessageId) -> Result<(), Unavailable>;

    /// It failed before and is to be tried anew. Nothing happens to one that is in the outbox.
    async fn enter_again(&self, message: &MessageId, now: Timestamp) -> Result<(), Unavailable>;

    /// The outgoing message that a provider knows by this name.
    async fn by_provider_id(
        &self,
        provider_id: &ProviderMessageId,
    ) -> Result<Option<Sent>, Unavailable>;
}

/// A message that is due.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    pub account: AccountId,
    pub conversation: ConversationId,
    pub message: Arc<Message>,
    /// Times it was handed over and did not arrive.
    pub attempts: u32,
    /// It was about to be handed over then, and nobody knows what came of it.
    pub called_at: Option<Timestamp>,
}

/// A message that a provider has.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    pub account: AccountId,
    pub conversation: ConversationId,
    pub message: MessageId,
}
