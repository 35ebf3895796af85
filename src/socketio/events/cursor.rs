//! `next`: a plain instant wherever that loses nothing, else the instant and `#` and a key.

use actors::domain::{ConversationId, MessageId};
use actors::ports::{Cut, InboxCut, SearchCut};

use crate::answer::Fault;
use crate::time;

fn wrong() -> Fault {
    Fault::invalid("next has to be a cursor of an earlier answer")
}

fn split(text: &str) -> (&str, Option<&str>) {
    text.split_once('#').map_or((text, None), |(at, key)| (at, Some(key)))
}

pub fn read_message(text: &str) -> Result<Cut, Fault> {
    let (at, key) = split(text);
    let id = key.map(MessageId::parse).transpose().map_err(|_| wrong())?;
    Ok(Cut { at: time::parse(at).map_err(|_| wrong())?, id })
}

pub fn write_message(cut: &Cut) -> String {
    let at = time::format(cut.at);
    cut.id.as_ref().map_or(at.clone(), |id| format!("{at}#{id}"))
}

/// `#p…` stands in the pinned band, `#u…` below it.
pub fn read_conversation(text: &str) -> Result<InboxCut, Fault> {
    let (at, key) = split(text);
    let at = time::parse(at).map_err(|_| wrong())?;
    let Some(key) = key else { return Ok(InboxCut { pinned: false, at, id: None }) };
    let (pinned, id) = match (key.strip_prefix('p'), key.strip_prefix('u')) {
        (Some(id), _) => (true, id),
        (_, Some(id)) => (false, id),
        _ => return Err(wrong()),
    };
    let id = ConversationId::parse(id).map_err(|_| wrong())?;
    Ok(InboxCut { pinned, at, id: Some(id) })
}

pub fn write_conversation(cut: &InboxCut) -> String {
    let at = time::format(cut.at);
    let band = if cut.pinned { 'p' } else { 'u' };
    cut.id.as_ref().map_or(at.clone(), |id| format!("{at}#{band}{id}"))
}

/// `#message#conversation`; a `#` in an id is written `%23`.
pub fn read_found(text: &str) -> Result<SearchCut, Fault> {
    let mut parts = text.split('#');
    let mut part = || parts.next().ok_or_else(wrong);
    let at = time::parse(part()?).map_err(|_| wrong())?;
    let id = |text: &str| text.replace("%23", "#").replace("%25", "%");
    let message = MessageId::parse(&id(part()?)).map_err(|_| wrong())?;
    let conversation = ConversationId::parse(&id(part()?)).map_err(|_| wrong())?;
    if parts.next().is_some() {
        return Err(wrong());
    }
    Ok(SearchCut { at, message, conversation })
}

pub fn write_found(cut: &SearchCut) -> String {
    let id = |id: &str| id.replace('%', "%25").replace('#', "%23");
    let (message, conversation) = (id(cut.message.as_str()), id(cut.conversation.as_str()));
    format!("{}#{message}#{conversation}", time::format(cut.at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actors::domain::Timestamp;
    use proptest::prelude::*;

    #[test]
    fn a_plain_instant_is_a_cursor() {
        assert!(read_message("2025-10-13T10:00:00.000Z").unwrap().id.is_none());
        assert!(read_conversation("2025-10-13T10:00:00.000Z").unwrap().id.is_none());
        assert!(read_message("yesterday").is_err());
        assert!(read_conversation("2025-10-13T10:00:00.000Z#x").is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            at in 0i64..4_000_000_000_000,
            id in "[a-z#]{1,9}",
            pinned: bool,
        ) {
            let at = Timestamp(at);
            let cut = Cut { at, id: Some(MessageId::parse(&id).unwrap()) };
            prop_assert_eq!(read_message(&write_message(&cut)).unwrap(), cut);
            let message = MessageId::parse(&id).unwrap();
            let conversation = ConversationId::parse(&format!("%23{id}%")).unwrap();
            let cut = SearchCut { at, message, conversation };
            prop_assert_eq!(read_found(&write_found(&cut)).unwrap(), cut);
            let id = Some(ConversationId::parse(&id).unwrap());
            let cut = InboxCut { pinned, at, id };
            prop_assert_eq!(read_conversation(&write_conversation(&cut)).unwrap(), cut);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in ".*") {
            let _ = (read_message(&text).is_ok(), read_conversation(&text).is_ok());
            let _ = read_found(&text).is_ok();
        }
    }
}
