use actors::domain::{ChannelId, State};
use actors::engine::{Caller, Engine, ListConversations, ListMessages};
use actors::ports::{Direction, Sort};

use super::{Ack, Payload, cursor, prospect_list_message};
use crate::answer::Fault;
use crate::socketio::views::{
    ConversationListShape, ConversationPaging, ConversationShape, MessageListShape, MessagePaging,
};

const FILTERS: [(&str, State); 6] = [
    ("OPEN", State::Open),
    ("CLOSE", State::Close),
    ("SNOOZE", State::Snooze),
    ("UNREAD", State::Unread),
    ("PRIORITY", State::Priority),
    ("ARCHIVED", State::Archived),
];

/// `{channel_id, filter?, sort?, limit?, next?}`. Without a filter: all but the archived ones.
pub async fn handle(engine: &Engine, caller: &Caller, payload: Payload) -> Result<Ack, Fault> {
    let sorts = [("NEWEST", Sort::Newest), ("OLDEST", Sort::Oldest)];
    let ask = ListConversations {
        channel: payload.id("channel_id", ChannelId::parse)?,
        state: payload.word("filter", &FILTERS)?.unwrap_or(State::Any),
        sort: payload.word("sort", &sorts)?.unwrap_or(Sort::Newest),
        limit: payload.limit(ListConversations::DEFAULT_LIMIT, ListConversations::MAX_LIMIT)?,
        cut: payload.text("next")?.map(cursor::read_conversation).transpose()?,
    };
    let limit = ask.limit;
    let list = engine.list_conversations(caller, ask).await?;
    let message_list = match &list.first {
        Some(first) => {
            prospect_list_message::shape(first, ListMessages::DEFAULT_LIMIT, Direction::Older)
        }
        None => MessageListShape { conversation: None, messages: vec![], paging: no_messages() },
    };
    Ack::bare(&ConversationListShape {
        conversation: list.conversations.iter().map(ConversationShape::from).collect(),
        message_list,
        paging: ConversationPaging {
            limit,
            next: list.next.as_ref().map(cursor::write_conversation),
        },
    })
}

fn no_messages() -> MessagePaging {
    let sort = prospect_list_message::sort(Direction::Older);
    MessagePaging { limit: ListMessages::DEFAULT_LIMIT, sort, next: None, prev: None }
}
