use super::{Command, change_shared};
use crate::domain::{Conversation, Decision, Refusal, Timestamp, Viewer};

/// Open or close a conversation, for everybody. Closing marks nothing as read; opening takes a
/// request up.
#[derive(Clone, Debug)]
pub struct SetOpen {
    pub by: Viewer,
    pub is_open: bool,
}

impl Command for SetOpen {
    fn decide(&self, conversation: &Conversation, now: Timestamp) -> Result<Decision, Refusal> {
        change_shared(conversation, &self.by, now, |next| {
            next.is_open = self.is_open;
            next.team.is_request &= !self.is_open;
        })
    }
}
