use actors::engine::{Caller, Change, Engine};

use super::{Ack, Payload};
use crate::answer::Fault;

/// `{conversation_id, channel_id?, is_open?}`
pub async fn handle(engine: &Engine, caller: &Caller, payload: Payload) -> Result<Ack, Fault> {
    let open = Change::Open(payload.flag(&["is_open", "open"])?);
    Ack::conversation(&engine.change(caller, &payload.place()?, open).await?)
}
