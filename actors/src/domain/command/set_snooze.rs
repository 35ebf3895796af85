use super::{Command, change_own};
use crate::domain::{Conversation, Decision, Refusal, Snooze, Timestamp, UserId};

/// Put a conversation out of one's own sight, or bring it back (`None`).
#[derive(Clone, Debug)]
pub struct SetSnooze {
    pub by: UserId,
    pub snooze: Option<Snooze>,
}

impl SetSnooze {
    /// Longest snooze, in milliseconds: 366 days, a year whichever it is.
    pub const MAX_MS: i64 = 366 * 24 * 60 * 60 * 1000;
}

impl Command for SetSnooze {
    fn decide(&self, conversation: &Conversation, now: Timestamp) -> Result<Decision, Refusal> {
        conversation.participant(&self.by).ok_or(Refusal::NotFound)?;
        if let Some(Snooze::Until(end)) = self.snooze {
            if end <= now {
                return Err(Refusal::SnoozeInPast);
            }
            if end.0 > now.0 + Self::MAX_MS {
                return Err(Refusal::SnoozeTooLong);
            }
        }
        change_own(conversation, &self.by, |own| own.snooze = self.snooze)
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::{Refusal, Snooze, Timestamp, command::*};
    use crate::testing::domain::{apply, conversation, user};

    #[test]
    fn a_snooze_ends_in_the_future_and_within_a_year() {
        let there = conversation(&["ana", "ben"]);
        let until = |at| SetSnooze { by: user("ana"), snooze: Some(Snooze::Until(Timestamp(at))) };
        let now = Timestamp(1_000);

        assert_eq!(until(1_000).decide(&there, now), Err(Refusal::SnoozeInPast));
        let far = 1_001 + SetSnooze::MAX_MS;
        assert_eq!(until(far).decide(&there, now), Err(Refusal::SnoozeTooLong));
        let after = apply(&until(1_001), &there, now);

        assert!(after.participants[0].is_snoozed(now));
        assert!(!after.participants[0].is_snoozed(Timestamp(1_001)), "over at its end");
        assert!(!after.participants[1].is_snoozed(now), "nobody else's");
    }
}
