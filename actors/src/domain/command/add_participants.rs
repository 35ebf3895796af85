use super::{Command, change_shared};
use crate::domain::{Conversation, Decision, Refusal, Timestamp, UserId};

/// Take people in. Any participant may; who is there already stays as they are.
#[derive(Clone, Debug)]
pub struct AddParticipants {
    pub by: UserId,
    pub users: Vec<UserId>,
}

impl Command for AddParticipants {
    fn decide(&self, conversation: &Conversation, now: Timestamp) -> Result<Decision, Refusal> {
        change_shared(conversation, &self.by, now, |next| {
            self.users.iter().for_each(|user| next.take_in(user));
        })
    }
}
