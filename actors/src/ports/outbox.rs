use std::sync::Arc;

use super::Unavailable;
use crate::domain::{AccountId, ConversationId, Message, MessageId, ProviderMessageId, Timestamp};

/// Messages on their way to contacts. They enter with the commit that shows them, and leave when
/// people were told that a provider has them, or never will.
///
/// One worker takes from it at a time; where two do, one of them gets each message. Each message reaches the provider once, whenever the worker dies:
/// that it is about to be handed over is kept first ([`Outbox::calling`]), and one that was about
/// to be is looked up at the provider before it is handed over again.
///
/// Messages of one conversation leave in the order they came: only the first is ever due.
#[async_trait::async_trait]
pub trait Outbox: Send + Sync {
    /// Up to `limit` messages that are due, the longest due first; of each conversation the one
    /// that came first, whether or not later ones are due.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown. So with every question below; what was to be kept may or may not
    /// be, and asking again is safe.
    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<Due>, Unavailable>;

    /// The provider is about to be called for this message. `false`: it is not as it was when it
    /// was read, since another one took it up; whoever asks leaves it alone.
    async fn calling(&self, due: &Due, now: Timestamp) -> Result<bool, Unavailable>;

    /// The provider has it, under this name. It stays until people were told.
    async fn taken(
        &self,
        message: &MessageId,
        provider_id: &ProviderMessageId,
    ) -> Result<(), Unavailable>;

    /// Not now; the provider surely does not have it.
    async fn put_off(&self, message: &MessageId, until: Timestamp) -> Result<(), Unavailable>;

    /// Nobody knows whether the provider has it; it is to be looked up then.
    async fn in_doubt(&self, message: &MessageId, until: Timestamp) -> Result<(), Unavailable>;

    /// Nothing is left to do for it.
    async fn leave(&self, message: &MessageId) -> Result<(), Unavailable>;

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
    /// The provider has it, under this name.
    pub provider_id: Option<ProviderMessageId>,
}

/// A message that a provider has.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    pub account: AccountId,
    pub conversation: ConversationId,
    pub message: MessageId,
}
