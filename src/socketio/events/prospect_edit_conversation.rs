use actors::engine::{Caller, Change, Engine};

use super::{Ack, Payload, prospect_add_conversation};
use crate::answer::Fault;

const FIELDS: [&str; 4] = ["conversation_id", "channel_id", "title", "image"];

/// `{conversation_id, channel_id?, title?, image?}`, at least one of the last two. An empty one is
/// derived from the contact again. Nothing else may be smuggled in.
pub async fn handle(engine: &Engine, caller: &Caller, payload: Payload) -> Result<Ack, Fault> {
    if let Some(other) = payload.fields().find(|field| !FIELDS.contains(field)) {
        let shown: String = other.chars().take(64).collect();
        return Err(Fault::invalid(format!("{shown} cannot be edited")));
    }
    let given = |field| payload.raw(field).is_some();
    if !given("title") && !given("image") {
        return Err(Fault::invalid("title or image is required"));
    }
    let title = prospect_add_conversation::title(&payload)?;
    let image = payload.texts("image")?;
    let edit = Change::Edit {
        title: given("title").then_some(title),
        image: given("image").then_some(image),
    };
    Ack::conversation(&engine.change(caller, &payload.place()?, edit).await?)
}
