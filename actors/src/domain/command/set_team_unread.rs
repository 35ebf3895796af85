use super::{Command, admitted};
use crate::domain::{Announcement, Change, Conversation, Decision, Refusal, Timestamp, Viewer};

/// Have the team's unread count say something else, until somebody reads or a public message
/// comes. Nobody's own count moves.
#[derive(Clone, Debug)]
pub struct SetTeamUnread {
    pub unread: u32,
}

impl Command for SetTeamUnread {
    fn decide(&self, conversation: &Conversation, _: Timestamp) -> Result<Decision, Refusal> {
        admitted(conversation, &Viewer::Team)?;
        let set = Some(self.unread);
        if conversation.team.unread_set == set {
            return Ok(Decision::Unchanged);
        }
        let mut next = conversation.clone();
        next.team.unread_set = set;
        Ok(Change::record(next, vec![Announcement::changed_for_team()]))
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::{Announcement, Conversation, Decision, Timestamp, command::*};
    use crate::testing::domain::{apply, conversation, incoming, note, outgoing, user};

    fn place(message: crate::domain::Message, before: &Conversation) -> Conversation {
        let place = Place { message, dated: false, members: vec![] };
        apply(&place, before, Timestamp(1))
    }

    fn set_on(before: &Conversation) -> Conversation {
        apply(&SetTeamUnread { unread: 7 }, before, Timestamp(1))
    }

    #[test]
    fn what_was_set_stands_until_a_public_message_or_a_read() {
        let there = place(incoming("m1", "a"), &conversation(&["ana", "ben"]));
        let set = set_on(&there);
        assert_eq!((there.team.unread(), set.team.unread()), (1, 7));

        let noted = apply(&note("ana", &["ben"], "x"), &set, Timestamp(2));
        let written = place(outgoing("m2", "ana", "b"), &set);
        let received = place(incoming("m2", "b"), &set);
        let read = apply(&MarkRead { by: user("ana"), up_to: None }, &set, Timestamp(2));

        assert_eq!(noted.team.unread(), 7, "a note is no message to the team");
        assert_eq!(written.team.unread(), 1);
        assert_eq!(received.team.unread(), 2);
        assert_eq!(read.team.unread(), 0);
    }

    #[test]
    fn who_has_nothing_unread_still_ends_it_by_reading_whatever_is_hidden_there() {
        let there = place(incoming("m1", "a"), &conversation(&["ana", "ben"]));
        let read = MarkRead { by: user("ana"), up_to: None };
        let set = set_on(&apply(&read, &there, Timestamp(2)));
        let hidden = apply(&note("ben", &[], "x"), &set, Timestamp(3));

        for set in [set, hidden] {
            let after = apply(&read, &set, Timestamp(4));

            assert_eq!(after.team.unread(), 0);
            assert_eq!(after.participants, set.participants, "nobody's marker tells of a note");
        }
    }

    #[test]
    fn it_moves_no_count_of_a_person_and_is_told_to_the_team_alone() {
        let there = place(incoming("m1", "a"), &conversation(&["ana"]));

        let Ok(Decision::Record(change)) = SetTeamUnread { unread: 0 }.decide(&there, Timestamp(2))
        else {
            panic!("it is recorded")
        };

        assert_eq!(change.next.participants, there.participants);
        assert_eq!(change.announcements, [Announcement::changed_for_team()]);
        let again = SetTeamUnread { unread: 0 }.decide(&change.next, Timestamp(3));
        assert_eq!(again, Ok(Decision::Unchanged));
    }
}
