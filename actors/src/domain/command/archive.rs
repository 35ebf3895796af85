use super::{Command, change_own};
use crate::domain::{Conversation, Decision, Refusal, Timestamp, UserId};

/// Put a conversation away for oneself, or bring it back.
#[derive(Clone, Debug)]
pub struct Archive {
    pub by: UserId,
    pub is_archived: bool,
}

impl Command for Archive {
    fn decide(&self, conversation: &Conversation, _: Timestamp) -> Result<Decision, Refusal> {
        change_own(conversation, &self.by, |own| own.is_archived = self.is_archived)
    }
}
