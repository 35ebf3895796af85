//! What one node has another do, and what came of it.

use std::any::Any;
use std::sync::Arc;

use actors::domain::command::{
    AddNote, AddParticipants, Archive, Assign, Begin, BeginForTeam, Command, Delete, Edit,
    FollowContext, MarkRead, Place, PlaceRequest, RemoveParticipant, ReportStatus, Send, SetOpen,
    SetSnooze, SetStarred, SetTeamUnread, ShowOnTop, Wake,
};
use actors::domain::{ConversationId, Target, UserId, Within};
use actors::ports::{Again, Ask, Declined, Done};

use super::envelope::{Garbled, Reader, Wire, Writer};
use super::presence::Page;
use super::values::fields;

/// What is asked of one node.
#[derive(Clone)]
pub enum Request {
    Do(Ask),
    /// Who is connected there, from the first user after this one.
    Presence(Option<UserId>),
}

/// What it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    Done(Result<Done, Declined>),
    Presence(Page),
}

/// Every command, under a number for good.
macro_rules! commands {
    ($($number:literal = $command:ident { $($field:ident),* })*) => {
        fields! { $($command { $($field),* })* }

        /// A command and its number. `None`: it has none, and is carried out where it is.
        fn number(command: &dyn Command) -> Option<u8> {
            let command: &dyn Any = command;
            $(if command.is::<$command>() {
                return Some($number);
            })*
            None
        }

        fn write_command(command: &dyn Command, to: &mut Writer) {
            let command: &dyn Any = command;
            $(if let Some(command) = command.downcast_ref::<$command>() {
                ($number as u8).write(to);
                return command.write(to);
            })*
            u8::MAX.write(to);
        }

        fn read_command(from: &mut Reader) -> Result<Arc<dyn Command>, Garbled> {
            match u8::read(from)? {
                $($number => Ok(Arc::new($command::read(from)?)),)*
                _ => Err(Garbled),
            }
        }

        #[cfg(test)]
        const NAMES: &[&str] = &[$(stringify!($command)),*];
    };
}

commands! {
    1 = AddNote { id, uuid, by, text, mentions, attachments }
    2 = AddParticipants { by, users }
    3 = Archive { by, is_archived }
    4 = Begin { by, users, title, image }
    5 = Edit { by, title, image }
    6 = MarkRead { by, up_to }
    7 = Place { message, dated, members }
    8 = RemoveParticipant { user }
    9 = ReportStatus { message, status, error_code }
    10 = Send { message, if_tail, for_team }
    11 = SetOpen { by, is_open }
    12 = SetSnooze { by, snooze }
    13 = ShowOnTop { by, show_on_top }
    14 = Wake { user }
    15 = Assign { by, assignee }
    16 = Delete { by }
    17 = SetStarred { by, starred }
    18 = SetTeamUnread { unread }
    19 = BeginForTeam { users }
    20 = PlaceRequest { place }
    21 = FollowContext { labels, is_open, assignee }
}

impl Request {
    /// Whether it can be spelled at all.
    pub fn travels(&self) -> bool {
        match self {
            Self::Do(Ask::Write { command, .. }) => number(&**command).is_some(),
            Self::Do(Ask::ShowAgain { .. }) | Self::Presence(_) => true,
        }
    }
}

impl Wire for Request {
    fn write(&self, to: &mut Writer) {
        match self {
            Self::Do(Ask::Write { target, within, command }) => {
                0_u8.write(to);
                target.write(to);
                within.write(to);
                write_command(&**command, to);
            }
            Self::Do(Ask::ShowAgain { conversation, again }) => {
                1_u8.write(to);
                conversation.write(to);
                again.write(to);
            }
            Self::Presence(after) => {
                2_u8.write(to);
                after.write(to);
            }
        }
    }

