use super::Command;
use crate::domain::{Announcement, Change, Conversation, Decision, Refusal, Timestamp, UserId};

/// Begin a conversation, or reopen the one that is there and join it.
///
/// [`BeginForTeam`] does it for nobody in person.
#[derive(Clone, Debug)]
pub struct Begin {
    pub by: UserId,
    pub users: Vec<UserId>,
    /// For a new conversation only; an existing one keeps what it has.
    pub title: Option<String>,
    pub image: Vec<String>,
}

impl Command for Begin {
    fn decide(&self, conversation: &Conversation, now: Timestamp) -> Result<Decision, Refusal> {
        let mut next = conversation.clone();
        let is_new = !conversation.exists();
        if is_new {
            next.created_at = now;
            next.title = self.title.clone();
            next.image = self.image.clone();
        }
        next.is_open = true;
        next.team.is_request = false;
        next.updated_at = now.max(next.updated_at);
        for user in std::iter::once(&self.by).chain(&self.users) {
            next.take_in(user);
        }
        if let Some(caller) = next.participant_mut(&self.by) {
            caller.is_admin |= is_new;
            caller.is_archived = false;
            caller.snooze = None;
        }
        let announcement =
            if is_new { Announcement::began() } else { Announcement::changed_for_all() };
        Ok(Change::record(next, vec![announcement]))
    }
}

/// Begin a conversation in which nobody is the first. One that is there stays as it is.
#[derive(Clone, Debug)]
pub struct BeginForTeam {
    pub users: Vec<UserId>,
}

impl Command for BeginForTeam {
    fn decide(&self, conversation: &Conversation, now: Timestamp) -> Result<Decision, Refusal> {
        if conversation.exists() {
            return Ok(Decision::Unchanged);
        }
        let mut next = conversation.clone();
        (next.created_at, next.updated_at, next.is_open) = (now, now, true);
        self.users.iter().for_each(|user| next.take_in(user));
        Ok(Change::record(next, vec![Announcement::began()]))
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::{Announcement, Decision, Timestamp, To, command::*};
    use crate::testing::domain::{absent, conversation, user};

    #[test]
    fn the_creator_is_admin_and_the_others_join_once() {
        let begin = Begin {
            by: user("ana"),
            users: vec![user("ben"), user("ana"), user("ben")],
            title: None,
            image: vec![],
        };

        let Ok(Decision::Record(change)) = begin.decide(&absent(), Timestamp(5)) else {
            panic!("a new conversation is recorded")
        };

        let people: Vec<_> =
            change.next.participants().map(|p| (p.user.as_str(), p.is_admin)).collect();
        assert_eq!(people, [("ana", true), ("ben", false)]);
        assert_eq!(
            change.announcements,
            [Announcement::Conversation { is_new: true, to: To::Participants }]
        );
    }

    #[test]
    fn beginning_again_reopens_and_keeps_people_title_and_pins() {
        let mut there = conversation(&["ana", "ben"]);
        there.title = Some("Kept".into());
        there.is_open = false;
        there.participants[1].show_on_top = true;
        let begin = Begin {
            by: user("ana"),
            users: vec![user("cleo")],
            title: Some("Other".into()),
            image: vec![],
        };

        let Ok(Decision::Record(change)) = begin.decide(&there, Timestamp(9)) else {
            panic!("a reopening is recorded")
        };

        assert!(change.next.is_open);
        assert_eq!(change.next.title.as_deref(), Some("Kept"));
        assert_eq!(change.next.participants().count(), 3);
        assert!(change.next.participants[1].show_on_top);
    }
}
