use std::sync::Arc;

use super::{Engine, Failure};
use crate::domain::{Channel, Json, MessageId, PhoneNumber, ProviderMessageId};

/// A contact's message as a provider delivered it.
#[derive(Clone, Debug)]
pub struct Inbound {
    pub channel: Arc<Channel>,
    pub from: PhoneNumber,
    pub provider_id: ProviderMessageId,
    pub text: String,
    pub attachments: Vec<Json>,
}

/// The message stands in its conversation; nothing can lose it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub message: MessageId,
    /// `false` when the provider had delivered it before.
    pub first_time: bool,
}

impl Engine {
    /// Takes in a contact's message: finds or makes contact and conversation, stores, tells
    /// people. Safe to repeat with the same `provider_id`.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`]: perhaps stored, surely not lost if it is repeated.
    pub async fn receive_inbound(&self, _inbound: Inbound) -> Result<Receipt, Failure> {
        todo!()
    }
}
