use super::{AddNote, Command, Place, admitted};
use crate::domain::{
    Author, Conversation, Decision, Json, Kind, Message, Refusal, Seq, Status, Timestamp, Viewer,
};

/// Write a message to the contact.
#[derive(Clone, Debug)]
pub struct Send {
    /// An outgoing one.
    pub message: Message,
    /// Only if nothing was written after this.
    pub if_tail: Option<Seq>,
    /// The team asks: its author need not take part.
    pub for_team: bool,
}

impl Send {
    /// Whether this can be sent at all.
    ///
    /// # Errors
    ///
    /// The [`Refusal`] of the first rule that says no.
    pub fn check(text: &str, attachments: &[Json]) -> Result<(), Refusal> {
        if text.trim().is_empty() && attachments.is_empty() {
            return Err(Refusal::EmptyMessage);
        }
        if text.len() > AddNote::MAX_TEXT_BYTES {
            return Err(Refusal::TextTooLong);
        }
        if attachments.len() > AddNote::MAX_ATTACHMENTS {
            return Err(Refusal::TooManyAttachments);
        }
        Ok(())
    }
}

impl Command for Send {
    fn decide(&self, conversation: &Conversation, now: Timestamp) -> Result<Decision, Refusal> {
        let mut message = self.message.clone();
        let by = match &message.author {
            Author::User(author) if !self.for_team => Viewer::User(author.clone()),
            _ => Viewer::Team,
        };
        admitted(conversation, &by)?;
        Self::check(&message.text, &message.attachments)?;
        if self.if_tail.is_some_and(|tail| tail != conversation.last_seq) {
            return Err(Refusal::TailMoved);
        }
        message.kind = Kind::Outgoing;
        message.status = Some(Status::Queued);
        let place = Place { message, dated: false, members: Vec::new() };
        let mut decision = place.decide(conversation, now)?;
        if let Decision::Record(change) = &mut decision {
            change.to_contact = true;
        }
        Ok(decision)
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::{Decision, Refusal, Seq, Status, Timestamp, command::*};
    use crate::testing::domain::{conversation, outgoing};

    fn send(by: &str, text: &str) -> Send {
        Send { message: outgoing("m1", by, text), if_tail: None, for_team: false }
    }

    #[test]
    fn a_message_to_the_contact_is_queued_with_the_commit_that_shows_it() {
        let Ok(Decision::Record(change)) =
            send("ana", "hello").decide(&conversation(&["ana"]), Timestamp(5))
        else {
            panic!("a message is recorded")
        };

        assert!(change.to_contact);
        assert_eq!(change.message.unwrap().1.status, Some(Status::Queued));
    }

    #[test]
    fn who_takes_no_part_or_has_nothing_to_say_or_looked_away_sends_nothing() {
        let there = conversation(&["ana"]);
        let refused = |send: Send| send.decide(&there, Timestamp(5)).unwrap_err();

        assert_eq!(refused(send("dan", "hello")), Refusal::NotFound);
        assert_eq!(refused(send("ana", " ")), Refusal::EmptyMessage);
        let for_team = Send { for_team: true, ..send("dan", "hello") };
        assert!(for_team.decide(&there, Timestamp(5)).is_ok());
        let moved = Send { if_tail: Some(Seq(7)), ..send("ana", "hello") };
        assert_eq!(refused(moved), Refusal::TailMoved);
    }
}
