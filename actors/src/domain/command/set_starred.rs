use super::{Command, change_shared};
use crate::domain::{Conversation, Decision, Refusal, Timestamp, Viewer};

/// Put the team's star on a conversation, or take it off.
#[derive(Clone, Debug)]
pub struct SetStarred {
    pub by: Viewer,
    pub starred: bool,
}

impl Command for SetStarred {
    fn decide(&self, conversation: &Conversation, now: Timestamp) -> Result<Decision, Refusal> {
        change_shared(conversation, &self.by, now, |next| next.starred = self.starred)
    }
}
