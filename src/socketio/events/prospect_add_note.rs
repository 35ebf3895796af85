use actors::domain::Uuid;
use actors::engine::{AddNote, Caller, Engine};

use super::{Ack, Payload};
use crate::answer::Fault;
use crate::socketio::views::MessageShape;

/// `{conversation_id, channel_id?, UUID?, data, mentions?, attachments?}`
pub async fn handle(engine: &Engine, caller: &Caller, payload: Payload) -> Result<Ack, Fault> {
    let uuid = payload.text("UUID")?.map(Uuid::parse).transpose();
    let ask = AddNote {
        place: payload.place()?,
        uuid: uuid.map_err(|error| Fault::invalid(error.to_string()))?,
        text: payload.text("data")?.unwrap_or_default().to_owned(),
        mentions: payload.users("mentions")?,
        attachments: payload.attachments("attachments")?,
    };
    let noted = engine.add_note(caller, ask).await?;
    Ack::data(&MessageShape::from(&noted.view))
}
