use actors::domain::MessageId;
use actors::engine::{Caller, Engine, MarkRead};

use super::{Ack, Payload};
use crate::answer::Fault;

/// `{conversation_id, channel_id?, message_id?}`
pub async fn handle(engine: &Engine, caller: &Caller, payload: Payload) -> Result<Ack, Fault> {
    let ask = MarkRead {
        place: payload.place()?,
        up_to: payload.optional_id("message_id", MessageId::parse)?,
    };
    Ack::conversation(&engine.mark_read(caller, ask).await?)
}
