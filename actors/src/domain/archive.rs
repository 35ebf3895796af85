//! Conversations that were lived elsewhere: how they and their past come in without being news.
//!
//! What is imported stands before everything that happened here, in the order of (`created_at`,
//! id), whenever it is imported; so read markers can be put where the wished counts come out.
use std::collections::BTreeMap;
use std::sync::Arc;

use super::{
    Activity, Communication, Conversation, ConversationId, Key, Kind, Message, Participant, Seq,
    Snooze, Timestamp, UserId,
};

/// A conversation as another installation had it, without its messages.
#[derive(Clone, Debug, PartialEq)]
pub struct ArchivedConversation {
    pub id: ConversationId,
    pub key: Key,
    pub title: Option<String>,
    pub image: Vec<String>,
    pub is_open: bool,
    pub starred: bool,
    /// Unset: as it is kept, or the moment of the import.
    pub created_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
    /// Each user once, in the order they joined.
    pub users: Vec<ArchivedUser>,
}

/// Who took part, with what was theirs alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivedUser {
    pub user: UserId,
    pub is_admin: bool,
    pub show_on_top: bool,
    pub snooze: Option<Snooze>,
    pub is_archived: bool,
    /// How many of the imported messages are to be unread.
    pub unread: u32,
}

/// A message of the past, and every conversation it stands in.
#[derive(Clone, Debug, PartialEq)]
pub struct ArchivedMessage {
    /// As its document has it; what names no conversation there names none here.
    pub communication: Communication,
    pub stands_in: Vec<ConversationId>,
}

/// How much of the past is to be unread to somebody, for as long as they have not read on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    pub unread: u32,
    /// Where their marker was put for it. If it stands elsewhere now, they moved it.
    pub read: Seq,
}

pub type Wishes = BTreeMap<UserId, Wish>;

/// The messages that stand first in a conversation because they were imported, in the order of
/// their numbers: as it was, and as it is to be.
#[derive(Clone, Debug, Default)]
pub struct Past {
    pub before: Vec<Arc<Message>>,
    pub after: Vec<Arc<Message>>,
}

impl Past {
    /// With further messages, each where its date says.
    pub fn with(before: Vec<Arc<Message>>, further: impl IntoIterator<Item = Message>) -> Self {
        let mut after = before.clone();
        after.extend(further.into_iter().map(Arc::new));
        after.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        Self { before, after }
    }
}

impl Conversation {
    /// What a document makes of a conversation that is absent or only ever was imported. Whoever
    /// the document does not name is a former participant.
    ///
    /// The version stays. Read markers and counts are put by [`Self::with_past`].
    #[must_use]
    pub fn as_archived(&self, document: &ArchivedConversation, now: Timestamp) -> Self {
        let mut next = self.clone();
        let there = self.exists();
        next.title.clone_from(&document.title);
        next.image.clone_from(&document.image);
        next.is_open = document.is_open;
        next.starred = document.starred;
        next.created_at = document.created_at.unwrap_or(if there { self.created_at } else { now });
        next.updated_at =
            document.updated_at.unwrap_or(next.created_at).max(next.updated_at_of_past());
        let mut known = std::mem::take(&mut next.participants);
        for archived in &document.users {
            let at = known.iter().position(|own| own.user == archived.user);
            let known = at.map(|at| known.remove(at));
            let own =
                known.unwrap_or_else(|| Participant::new(archived.user.clone(), Seq::default()));
            next.participants.push(Participant {
                is_admin: archived.is_admin,
                show_on_top: archived.show_on_top,
                snooze: archived.snooze.filter(|snooze| !snooze.is_over(now)),
                is_archived: archived.is_archived,
                removed: false,
                ..own
            });
        }
        let former = |own| Participant { removed: true, unread: 0, ..own };
        next.participants.extend(known.into_iter().map(former));
        next
    }

    fn updated_at_of_past(&self) -> Timestamp {
        self.last_public.as_ref().map_or(Timestamp(i64::MIN), |activity| activity.at)
    }

    /// The conversation with more of its past, and the wishes that still stand.
    ///
    /// Nothing of it is new to anybody: who moved their own marker has as much unread as before;
    /// for everybody else it stands before as many countable messages of the past as is wished,
    /// or before all of them if there are fewer. The version stays.
    #[must_use]
    pub fn with_past(&self, past: &Past, wishes: &Wishes) -> (Self, Wishes) {
        let mut next = self.clone();
        next.last_seq = Seq(self.last_seq.0 - past.before.len() as u64 + past.after.len() as u64);
        for message in &past.after {
            next.take_in_past(message);
        }
        next.updated_at = next.updated_at.max(next.updated_at_of_past());
        let picture = next.clone();
        let mut standing = Wishes::new();
        for own in &mut next.participants {
            let wish = wishes.get(&own.user).filter(|wish| wish.read == own.read && !own.removed);
            let (read, unread) = picture.put_marker(own, past, wish);
            (own.read, own.unread) = (read, unread);
            if let Some(wish) = wish {
                standing.insert(own.user.clone(), Wish { read, ..wish.clone() });
            }
        }
        next.put_team_marker(past);
        (next, standing)
    }

