use std::collections::HashSet;

use super::Command;
use crate::domain::{
    Announcement, Change, Conversation, Decision, Kind, Message, Refusal, Timestamp, UserId,
};

/// Take a message in. An incoming one begins or reopens the conversation, wakes snoozes, brings
/// back what was archived and counts for everybody; an outgoing one does none of that.
#[derive(Clone, Debug)]
pub struct Place {
    pub message: Message,
    /// The message came with a `created_at` of its own, which is kept; else it is stamped here.
    pub dated: bool,
    /// Who takes part if this begins the conversation.
    pub members: Vec<UserId>,
}

impl Command for Place {
    fn decide(&self, conversation: &Conversation, now: Timestamp) -> Result<Decision, Refusal> {
        let mut next = conversation.clone();
        let mut message = self.message.clone();
        let mut named = HashSet::new();
        message.mentions.retain(|user| named.insert(user.clone()));
        let mut announcements = Vec::new();
        if !conversation.exists() {
            if message.kind != Kind::Incoming {
                return Err(Refusal::NotFound);
            }
            next.created_at = now;
            self.members.iter().for_each(|member| next.take_in(member));
            announcements.push(Announcement::began());
        }
        if !self.dated {
            message.created_at = next.stamp(now);
        }
        next.last_seq = next.last_seq.next();
        // A note that brings its own instant may bring one that lies ahead; what is stamped after
        // it would show everybody that something was there.
        if message.kind != Kind::Note || !self.dated {
            next.last_at = next.last_at.max(message.created_at);
        }
        match message.kind {
            Kind::Incoming => next.welcome(&message, now, &mut announcements),
            Kind::Outgoing => {}
            Kind::Note => next.note(&message, now, &mut announcements),
        }
        if message.kind != Kind::Note {
            next.updated_at = now.max(next.updated_at);
            next.team.unread_set = None;
            next.team.unread += u32::from(message.kind == Kind::Incoming);
            next.team.is_request &= message.kind != Kind::Outgoing;
            next.show(&message);
        }
        announcements.push(Announcement::Message);
        Ok(Change::record_message(next, message, announcements))
    }
}

/// Take in a message of somebody unknown: a conversation that begins with it is a request.
#[derive(Clone, Debug)]
pub struct PlaceRequest {
    pub place: Place,
}

impl Command for PlaceRequest {
    fn decide(&self, conversation: &Conversation, now: Timestamp) -> Result<Decision, Refusal> {
        let mut decision = self.place.decide(conversation, now)?;
        if let Decision::Record(change) = &mut decision {
            change.next.team.is_request |= !conversation.exists();
        }
        Ok(decision)
    }
}

impl Conversation {
    /// What an incoming message does besides being there.
    fn welcome(&mut self, message: &Message, now: Timestamp, told: &mut Vec<Announcement>) {
        let reopened = self.exists() && !self.is_open;
        self.is_open = true;
        if reopened {
            told.push(Announcement::changed_for_all());
        }
        let everybody: Vec<_> = self.participants().map(|p| p.user.clone()).collect();
        for user in everybody {
            self.raise(message, &user, now, !reopened, told);
        }
    }

    /// What a note does for its author and the mentioned, and for nobody else.
    fn note(&mut self, message: &Message, now: Timestamp, told: &mut Vec<Announcement>) {
        let activity = Self::activity(message);
        for participant in &mut self.participants {
            let mentioned = message.mentions.contains(&participant.user);
            if mentioned || message.author.is_user(&participant.user) {
                participant.last_note = participant.last_note.take().max(Some(activity.clone()));
            }
        }
        for user in &message.mentions {
            self.raise(message, user, now, true, told);
        }
    }

