use actors::engine::{Caller, Change, Engine};

use super::{Ack, Payload};
use crate::answer::Fault;

/// `{conversation_id, channel_id?, archive?}`
pub async fn handle(engine: &Engine, caller: &Caller, payload: Payload) -> Result<Ack, Fault> {
    let archive = Change::Archive(payload.flag(&["archive", "is_archived"])?);
    Ack::conversation(&engine.change(caller, &payload.place()?, archive).await?)
}
