use super::Command;
use crate::domain::{
    Announcement, Change, Conversation, Decision, Refusal, Seq, Timestamp, UserId,
};

/// Move a user's read marker forward, to the tail or to one message.
#[derive(Clone, Debug)]
pub struct MarkRead {
    pub by: UserId,
    /// Unset: to whatever is the tail when this is decided.
    pub up_to: Option<Counted>,
}

/// A place to read up to, and what lies between the markers and it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    pub to: Seq,
    /// The marker the count began after.
    pub from: Seq,
    /// Messages in between that counted as unread.
    pub cleared: u32,
    /// The team's marker, and the incoming messages between it and `to`.
    pub team_from: Seq,
    pub team_cleared: u32,
}

impl Command for MarkRead {
    fn decide(&self, conversation: &Conversation, _: Timestamp) -> Result<Decision, Refusal> {
        let (tail, team) = (conversation.last_seq, &conversation.team);
        let reader = conversation.participant(&self.by).ok_or(Refusal::NotFound)?;
        let (read, unread, team_unread) = match self.up_to {
            // Nothing that counts lies beyond the marker. Moving it would tell the reader's other
            // sessions exactly when there is a note beyond it that they may not know of.
            None if reader.unread == 0 => (reader.read, 0, 0),
            None => (tail, 0, 0),
            Some(counted) if counted.to <= reader.read => (reader.read, reader.unread, team.unread),
            Some(counted) if (counted.from, counted.team_from) != (reader.read, team.read) => {
                return Err(Refusal::MarkerMoved);
            }
            Some(Counted { to, cleared, team_cleared, .. }) => {
                let left = team.unread.saturating_sub(team_cleared);
                (to, reader.unread.saturating_sub(cleared), left)
            }
        };
        let mut next = conversation.clone();
        if let Some(reader) = next.participant_mut(&self.by) {
            reader.read = read;
            reader.unread = unread;
        }
        // The reader hears of what is theirs alone: whether the team had anything unread says what
        // others have read.
        let is_own = next != *conversation;
        next.team.read_up_to(read, team_unread);
        Ok(if next == *conversation {
            Decision::Unchanged
        } else if is_own {
            Change::record(next, vec![Announcement::changed_for(&self.by)])
        } else {
            Change::record(next, vec![Announcement::changed_for_team()])
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::{Announcement, Decision, Refusal, Seq, Timestamp, command::*};
    use crate::testing::domain::{apply, conversation, incoming, note, user};

    fn two_unread() -> crate::domain::Conversation {
        let place = |id| Place { message: incoming(id, "x"), dated: false, members: vec![] };
        let first = apply(&place("m1"), &conversation(&["ana"]), Timestamp(1));
        apply(&place("m2"), &first, Timestamp(2))
    }

    fn none() -> Counted {
        Counted { to: Seq(0), from: Seq(0), cleared: 0, team_from: Seq(0), team_cleared: 0 }
    }

    #[test]
    fn the_marker_only_moves_forward() {
        let read = apply(&MarkRead { by: user("ana"), up_to: None }, &two_unread(), Timestamp(3));
        assert_eq!((read.participants[0].read, read.participants[0].unread), (Seq(2), 0));

        let back = Counted { to: Seq(1), from: Seq(2), cleared: 0, ..none() };
        let again = MarkRead { by: user("ana"), up_to: Some(back) }.decide(&read, Timestamp(4));

        assert_eq!(again, Ok(Decision::Unchanged));
    }

    #[test]
    fn reading_where_nothing_is_unread_changes_nothing_whatever_is_hidden_there() {
        let there = conversation(&["ana", "ben"]);
        let hidden = apply(&note("ana", &[], "x"), &there, Timestamp(1));

        let read = MarkRead { by: user("ben"), up_to: None }.decide(&hidden, Timestamp(2));

        assert_eq!(read, Ok(Decision::Unchanged));
    }

    #[test]
    fn a_reader_is_not_told_by_their_own_reading_whether_others_have_read() {
        let joined = AddParticipants { by: user("ana"), users: vec![user("ben")] };
        let there = apply(&joined, &two_unread(), Timestamp(3));

        let read = MarkRead { by: user("ben"), up_to: None }.decide(&there, Timestamp(4));

        let Ok(Decision::Record(change)) = read else { panic!("the team has read: {read:?}") };
        assert_eq!(change.next.team.unread(), 0);
        assert_eq!(change.announcements, [Announcement::changed_for_team()]);
    }

    #[test]
    fn reading_up_to_a_message_leaves_the_later_ones_unread() {
        let counted = Counted { to: Seq(1), cleared: 1, team_cleared: 1, ..none() };

        let read =
            apply(&MarkRead { by: user("ana"), up_to: Some(counted) }, &two_unread(), Timestamp(3));

        assert_eq!((read.participants[0].read, read.participants[0].unread), (Seq(1), 1));
        assert_eq!(read.team.unread(), 1);
    }

    #[test]
    fn what_one_has_read_the_team_has_and_a_newcomer_has_read_nothing() {
        let joined = AddParticipants { by: user("ana"), users: vec![user("ben")] };
        let there = apply(&joined, &two_unread(), Timestamp(3));
        assert_eq!((there.participants[1].unread, there.team.unread()), (0, 2));

        let read = apply(&MarkRead { by: user("ben"), up_to: None }, &there, Timestamp(4));

        assert_eq!(read.team.unread(), 0);
        assert_eq!(read.participants[0].unread, 2, "ana's own count stays");
    }

    #[test]
    fn a_count_that_began_at_an_old_marker_has_to_be_made_again() {
        let stale = Counted { to: Seq(2), from: Seq(1), cleared: 1, ..none() };

        let answer =
            MarkRead { by: user("ana"), up_to: Some(stale) }.decide(&two_unread(), Timestamp(3));

        assert_eq!(answer, Err(Refusal::MarkerMoved));
    }
}