    fn read(from: &mut Reader) -> Result<Self, Garbled> {
        match u8::read(from)? {
            0 => {
                let (target, within) = (Target::read(from)?, Within::read(from)?);
                Ok(Self::Do(Ask::Write { target, within, command: read_command(from)? }))
            }
            1 => {
                let (conversation, again) = (ConversationId::read(from)?, Again::read(from)?);
                Ok(Self::Do(Ask::ShowAgain { conversation, again }))
            }
            2 => Wire::read(from).map(Self::Presence),
            _ => Err(Garbled),
        }
    }
}

fields! { Done { conversation, message, outcome } }

impl Wire for Again {
    fn write(&self, to: &mut Writer) {
        match self {
            Self::Message(message, position) => {
                0_u8.write(to);
                message.write(to);
                position.write(to);
            }
            Self::Conversation { is_new } => {
                1_u8.write(to);
                is_new.write(to);
            }
        }
    }

    fn read(from: &mut Reader) -> Result<Self, Garbled> {
        match u8::read(from)? {
            0 => Ok(Self::Message(Wire::read(from)?, Wire::read(from)?)),
            1 => Ok(Self::Conversation { is_new: Wire::read(from)? }),
            _ => Err(Garbled),
        }
    }
}

impl Wire for Reply {
    fn write(&self, to: &mut Writer) {
        match self {
            Self::Done(Ok(done)) => {
                0_u8.write(to);
                done.write(to);
            }
            Self::Done(Err(Declined::NotFound)) => 1_u8.write(to),
            Self::Done(Err(Declined::Unable)) => 2_u8.write(to),
            Self::Done(Err(Declined::Refused(refusal))) => {
                3_u8.write(to);
                refusal.write(to);
            }
            Self::Presence(page) => {
                4_u8.write(to);
                page.write(to);
            }
        }
    }

