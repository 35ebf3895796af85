use actors::domain::{ChannelId, Words};
use actors::engine::{Caller, Engine, SearchMessages};

use super::{Ack, Payload, cursor};
use crate::answer::Fault;
use crate::socketio::views::{ConversationShape, MessageShape, SearchPaging, SearchShape};

/// Conversations found by who their contact is.
const CONVERSATIONS: usize = 20;

/// `{query, channel_id?, limit?, next?}`
pub async fn handle(engine: &Engine, caller: &Caller, payload: Payload) -> Result<Ack, Fault> {
    let query = payload.text("query")?.ok_or_else(|| Fault::invalid("query is required"))?;
    if query.chars().count() > SearchMessages::MAX_CHARS {
        let most = SearchMessages::MAX_CHARS;
        return Err(Fault::invalid(format!("query has more than {most} characters")));
    }
    let words = Words::of(query).ok_or_else(|| Fault::invalid("query holds no word"))?;
    let ask = SearchMessages {
        words,
        channel: payload.optional_id("channel_id", ChannelId::parse)?,
        cut: payload.text("next")?.map(cursor::read_found).transpose()?,
        limit: payload.limit(SearchMessages::DEFAULT_LIMIT, SearchMessages::MAX_LIMIT)?,
    };
    // They are few, and stand on the first page.
    let conversations = match &ask.cut {
        Some(_) => Vec::new(),
        None => {
            let channel = ask.channel.as_ref();
            engine.search_conversations(caller, &ask.words, channel, CONVERSATIONS).await?
        }
    };
    let found = engine.search_messages(caller, &ask).await?;
    Ack::bare(&SearchShape {
        conversations: conversations.iter().map(ConversationShape::from).collect(),
        messages: found.messages.iter().map(MessageShape::from).collect(),
        paging: SearchPaging {
            limit: ask.limit,
            next: found.next.as_ref().map(cursor::write_found),
        },
    })
}
