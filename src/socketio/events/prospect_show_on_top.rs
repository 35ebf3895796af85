use actors::engine::{Caller, Change, Engine};

use super::{Ack, Payload};
use crate::answer::Fault;

/// `{conversation_id, channel_id?, show_on_top?}`
pub async fn handle(engine: &Engine, caller: &Caller, payload: Payload) -> Result<Ack, Fault> {
    let pin = Change::ShowOnTop(payload.flag(&["show_on_top"])?);
    Ack::conversation(&engine.change(caller, &payload.place()?, pin).await?)
}
