use actors::engine::{Caller, Engine, ListMessages, MessageList};
use actors::ports::Direction;

use super::{Ack, Payload, cursor};
use crate::answer::Fault;
use crate::socketio::views::{ConversationShape, MessageListShape, MessagePaging, MessageShape};

/// `{conversation_id, channel_id?, limit?, sort?, next?}`
pub async fn handle(engine: &Engine, caller: &Caller, payload: Payload) -> Result<Ack, Fault> {
    let ask = ListMessages {
        place: payload.place()?,
        limit: limit(&payload)?,
        direction: direction(&payload)?,
        cut: payload.text("next")?.map(cursor::read_message).transpose()?,
    };
    let list = engine.list_messages(caller, &ask).await?;
    Ack::bare(&shape(&list, ask.limit, ask.direction))
}

pub(super) fn limit(payload: &Payload) -> Result<usize, Fault> {
    payload.limit(ListMessages::DEFAULT_LIMIT, ListMessages::MAX_LIMIT)
}

pub(super) fn direction(payload: &Payload) -> Result<Direction, Fault> {
    let words = [("DESC", Direction::Older), ("ASC", Direction::Newer)];
    Ok(payload.word("sort", &words)?.unwrap_or(Direction::Older))
}

pub(super) fn sort(direction: Direction) -> &'static str {
    match direction {
        Direction::Older => "DESC",
        Direction::Newer => "ASC",
    }
}

pub(super) fn shape(
    list: &MessageList,
    limit: usize,
    direction: Direction,
) -> MessageListShape<'_> {
    MessageListShape {
        conversation: Some(ConversationShape::from(&list.conversation)),
        messages: list.messages.iter().map(MessageShape::from).collect(),
        paging: MessagePaging {
            limit,
            sort: sort(direction),
            next: list.next.as_ref().map(cursor::write_message),
            prev: None,
        },
    }
}
