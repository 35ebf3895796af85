use super::{Command, change_own};
use crate::domain::{Conversation, Decision, Refusal, Timestamp, UserId};

/// Tell a user that their snooze is over. It was over anyway; this only says so, once.
#[derive(Clone, Debug)]
pub struct Wake {
    pub user: UserId,
}

impl Command for Wake {
    fn decide(&self, conversation: &Conversation, now: Timestamp) -> Result<Decision, Refusal> {
        change_own(conversation, &self.user, |own| {
            own.snooze = own.snooze.filter(|snooze| !snooze.is_over(now));
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::{Decision, Snooze, Timestamp, command::*};
    use crate::testing::domain::{apply, conversation, user};

    #[test]
    fn a_snooze_is_said_to_be_over_once_and_not_before() {
        let mut there = conversation(&["ana"]);
        there.participants[0].snooze = Some(Snooze::Until(Timestamp(10)));
        let wake = Wake { user: user("ana") };

        assert_eq!(wake.decide(&there, Timestamp(9)), Ok(Decision::Unchanged));
        let after = apply(&wake, &there, Timestamp(10));
        assert_eq!(wake.decide(&after, Timestamp(11)), Ok(Decision::Unchanged));
    }
}
