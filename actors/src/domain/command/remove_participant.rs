use super::Command;
use crate::domain::{Announcement, Change, Conversation, Decision, Refusal, Timestamp, UserId};

/// Take somebody out. From then on the conversation does not exist for them.
#[derive(Clone, Debug)]
pub struct RemoveParticipant {
    pub user: UserId,
}

impl Command for RemoveParticipant {
    fn decide(&self, conversation: &Conversation, now: Timestamp) -> Result<Decision, Refusal> {
        let mut next = conversation.clone();
        let leaving = next.participant_mut(&self.user).ok_or(Refusal::NotFound)?;
        leaving.removed = true;
        let was_admin = std::mem::take(&mut leaving.is_admin);
        let has_admin = next.participants().any(|participant| participant.is_admin);
        if was_admin && !has_admin {
            let eldest = next.participants().next().map(|participant| participant.user.clone());
            if let Some(heir) = eldest.and_then(|user| next.participant_mut(&user)) {
                heir.is_admin = true;
            }
        }
        next.updated_at = now.max(next.updated_at);
        Ok(Change::record(next, vec![Announcement::changed_for_all()]))
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::{Timestamp, Viewer, command::*};
    use crate::testing::domain::{apply, conversation, incoming, note, user};

    #[test]
    fn the_last_admin_who_leaves_hands_over_to_the_longest_standing() {
        let mut there = conversation(&["ana", "ben", "cleo"]);
        there.participants[0].is_admin = true;

        let after = apply(&RemoveParticipant { user: user("ana") }, &there, Timestamp(9));

        let admins: Vec<_> = after.participants().map(|p| (p.user.as_str(), p.is_admin)).collect();
        assert_eq!(admins, [("ben", true), ("cleo", false)]);
    }

    #[test]
    fn who_was_taken_out_sees_and_counts_nothing_and_comes_back_with_their_notes_and_no_unread() {
        let there = conversation(&["ana", "ben"]);
        let noted = apply(&note("ana", &["ben"], "x"), &there, Timestamp(5));
        let without = apply(&RemoveParticipant { user: user("ben") }, &noted, Timestamp(6));
        let message = incoming("m1", "hello");
        assert_eq!(without.sight(&message, &Viewer::User(user("ben"))), None);
        let place = Place { message, dated: false, members: vec![] };
        let without = apply(&place, &without, Timestamp(7));

        let add = AddParticipants { by: user("ana"), users: vec![user("ben")] };
        let back = apply(&add, &without, Timestamp(8));

        let ben = back.participant(&user("ben")).unwrap();
        assert_eq!(ben.unread, 0);
        assert_eq!(ben.read, back.last_seq);
        assert!(ben.last_note.is_some());
    }
}
