use actors::domain::{ChannelId, ContactId, command::Edit};
use actors::engine::{AddConversation, Caller, Engine};

use super::{Ack, Payload};
use crate::answer::Fault;

/// `{contact_id, channel_id, users?, title?, image?}`. The id arrives by broadcast.
pub async fn handle(engine: &Engine, caller: &Caller, payload: Payload) -> Result<Ack, Fault> {
    let ask = AddConversation {
        contact: payload.id("contact_id", ContactId::parse)?,
        channel: payload.id("channel_id", ChannelId::parse)?,
        users: payload.users("users")?,
        title: title(&payload)?,
        image: payload.texts("image")?,
    };
    engine.add_conversation(caller, ask).await?;
    Ok(Ack::Done)
}

/// A blank title is no title.
pub(super) fn title(payload: &Payload) -> Result<Option<String>, Fault> {
    let title = payload.text("title")?.filter(|title| !title.trim().is_empty());
    if title.is_some_and(|title| title.chars().nth(Edit::MAX_TITLE_CHARS).is_some()) {
        let max = Edit::MAX_TITLE_CHARS;
        return Err(Fault::invalid(format!("title is longer than {max} characters")));
    }
    Ok(title.map(str::to_owned))
}