    /// Counts a message for one participant and brings the conversation back into their list.
    fn raise(
        &mut self,
        message: &Message,
        user: &UserId,
        now: Timestamp,
        tell: bool,
        told: &mut Vec<Announcement>,
    ) {
        if !self.counts_for(message, user) {
            return;
        }
        let Some(participant) = self.participant_mut(user) else { return };
        let hidden = participant.is_snoozed(now) || participant.is_archived;
        participant.unread += 1;
        participant.snooze = None;
        participant.is_archived = false;
        if hidden && tell {
            told.push(Announcement::changed_for(user));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::{
        Announcement, Author, Decision, Kind, Message, Refusal, Snooze, Timestamp, command::*,
    };
    use crate::testing::domain::{absent, apply, conversation, incoming, outgoing, user};

    fn place(message: crate::domain::Message) -> Place {
        Place { message, dated: false, members: vec![user("ana")] }
    }

    #[test]
    fn a_clock_that_steps_back_does_not_reorder_messages() {
        let first = apply(&place(incoming("m1", "a")), &conversation(&["ana"]), Timestamp(1_000));

        let second = apply(&place(incoming("m2", "b")), &first, Timestamp(0));

        assert_eq!(second.last_at, Timestamp(1_001));
    }

    #[test]
    fn a_note_dated_ahead_does_not_date_what_others_see() {
        let there = conversation(&["ana", "ben"]);
        let author = Author::User(user("ana"));
        let created_at = Timestamp(9_000);
        let ahead = Message { kind: Kind::Note, author, created_at, ..incoming("n1", "x") };
        let ahead = Place { message: ahead, dated: true, members: vec![] };

        let noted = apply(&ahead, &there, Timestamp(1));
        let after = apply(&place(incoming("m1", "a")), &noted, Timestamp(2));

        assert_eq!(after.last_public.map(|activity| activity.at), Some(Timestamp(2)));
    }

    #[test]
    fn an_incoming_message_begins_a_conversation_with_the_members_of_its_channel() {
        let Ok(Decision::Record(change)) =
            place(incoming("m1", "a")).decide(&absent(), Timestamp(7))
        else {
            panic!("an incoming message is recorded")
        };

        assert_eq!(change.next.participants().count(), 1);
        assert_eq!(change.announcements, [Announcement::began(), Announcement::Message]);
    }

    #[test]
    fn an_outgoing_message_begins_nothing_and_counts_for_nobody() {
        assert_eq!(
            place(outgoing("m1", "ana", "a")).decide(&absent(), Timestamp(7)),
            Err(Refusal::NotFound)
        );

        let after =
            apply(&place(outgoing("m1", "ana", "a")), &conversation(&["ana", "ben"]), Timestamp(7));

        assert!(after.participants().all(|participant| participant.unread == 0));
    }

    #[test]
    fn an_incoming_message_ends_snooze_and_archive_and_tells_only_those_it_brought_back() {
        let mut there = conversation(&["ana", "ben", "cleo"]);
        there.participants[0].snooze = Some(Snooze::UntilNextIncoming);
        there.participants[1].is_archived = true;

        let Ok(Decision::Record(change)) = place(incoming("m1", "a")).decide(&there, Timestamp(7))
        else {
            panic!("an incoming message is recorded")
        };

        assert!(change.next.participants().all(|p| p.snooze.is_none() && !p.is_archived));
        assert!(change.next.participants().all(|p| p.unread == 1));
        assert_eq!(
            change.announcements,
            [
                Announcement::changed_for(&user("ana")),
                Announcement::changed_for(&user("ben")),
                Announcement::Message
            ]
        );
    }

    #[test]
    fn a_request_stands_until_a_user_answers_reads_or_opens_it() {
        let first = PlaceRequest { place: place(incoming("m1", "a")) };
        let requested = apply(&first, &absent(), Timestamp(7));
        assert!(requested.team.is_request);

        let more = apply(&place(incoming("m2", "b")), &requested, Timestamp(8));
        let noted = apply(&crate::testing::domain::note("ana", &[], "x"), &more, Timestamp(9));
        assert!(noted.team.is_request, "a note is nothing the team sees");

        let open = SetOpen { by: crate::domain::Viewer::Team, is_open: true };
        let read = MarkRead { by: user("ana"), up_to: None };
        assert!(!apply(&place(outgoing("m3", "ana", "c")), &noted, Timestamp(9)).team.is_request);
        assert!(!apply(&read, &noted, Timestamp(9)).team.is_request);
        assert!(!apply(&open, &noted, Timestamp(9)).team.is_request);
        assert!(
            !apply(
                &PlaceRequest { place: place(incoming("m1", "a")) },
                &conversation(&["ana"]),
                Timestamp(1)
            )
            .team
            .is_request
        );
    }

    #[test]
    fn a_message_that_reopens_says_so_once_to_everybody() {
        let mut there = conversation(&["ana", "ben"]);
        there.is_open = false;
        there.participants[0].is_archived = true;

        let Ok(Decision::Record(change)) = place(incoming("m1", "a")).decide(&there, Timestamp(7))
        else {
            panic!("an incoming message is recorded")
        };

        assert_eq!(change.announcements, [Announcement::changed_for_all(), Announcement::Message]);
    }
}
