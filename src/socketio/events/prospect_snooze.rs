use actors::domain::Snooze;
use actors::engine::{Caller, Change, Engine};
use serde_json::Value;

use super::{Ack, Payload};
use crate::answer::Fault;
use crate::time;

/// `{conversation_id, channel_id?, snooze_until?}`: an instant; absent or true until the next
/// incoming message; null or false wakes.
pub async fn handle(engine: &Engine, caller: &Caller, payload: Payload) -> Result<Ack, Fault> {
    let snooze = Change::Snooze(read(&payload)?);
    Ack::conversation(&engine.change(caller, &payload.place()?, snooze).await?)
}

fn read(payload: &Payload) -> Result<Option<Snooze>, Fault> {
    match ["snooze_until", "until", "snooze"].iter().find_map(|name| payload.raw(name)) {
        None | Some(Value::Bool(true)) => Ok(Some(Snooze::UntilNextIncoming)),
        Some(Value::Null | Value::Bool(false)) => Ok(None),
        Some(Value::String(text)) => {
            let end = time::parse(text);
            end.map(|end| Some(Snooze::Until(end)))
                .map_err(|error| Fault::invalid(format!("snooze_until {error}")))
        }
        Some(_) => Err(Fault::invalid("snooze_until has to be an instant, true, false or null")),
    }
}
