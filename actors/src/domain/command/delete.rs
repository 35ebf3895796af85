use super::{Command, admitted};
use crate::domain::{Announcement, Change, Conversation, Decision, Refusal, Timestamp, Viewer};

/// End a conversation: from then on there is no such conversation for anybody. What was written is
/// kept, and who took part. Its contact may begin another one on the same channel.
#[derive(Clone, Debug)]
pub struct Delete {
    pub by: Viewer,
}

impl Command for Delete {
    fn decide(&self, conversation: &Conversation, now: Timestamp) -> Result<Decision, Refusal> {
        admitted(conversation, &self.by)?;
        let mut next = conversation.clone();
        // To each by name: nobody takes part any more when it is told.
        let mut told: Vec<_> = conversation
            .participants()
            .map(|participant| Announcement::changed_for(&participant.user))
            .collect();
        told.push(Announcement::changed_for_all());
        next.deleted = true;
        next.is_open = false;
        next.updated_at = now.max(next.updated_at);
        Ok(Change::record(next, told))
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::{Announcement, Refusal, Timestamp, Viewer, command::*};
    use crate::testing::domain::{apply, conversation, incoming, user};

    #[test]
    fn of_a_deleted_conversation_nobody_sees_anything_and_who_took_part_is_told() {
        let mut there = conversation(&["ana", "ben"]);
        there.participants[1].removed = true;
        let message = incoming("m1", "hello");

        let after = apply(&Delete { by: Viewer::Team }, &there, Timestamp(9));

        for viewer in [Viewer::Team, Viewer::User(user("ana")), Viewer::User(user("ben"))] {
            assert_eq!(after.sight(&message, &viewer), None, "{viewer:?}");
        }
        let Ok(crate::domain::Decision::Record(change)) =
            Delete { by: Viewer::Team }.decide(&there, Timestamp(9))
        else {
            panic!("it is recorded")
        };
        let told = [Announcement::changed_for(&user("ana")), Announcement::changed_for_all()];
        assert_eq!(change.announcements, told);
        assert!(after.told(&user("ana")).is_some() && after.told(&user("ben")).is_none());
        let again = Delete { by: Viewer::Team }.decide(&after, Timestamp(10));
        assert_eq!(again, Err(Refusal::NotFound));
    }
}
