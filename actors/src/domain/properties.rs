//! Random histories, and what holds after every step of them.

use proptest::prelude::*;

use super::command::*;
use super::*;
use crate::testing::domain::{absent, incoming, note, outgoing, user};

const NAMES: [&str; 4] = ["ana", "ben", "cleo", "dan"];

#[derive(Clone, Debug)]
enum Step {
    Begin(usize, Vec<usize>),
    Receive,
    Send(usize),
    Note(usize, Vec<usize>),
    Read(usize),
    Add(usize, usize),
    Remove(usize),
    Open(usize, bool),
    Snooze(usize, Option<i64>),
    Archive(usize, bool),
    Pin(usize, bool),
    ReadFirst(usize),
    TeamUnread(u32),
    Star(bool),
    Delete,
    Clock(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let who = || 0..NAMES.len();
    let step = prop_oneof![
        (who(), prop::collection::vec(who(), 0..3)).prop_map(|(by, users)| Step::Begin(by, users)),
        Just(Step::Receive),
        who().prop_map(Step::Send),
        (who(), prop::collection::vec(who(), 0..3)).prop_map(|(by, who)| Step::Note(by, who)),
        who().prop_map(Step::Read),
        (who(), who()).prop_map(|(by, user)| Step::Add(by, user)),
        who().prop_map(Step::Remove),
        (who(), any::<bool>()).prop_map(|(by, open)| Step::Open(by, open)),
        (who(), prop::option::of(1..5_000i64)).prop_map(|(by, ms)| Step::Snooze(by, ms)),
        (who(), any::<bool>()).prop_map(|(by, away)| Step::Archive(by, away)),
        (who(), any::<bool>()).prop_map(|(by, pin)| Step::Pin(by, pin)),
        who().prop_map(Step::ReadFirst),
        (0..3u32).prop_map(Step::TeamUnread),
        any::<bool>().prop_map(Step::Star),
        proptest::bool::weighted(0.1).prop_map(|end| if end {
            Step::Delete
        } else {
            Step::Receive
        }),
        (-2_000..2_000i64).prop_map(Step::Clock),
    ];
    prop::collection::vec(step, 1..60)
}

struct History {
    conversation: Conversation,
    messages: Vec<(Seq, Message)>,
    now: Timestamp,
}

impl History {
    fn ask(&mut self, command: &dyn Command) {
        let before = self.conversation.clone();
        // Nobody asks a deleted one anything.
        if before.deleted {
            return;
        }
        if let Ok(Decision::Record(change)) = command.decide(&before, self.now) {
            assert_eq!(change.next.version, before.version + 1);
            assert!(!change.announcements.is_empty());
            if let Some((seq, message)) = &change.message {
                self.messages.push((*seq, (**message).clone()));
            }
            self.conversation = change.next;
        }
    }

    fn play(&mut self, step: Step, number: usize) {
        let name = |at: usize| user(NAMES[at]);
        let id = format!("m{number}");
        let place = |message| Place { message, dated: false, members: vec![user("ana")] };
        match step {
            Step::Begin(by, users) => self.ask(&Begin {
                by: name(by),
                users: users.into_iter().map(name).collect(),
                title: None,
                image: vec![],
            }),
            Step::Receive => self.ask(&place(incoming(&id, "x"))),
            Step::Send(by) => self.ask(&place(outgoing(&id, NAMES[by], "x"))),
            Step::Note(by, mentions) => {
                let mentions: Vec<_> =
                    mentions.into_iter().filter(|at| *at != by).map(|at| NAMES[at]).collect();
                let id = MessageId::parse(&id).unwrap();
                self.ask(&AddNote { id, ..note(NAMES[by], &mentions, "x") });
            }
            Step::Read(by) => self.ask(&MarkRead { by: name(by), up_to: None }),
            Step::Add(by, who) => {
                self.ask(&AddParticipants { by: name(by), users: vec![name(who)] });
            }
            Step::Remove(who) => self.ask(&RemoveParticipant { user: name(who) }),
            Step::Open(by, is_open) => {
                self.ask(&SetOpen { by: Viewer::User(name(by)), is_open });
            }
            Step::ReadFirst(by) => self.read_first(&name(by)),
            Step::TeamUnread(unread) => self.ask(&SetTeamUnread { unread }),
            Step::Star(starred) => self.ask(&SetStarred { by: Viewer::Team, starred }),
            Step::Delete => self.ask(&Delete { by: Viewer::Team }),
            Step::Snooze(by, ms) => {
                let snooze = ms.map(|ms| Snooze::Until(Timestamp(self.now.0 + ms)));
                self.ask(&SetSnooze { by: name(by), snooze });
            }
            Step::Archive(by, is_archived) => self.ask(&Archive { by: name(by), is_archived }),
            Step::Pin(by, show_on_top) => self.ask(&ShowOnTop { by: name(by), show_on_top }),
            Step::Clock(ms) => self.now = Timestamp(self.now.0 + ms),
        }
    }

