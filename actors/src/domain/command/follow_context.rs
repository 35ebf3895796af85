use super::{Command, change_shared};
use crate::domain::{ContactLabels, Conversation, Decision, Refusal, Timestamp, UserId, Viewer};

/// Take over what the team keeps about the contact, and what it ordered for all their conversations.
#[derive(Clone, Debug)]
pub struct FollowContext {
    pub labels: ContactLabels,
    /// Unset: whether it is open is nobody's order.
    pub is_open: Option<bool>,
    /// The same; an inner `None` makes it nobody's task.
    pub assignee: Option<Option<UserId>>,
}

impl Command for FollowContext {
    fn decide(&self, conversation: &Conversation, now: Timestamp) -> Result<Decision, Refusal> {
        change_shared(conversation, &Viewer::Team, now, |next| {
            next.team.labels.clone_from(&self.labels);
            if let Some(is_open) = self.is_open {
                next.is_open = is_open;
                next.team.is_request &= !is_open;
            }
            if let Some(assignee) = &self.assignee {
                next.team.assignee.clone_from(assignee);
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::{Announcement, ContactLabels, Decision, TagId, Timestamp, To, command::*};
    use crate::testing::domain::{apply, conversation, user};

    fn follow() -> FollowContext {
        let tags = vec![TagId::parse("hot").unwrap()];
        let labels = ContactLabels { tags, status: None };
        FollowContext { labels, is_open: Some(false), assignee: Some(Some(user("ana"))) }
    }

    #[test]
    fn all_of_it_is_one_change_that_everybody_is_told_once() {
        let there = conversation(&["ana", "ben"]);

        let Ok(Decision::Record(change)) = follow().decide(&there, Timestamp(9)) else {
            panic!("it is news")
        };

        let next = &change.next;
        assert_eq!((next.is_open, &next.team.assignee), (false, &Some(user("ana"))));
        assert_eq!((&next.team.labels, next.updated_at), (&follow().labels, Timestamp(9)));
        let told = Announcement::Conversation { is_new: false, to: To::Participants };
        assert_eq!(change.announcements, [told]);
        assert_eq!(follow().decide(next, Timestamp(10)), Ok(Decision::Unchanged));
    }

    #[test]
    fn what_was_not_ordered_stays() {
        let there = apply(&follow(), &conversation(&["ana"]), Timestamp(9));
        let bare =
            FollowContext { labels: ContactLabels::default(), is_open: None, assignee: None };

        let after = apply(&bare, &there, Timestamp(10));

        assert_eq!((after.is_open, after.team.assignee), (false, Some(user("ana"))));
        assert!(after.team.labels.tags.is_empty());
    }
}
