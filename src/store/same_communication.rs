use actors::domain::{Communication, ConversationId};

/// Whether a communication is put again as it was; `addressed` is where it was to stand then. What
/// came to it meanwhile does not count: the stamp, the conversations it was resolved to, its way to
/// the contact.
pub fn says_the_same(
    old: &Communication,
    addressed: &[ConversationId],
    again: &Communication,
) -> bool {
    let mut message = again.message.clone();
    message.status = old.message.status;
    message.error_code.clone_from(&old.message.error_code);
    if !again.dated && !old.dated {
        message.created_at = old.message.created_at;
    }
    let there = &again.conversations;
    message == old.message
        && (*there == addressed || *there == old.conversations)
        && (again.channel.is_none() || again.channel == old.channel)
        && again.from_number == old.from_number
        && again.to_number == old.to_number
}