    /// Reads up to the first message that the user has unread.
    fn read_first(&mut self, by: &UserId) {
        let there = self.conversation.clone();
        let Some(from) = there.participant(by).map(|own| own.read) else { return };
        let first = self
            .messages
            .iter()
            .find(|(seq, message)| *seq > from && there.counts_for(message, by));
        let Some(&(to, _)) = first else { return };
        let (team_from, team_cleared) = (there.team.read, self.incoming(there.team.read, to));
        let up_to = Some(Counted { to, from, cleared: 1, team_from, team_cleared });
        self.ask(&MarkRead { by: by.clone(), up_to });
    }

    fn incoming(&self, after: Seq, to: Seq) -> u32 {
        let within = self.messages.iter().filter(|(seq, _)| *seq > after && *seq <= to);
        within.filter(|(_, message)| message.kind == Kind::Incoming).count() as u32
    }

    /// What one participant's list would show, derived from the record alone.
    fn derived(&self, own: &Participant) -> (u32, Option<Activity>) {
        let viewer = Viewer::User(own.user.clone());
        let seen = |message: &Message| self.conversation.sight(message, &viewer).is_some();
        let unread = self
            .messages
            .iter()
            .filter(|(seq, message)| {
                *seq > own.read && self.conversation.counts_for(message, &own.user)
            })
            .count() as u32;
        let visible = self.messages.iter().filter(|(_, message)| seen(message));
        (unread, visible.map(|(_, message)| Conversation::activity(message)).max())
    }
}

proptest! {
    #[test]
    fn the_cached_unread_and_last_activity_are_what_the_record_says(steps in steps()) {
        let mut history =
            History { conversation: absent(), messages: vec![], now: Timestamp(100_000) };

        for (number, step) in steps.into_iter().enumerate() {
            history.play(step, number);

            for own in history.conversation.participants() {
                let (unread, last) = history.derived(own);
                prop_assert_eq!(own.unread, unread);
                prop_assert_eq!(history.conversation.last_activity(own), last.as_ref());
            }
        }
    }

    #[test]
    fn what_the_team_is_shown_is_what_the_public_record_says(steps in steps()) {
        let mut history =
            History { conversation: absent(), messages: vec![], now: Timestamp(100_000) };

        for (number, step) in steps.into_iter().enumerate() {
            history.play(step, number);

            let there = &history.conversation;
            let public = || {
                history.messages.iter().map(|(_, message)| message).filter(|message| message.kind != Kind::Note)
            };
            prop_assert_eq!(there.team.unread, history.incoming(there.team.read, Seq(u64::MAX)));
            let last = public().max_by_key(|message| Conversation::activity(message));
            prop_assert_eq!(&there.last_public, &last.map(Conversation::activity));
            prop_assert_eq!(there.team.last_kind, last.map(|message| message.kind));
            let manual = public().filter(|message| message.author != Author::System);
            prop_assert_eq!(there.team.manual_at, manual.map(|message| message.created_at).max());
        }
    }

    #[test]
    fn stamps_rise_strictly_and_numbers_have_no_gaps_whatever_the_clock_does(steps in steps()) {
        let mut history =
            History { conversation: absent(), messages: vec![], now: Timestamp(100_000) };

        for (number, step) in steps.into_iter().enumerate() {
            history.play(step, number);
        }

        for (at, pair) in history.messages.windows(2).enumerate() {
            prop_assert_eq!(pair[0].0, Seq(at as u64 + 1));
            prop_assert!(pair[0].1.created_at < pair[1].1.created_at);
        }
    }

    #[test]
    fn a_note_changes_nothing_in_the_list_of_those_who_may_not_see_it(steps in steps()) {
        let mut history =
            History { conversation: absent(), messages: vec![], now: Timestamp(100_000) };

        for (number, step) in steps.into_iter().enumerate() {
            let before = history.conversation.clone();
            let noted = matches!(step, Step::Note(..));
            history.play(step, number);
            if noted && history.conversation != before {
                let message = &history.messages.last().unwrap().1;
                for own in before.participants() {
                    let viewer = Viewer::User(own.user.clone());
                    if history.conversation.sight(message, &viewer).is_none() {
                        let after = history.conversation.participant(&own.user).unwrap();
                        prop_assert_eq!(
                            history.conversation.inbox_row(after),
                            before.inbox_row(own)
                        );
                        prop_assert_eq!(history.conversation.updated_at, before.updated_at);
                        prop_assert_eq!(&history.conversation.team, &before.team);
                    }
                }
            }
        }
    }
}
