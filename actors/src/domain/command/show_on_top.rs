use super::{Command, change_own};
use crate::domain::{Conversation, Decision, Refusal, Timestamp, UserId};

/// Pin a conversation to the top of one's own lists, or let it go.
#[derive(Clone, Debug)]
pub struct ShowOnTop {
    pub by: UserId,
    pub show_on_top: bool,
}

impl Command for ShowOnTop {
    fn decide(&self, conversation: &Conversation, _: Timestamp) -> Result<Decision, Refusal> {
        change_own(conversation, &self.by, |own| own.show_on_top = self.show_on_top)
    }
}
