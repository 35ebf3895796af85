use actors::engine::{Caller, Engine, MessagesAround};

use super::{Ack, Payload, cursor, prospect_list_message};
use crate::answer::Fault;
use crate::socketio::views::{ConversationShape, MessageListShape, MessagePaging, MessageShape};

/// `{conversation_id, channel_id?, message_id, limit?, sort?}`
pub async fn handle(engine: &Engine, caller: &Caller, payload: Payload) -> Result<Ack, Fault> {
    let mut anchor = None;
    for name in ["message_id", "_id", "messageID"] {
        anchor = anchor.or(payload.text(name)?);
    }
    let anchor = anchor.filter(|anchor| !anchor.is_empty());
    let ask = MessagesAround {
        place: payload.place()?,
        anchor: anchor.ok_or_else(|| Fault::invalid("message_id is required"))?.to_owned(),
        limit: prospect_list_message::limit(&payload)?,
        direction: prospect_list_message::direction(&payload)?,
    };
    let list = engine.messages_around(caller, &ask).await?;
    Ack::bare(&MessageListShape {
        conversation: Some(ConversationShape::from(&list.conversation)),
        messages: list.messages.iter().map(MessageShape::from).collect(),
        paging: MessagePaging {
            limit: ask.limit,
            sort: prospect_list_message::sort(ask.direction),
            next: list.next.as_ref().map(cursor::write_message),
            prev: Some(list.prev.as_ref().map(cursor::write_message)),
        },
    })
}
