use super::{Command, Place};
use crate::domain::{
    Author, Conversation, Decision, Json, Kind, Message, MessageId, Refusal, Timestamp, UserId,
    Uuid,
};

/// Write an internal note, for oneself and those one mentions.
#[derive(Clone, Debug)]
pub struct AddNote {
    pub id: MessageId,
    pub uuid: Uuid,
    pub by: UserId,
    pub text: String,
    /// As sent; repeats are collapsed when it is placed.
    pub mentions: Vec<UserId>,
    pub attachments: Vec<Json>,
}

impl AddNote {
    /// Longest text, in bytes of UTF-8.
    pub const MAX_TEXT_BYTES: usize = 64 * 1024;
    pub const MAX_ATTACHMENTS: usize = 20;

    fn message(&self, conversation: &Conversation) -> Message {
        Message {
            id: self.id.clone(),
            account: conversation.key.account.clone(),
            uuid: self.uuid.clone(),
            kind: Kind::Note,
            author: Author::User(self.by.clone()),
            contact: conversation.key.contact.clone(),
            text: self.text.clone(),
            attachments: self.attachments.clone(),
            mentions: self.mentions.clone(),
            created_at: Timestamp::default(),
            provider_id: None,
            medium: None,
            email: None,
            status: None,
            error_code: None,
        }
    }
}

impl Command for AddNote {
    fn decide(&self, conversation: &Conversation, now: Timestamp) -> Result<Decision, Refusal> {
        conversation.participant(&self.by).ok_or(Refusal::NotFound)?;
        if self.mentions.iter().any(|user| conversation.participant(user).is_none()) {
            return Err(Refusal::MentionOutside);
        }
        if self.text.trim().is_empty() && self.attachments.is_empty() {
            return Err(Refusal::EmptyNote);
        }
        if self.text.len() > Self::MAX_TEXT_BYTES {
            return Err(Refusal::TextTooLong);
        }
        if self.attachments.len() > Self::MAX_ATTACHMENTS {
            return Err(Refusal::TooManyAttachments);
        }
        let message = self.message(conversation);
        Place { message, dated: false, members: Vec::new() }.decide(conversation, now)
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::{Refusal, Sight, Timestamp, Viewer, command::*};
    use crate::testing::domain::{apply, conversation, note, user};

    #[test]
    fn a_note_is_seen_by_its_author_and_the_mentioned_and_by_nobody_else() {
        let there = conversation(&["ana", "ben", "cleo"]);
        let message = note("ana", &["ben", "dan"], "call her").message(&there);

        let sight = |name: &str| there.sight(&message, &Viewer::User(user(name)));

        assert_eq!(sight("ana"), Some(Sight::Own));
        assert_eq!(sight("ben"), Some(Sight::Others));
        assert_eq!(sight("cleo"), None, "takes part, is not mentioned");
        assert_eq!(sight("dan"), None, "is mentioned, takes no part");
        assert_eq!(there.sight(&message, &Viewer::Team), None);
    }

    #[test]
    fn a_note_counts_for_the_mentioned_and_moves_nothing_an_outsider_sees() {
        let there = conversation(&["ana", "ben", "cleo"]);

        let after = apply(&note("ana", &["ben"], "call her"), &there, Timestamp(99));

        let unread: Vec<_> = after.participants().map(|p| p.unread).collect();
        assert_eq!(unread, [0, 1, 0]);
        assert_eq!(after.updated_at, there.updated_at);
        let outsider = |c: &crate::domain::Conversation| c.inbox_row(&c.participants[2]);
        assert_eq!(outsider(&after), outsider(&there));
    }

    #[test]
    fn a_note_that_mentions_an_outsider_or_says_nothing_is_refused() {
        let there = conversation(&["ana", "ben"]);
        let refused = |note: AddNote| note.decide(&there, Timestamp(9)).unwrap_err();

        assert_eq!(refused(note("ana", &["dan"], "x")), Refusal::MentionOutside);
        assert_eq!(refused(note("ana", &[], " \n")), Refusal::EmptyNote);
        assert_eq!(refused(note("dan", &[], "x")), Refusal::NotFound);
        let long = "x".repeat(AddNote::MAX_TEXT_BYTES + 1);
        assert_eq!(refused(note("ana", &[], &long)), Refusal::TextTooLong);
        let many = AddNote {
            attachments: vec![crate::domain::Json::from_valid("1"); AddNote::MAX_ATTACHMENTS + 1],
            ..note("ana", &[], "x")
        };
        assert_eq!(refused(many), Refusal::TooManyAttachments);
    }
}