    fn read(from: &mut Reader) -> Result<Self, Garbled> {
        match u8::read(from)? {
            0 => Wire::read(from).map(|done| Self::Done(Ok(done))),
            1 => Ok(Self::Done(Err(Declined::NotFound))),
            2 => Ok(Self::Done(Err(Declined::Unable))),
            3 => Wire::read(from).map(|refusal| Self::Done(Err(Declined::Refused(refusal)))),
            4 => Wire::read(from).map(Self::Presence),
            _ => Err(Garbled),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use actors::domain::command::Counted;
    use actors::domain::{
        AccountId, ChannelId, ContactLabels, ContactStatusId, Email, Json, Message, MessageId,
        Outcome, Position, ProviderMessageId, Refusal, Seq, Snooze, Status, TagId, Timestamp,
        Viewer,
    };
    use actors::testing::domain::{conversation, incoming, key, note, outgoing, user};

    use super::*;
    use crate::cluster::envelope::{open, seal};

    /// With something in every field that may be empty.
    fn full() -> Message {
        Message {
            attachments: vec![Json::from_valid("{\"a\":1}")],
            mentions: vec![user("ben")],
            created_at: Timestamp(-5),
            provider_id: Some(ProviderMessageId::parse("SM1").unwrap()),
            medium: Some("SMS".into()),
            email: Some(Email(Json::from_valid("{}"))),
            status: Some(Status::Undelivered),
            error_code: Some("30003".into()),
            ..outgoing("m1", "ana", "héllo")
        }
    }

    fn commands() -> Vec<Arc<dyn Command>> {
        let (by, users) = (user("ana"), vec![user("ben"), user("cleo")]);
        let counted =
            Counted { to: Seq(3), from: Seq(1), cleared: 2, team_from: Seq(2), team_cleared: 1 };
        vec![
            Arc::new(note("ana", &["ben"], "x")),
            Arc::new(AddParticipants { by: by.clone(), users: users.clone() }),
            Arc::new(Archive { by: by.clone(), is_archived: true }),
            Arc::new(Begin {
                by: by.clone(),
                users: users.clone(),
                title: Some("t".into()),
                image: vec!["i".into()],
            }),
            Arc::new(Edit { by: by.clone(), title: Some(None), image: None }),
            Arc::new(MarkRead { by: by.clone(), up_to: Some(counted) }),
            Arc::new(Place { message: full(), dated: true, members: users }),
            Arc::new(RemoveParticipant { user: user("ben") }),
            Arc::new(ReportStatus {
                message: Arc::new(full()),
                status: Status::Read,
                error_code: Some("e".into()),
            }),
            Arc::new(Send { message: full(), if_tail: Some(Seq(9)), for_team: true }),
            Arc::new(SetOpen { by: Viewer::User(by.clone()), is_open: false }),
            Arc::new(Assign { by: Viewer::Team, assignee: Some(by.clone()) }),
            Arc::new(Delete { by: Viewer::Team }),
            Arc::new(SetStarred { by: Viewer::Team, starred: true }),
            Arc::new(SetTeamUnread { unread: 3 }),
            Arc::new(FollowContext {
                labels: ContactLabels {
                    tags: TagId::parse("hot").into_iter().collect(),
                    status: ContactStatusId::parse("won").ok(),
                },
                is_open: Some(false),
                assignee: Some(None),
            }),
            Arc::new(BeginForTeam { users: vec![by.clone()] }),
            Arc::new(PlaceRequest {
                place: Place { message: full(), dated: false, members: vec![] },
            }),
            Arc::new(SetSnooze { by: by.clone(), snooze: Some(Snooze::Until(Timestamp(9))) }),
            Arc::new(ShowOnTop { by, show_on_top: true }),
            Arc::new(Wake { user: user("ana") }),
        ]
    }

    fn write(command: &Arc<dyn Command>) -> Request {
        let within = Within {
            account: AccountId::default_account(),
            channel: Some(ChannelId::parse("sms").unwrap()),
        };
        let (target, command) = (Target::Key(key()), Arc::clone(command));
        Request::Do(Ask::Write { target, within, command })
    }

    #[test]
    fn every_command_decides_over_there_what_it_decides_here() {
        let there = conversation(&["ana", "ben"]);
        for command in commands() {
            let sealed = seal(&write(&command));
            let Ok(Request::Do(Ask::Write { target, within, command: read })) =
                open::<Request>(sealed.clone())
            else {
                panic!("it is read back")
            };

            assert_eq!((target, within.channel.is_some()), (Target::Key(key()), true));
            assert_eq!(
                read.decide(&there, Timestamp(77)),
                command.decide(&there, Timestamp(77)),
                "same"
            );
            assert_eq!(seal(&write(&read)), sealed, "nothing is left out");
        }
    }

    /// A command without a number is carried out by whichever node it is given to: not wrong, and not
    /// as it is meant.
    #[test]
    fn every_command_there_is_has_a_number() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("actors/src/domain/command");
        let mut missing = Vec::new();
        for file in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            for rest in text.split("impl Command for ").skip(1) {
                let name = rest.split([' ', '{']).next().unwrap().to_owned();
                if !NAMES.contains(&name.as_str()) {
                    missing.push(name);
                }
            }
        }
        assert!(missing.is_empty(), "src/cluster/forward.rs does not know {missing:?}");
        assert_eq!(commands().len(), NAMES.len(), "and each of them is tried here");
        assert!(commands().iter().all(|command| write(command).travels()));
    }

    #[test]
    fn what_came_of_it_is_read_as_it_was_said() {
        let done = Done {
            conversation: conversation(&[]).id,
            message: Some(incoming("m1", "").id),
            outcome: Outcome::Repeated,
        };
        let again = Again::Message(MessageId::parse("m1").unwrap(), Position(7));

        let replies = [
            Reply::Done(Ok(done)),
            Reply::Done(Err(Declined::NotFound)),
            Reply::Done(Err(Declined::Unable)),
            Reply::Done(Err(Declined::Refused(Refusal::TailMoved))),
            Reply::Presence(Page::default()),
        ];

        for reply in replies {
            assert_eq!(open::<Reply>(seal(&reply)), Ok(reply));
        }
        assert_eq!(open::<Again>(seal(&again)), Ok(again));
    }
}
