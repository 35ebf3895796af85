use super::{Command, change_shared};
use crate::domain::{Conversation, Decision, Refusal, Timestamp, UserId, Viewer};

/// Take people in. Any participant may; who is there already stays as they are.
#[derive(Clone, Debug)]
pub struct AddParticipants {
    pub by: UserId,
    pub users: Vec<UserId>,
}

impl Command for AddParticipants {
    fn decide(&self, conversation: &Conversation, now: Timestamp) -> Result<Decision, Refusal> {
        let by = Viewer::User(self.by.clone());
        change_shared(conversation, &by, now, |next| {
            self.users.iter().for_each(|user| next.take_in(user));
        })
    }
}
