use super::{Command, change_shared};
use crate::domain::{Conversation, Decision, Refusal, Timestamp, UserId, Viewer};

/// Make a conversation somebody's task, or nobody's. It takes nobody in: who takes part sees its
/// notes, and that is not for a list of tasks to decide.
#[derive(Clone, Debug)]
pub struct Assign {
    pub by: Viewer,
    pub assignee: Option<UserId>,
}

impl Command for Assign {
    fn decide(&self, conversation: &Conversation, now: Timestamp) -> Result<Decision, Refusal> {
        change_shared(conversation, &self.by, now, |next| {
            next.team.assignee.clone_from(&self.assignee);
        })
    }
}