    /// What there is to see of a message, but for its number.
    fn take_in_past(&mut self, message: &Message) {
        let activity = Self::activity(message);
        if message.kind != Kind::Note {
            // Not for notes: one that is dated ahead would date everything stamped after it.
            self.last_at = self.last_at.max(message.created_at);
            self.show(message);
            return;
        }
        let author = match &message.author {
            super::Author::User(user) => Some(user),
            super::Author::Contact(_) | super::Author::System => None,
        };
        for user in message.mentions.iter().chain(author) {
            match self.participants.iter_mut().find(|own| own.user == *user) {
                Some(own) => raise(&mut own.last_note, &activity),
                // They took part once, or nobody would have written it so.
                None => self.participants.push(Participant {
                    removed: true,
                    last_note: Some(activity.clone()),
                    ..Participant::new(user.clone(), Seq::default())
                }),
            }
        }
    }

    /// Of the past the team has read as much as the participant who is furthest on.
    fn put_team_marker(&mut self, past: &Past) {
        let (before, after) = (past.before.len() as u64, past.after.len() as u64);
        let incoming = |messages: &[Arc<Message>]| {
            messages.iter().filter(|message| message.kind == Kind::Incoming).count() as u32
        };
        let behind = |messages: &[Arc<Message>], marker: Seq| {
            incoming(messages.get(usize::try_from(marker.0).unwrap_or(usize::MAX)..).unwrap_or(&[]))
        };
        if self.team.read.0 > before {
            self.team.read = Seq(self.team.read.0 - before + after);
            return;
        }
        let since = self.team.unread.saturating_sub(behind(&past.before, self.team.read));
        let furthest = self.participants().map(|own| own.read.0.min(after)).max();
        self.team.read = Seq(furthest.unwrap_or(after));
        self.team.unread = since + behind(&past.after, self.team.read);
    }

    /// Where a participant's marker stands among more of the past, and what is unread then.
    fn put_marker(&self, own: &Participant, past: &Past, wish: Option<&Wish>) -> (Seq, u32) {
        let (before, after) = (past.before.len() as u64, past.after.len() as u64);
        if own.read.0 > before {
            return (Seq(own.read.0 - before + after), own.unread);
        }
        let counts = |message: &&Arc<Message>| self.counts_for(message, &own.user);
        let read = usize::try_from(own.read.0).unwrap_or(usize::MAX);
        let was = past.before.iter().skip(read).filter(counts).count();
        let wanted = wish.map_or(was, |wish| wish.unread as usize);
        let mut found = 0;
        let mut marker = past.after.len();
        while found < wanted && marker > 0 {
            marker -= 1;
            found += usize::from(counts(&&past.after[marker]));
        }
        let since = own.unread.saturating_sub(was as u32);
        (Seq(marker as u64), since + found as u32)
    }
}

