use actors::domain::{ChannelId, Contact, Conversation, ConversationId, Kind, Message, MessageId};

/// What a device is told of a message.
#[derive(Clone, PartialEq, Eq)]
pub struct Notification {
    pub title: String,
    pub body: String,
    pub conversation: ConversationId,
    pub message: MessageId,
    pub channel: ChannelId,
    pub kind: Kind,
}

/// Characters of the text that are shown.
const BODY_CHARS: usize = 120;

impl Notification {
    /// Who may see the message has been looked at; this only says it.
    pub fn new(conversation: &Conversation, contact: Option<&Contact>, message: &Message) -> Self {
        let text = message.text.trim();
        let body = match text.is_empty() {
            true => "Attachment".to_owned(),
            false => text.chars().take(BODY_CHARS).collect(),
        };
        Self {
            title: conversation.title(contact).to_owned(),
            body,
            conversation: conversation.id.clone(),
            message: message.id.clone(),
            channel: conversation.key.channel.clone(),
            kind: message.kind,
        }
    }
}

impl std::fmt::Debug for Notification {
    /// Title and body are personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Notification({})", self.message)
    }
}

#[cfg(test)]
mod tests {
    use actors::testing::domain::{conversation, incoming};

    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let text = "é".repeat(BODY_CHARS + 1);

        let told = Notification::new(&conversation(&["ana"]), None, &incoming("m1", &text));

        assert_eq!(told.body, "é".repeat(BODY_CHARS));
        assert_eq!(told.title, "Unknown contact");
    }

    #[test]
    fn what_has_no_text_has_an_attachment() {
        let told = Notification::new(&conversation(&["ana"]), None, &incoming("m1", " "));

        assert_eq!(told.body, "Attachment");
    }
}
