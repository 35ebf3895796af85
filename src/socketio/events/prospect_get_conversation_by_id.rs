use actors::domain::{ChannelId, ConversationId};
use actors::engine::{Caller, Engine, Place};

use super::{Ack, Payload};
use crate::answer::Fault;

/// `{conversation_id, channel_id?}`
pub async fn handle(engine: &Engine, caller: &Caller, payload: Payload) -> Result<Ack, Fault> {
    let place = match payload.optional_id("_id", ConversationId::parse)? {
        Some(conversation) if payload.raw("conversation_id").is_none() => {
            let channel = payload.optional_id("channel_id", ChannelId::parse)?;
            Place { conversation, channel }
        }
        _ => payload.place()?,
    };
    Ack::conversation(&engine.get_conversation(caller, &place).await?)
}