fn raise(last: &mut Option<Activity>, activity: &Activity) {
    if last.as_ref().is_none_or(|last| last < activity) {
        *last = Some(activity.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::command::{MarkRead, Place};
    use crate::domain::{Author, MessageId};
    use crate::testing::domain::{apply, conversation, incoming, outgoing, user};

    fn at(message: Message, at: i64) -> Message {
        Message { created_at: Timestamp(at), ..message }
    }

    fn texts(ids: &[(&str, i64)]) -> Vec<Message> {
        ids.iter().map(|(id, when)| at(incoming(id, "x"), *when)).collect()
    }

    fn note(id: &str, by: &str, mentions: &[&str], when: i64) -> Message {
        Message {
            kind: Kind::Note,
            author: Author::User(user(by)),
            mentions: mentions.iter().map(|name| user(name)).collect(),
            ..at(incoming(id, "x"), when)
        }
    }

    fn wish(name: &str, unread: u32) -> Wishes {
        Wishes::from([(user(name), Wish { unread, read: Seq(0) })])
    }

    fn own(conversation: &Conversation, name: &str) -> (u64, u32) {
        let own = conversation.participants.iter().find(|own| own.user == user(name)).unwrap();
        (own.read.0, own.unread)
    }

    #[test]
    fn a_marker_stands_before_as_many_countable_messages_as_are_wished() {
        let mut messages = texts(&[("m1", 1), ("m2", 2), ("m4", 4)]);
        messages.push(at(outgoing("m3", "ben", "x"), 3));
        messages.push(note("n5", "ben", &[], 5));
        let past = Past::with(vec![], messages);
        for (wished, there) in [(0, (5, 0)), (1, (3, 1)), (2, (1, 2)), (3, (0, 3)), (9, (0, 3))] {
            let (next, _) = conversation(&["ana", "ben"]).with_past(&past, &wish("ana", wished));

            assert_eq!(own(&next, "ana"), there, "{wished}");
            assert_eq!(next.last_seq, Seq(5));
        }
    }

    #[test]
    fn the_wish_outlives_files_that_come_in_any_order() {
        let there = conversation(&["ana"]);
        let first = Past::with(vec![], texts(&[("m5", 5)]));
        let (there, wishes) = there.with_past(&first, &wish("ana", 2));
        assert_eq!(own(&there, "ana"), (0, 1), "there is only one yet");

        let second = Past::with(first.after, texts(&[("m1", 1), ("m2", 2)]));
        let (there, wishes) = there.with_past(&second, &wishes);

        let order: Vec<_> = second.after.iter().map(|message| message.id.as_str()).collect();
        assert_eq!(order, ["m1", "m2", "m5"]);
        assert_eq!(own(&there, "ana"), (1, 2));
        assert_eq!(wishes[&user("ana")].read, Seq(1));
    }

    #[test]
    fn more_of_the_past_is_not_news_to_who_read_on_here() {
        let first = Past::with(vec![], texts(&[("m1", 1), ("m2", 2)]));
        let (there, wishes) = conversation(&["ana", "ben"]).with_past(&first, &wish("ana", 2));
        let there = apply(&MarkRead { by: user("ana"), up_to: None }, &there, Timestamp(50));
        let place = Place { message: incoming("m3", "new"), dated: false, members: vec![] };
        let there = apply(&place, &there, Timestamp(60));
        let second = Past::with(first.after, texts(&[("m0", 0), ("m9", 9)]));

        let (there, wishes) = there.with_past(&second, &wishes);

        assert_eq!(own(&there, "ana"), (4, 1), "she has the new one unread, and nothing else");
        assert_eq!(own(&there, "ben"), (4, 1));
        assert!(wishes.is_empty());
        let there = apply(&MarkRead { by: user("ana"), up_to: None }, &there, Timestamp(70));
        let third = Past::with(second.after, texts(&[("m8", 8)]));
        assert_eq!(own(&there.with_past(&third, &wishes).0, "ana"), (6, 0));
    }

    #[test]
    fn a_note_moves_only_the_lists_of_its_audience_and_names_former_participants() {
        let past =
            Past::with(vec![], [at(outgoing("m1", "ben", "x"), 1), note("n2", "ana", &["dan"], 2)]);

        let (next, _) = conversation(&["ana", "ben"]).with_past(&past, &Wishes::new());

        let last = |name: &str| {
            let own = next.participants.iter().find(|own| own.user == user(name)).unwrap();
            next.last_activity(own).unwrap().message.clone()
        };
        assert_eq!(last("ana"), MessageId::parse("n2").unwrap());
        assert_eq!(last("ben"), MessageId::parse("m1").unwrap());
        let dan = next.participants.iter().find(|own| own.user == user("dan")).unwrap();
        assert!(dan.removed && dan.last_note.is_some());
        assert_eq!(next.updated_at, Timestamp(1), "a note betrays itself to nobody");
        assert_eq!(next.last_at, Timestamp(1), "nor by the stamps that come after it");
    }

    #[test]
    fn a_snooze_that_is_over_is_not_announced_by_being_imported() {
        let absent = crate::testing::domain::absent();
        let archived = |name: &str, end| ArchivedUser {
            user: user(name),
            is_admin: false,
            show_on_top: true,
            snooze: Some(Snooze::Until(Timestamp(end))),
            is_archived: false,
            unread: 0,
        };
        let document = ArchivedConversation {
            id: absent.id.clone(),
            key: absent.key.clone(),
            title: None,
            image: vec![],
            is_open: true,
            starred: false,
            created_at: None,
            updated_at: None,
            users: vec![archived("ana", 10), archived("ben", 11)],
        };

        let next = absent.as_archived(&document, Timestamp(10));

        assert_eq!(next.participants[0].snooze, None);
        assert!(next.participants[1].snooze.is_some());
        assert_eq!((next.created_at, next.updated_at), (Timestamp(10), Timestamp(10)));
    }
}
