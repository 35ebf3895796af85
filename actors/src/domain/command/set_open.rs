use super::{Command, change_shared};
use crate::domain::{Conversation, Decision, Refusal, Timestamp, UserId};

/// Open or close a conversation, for everybody. Closing marks nothing as read.
#[derive(Clone, Debug)]
pub struct SetOpen {
    pub by: UserId,
    pub is_open: bool,
}

impl Command for SetOpen {
    fn decide(&self, conversation: &Conversation, now: Timestamp) -> Result<Decision, Refusal> {
        change_shared(conversation, &self.by, now, |next| next.is_open = self.is_open)
    }
}
