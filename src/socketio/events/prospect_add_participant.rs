use actors::engine::{Caller, Engine};

use super::{Ack, Payload};
use crate::answer::Fault;

/// `{conversation_id, channel_id?, users}`
pub async fn handle(engine: &Engine, caller: &Caller, payload: Payload) -> Result<Ack, Fault> {
    let place = payload.place()?;
    let users = payload.users("users")?;
    if users.is_empty() {
        return Err(Fault::invalid("users is required"));
    }
    Ack::conversation(&engine.add_participants(caller, &place, users).await?)
}
