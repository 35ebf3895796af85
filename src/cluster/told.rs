//! What nodes tell each other without asking for an answer.

use actors::domain::{Entry, Namespace, NodeId, Position, UserId};
use actors::ports::{News, Person, Ready, Shown, Spelled};
use bytes::Bytes;

use super::envelope::{Garbled, Reader, Wire, Writer};
use super::presence::Delta;
use super::values::fields;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub from: NodeId,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    Alive(Alive),
    /// It stops; what was at home there is at home elsewhere from now on.
    Leaving,
    /// What was committed, for those who have nothing to show.
    Passing(Vec<Passing>),
    News(News),
    Shown(Shown),
    /// To one guest, by its socket id.
    Guest {
        socket: std::sync::Arc<str>,
        packet: Bytes,
    },
    Dismiss(UserId),
    Changed(Person),
    Presence(Delta),
}

/// What a node says of itself, again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alive {
    /// How far the log reaches, as far as it knows.
    pub newest: Position,
    /// Changes of who is connected to it, so far.
    pub changes: u64,
    /// It reaches the store, and takes commands of others.
    pub is_able: bool,
}

/// An announcement without its looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passing {
    pub entry: Entry,
    pub participants: Vec<UserId>,
}

impl From<Passing> for News {
    fn from(Passing { entry, participants }: Passing) -> Self {
        Self { entry, participants, spelled: None }
    }
}

fields! {
    Told { from, what }
    Alive { newest, changes, is_able }
    Passing { entry, participants }
    News { entry, participants, spelled }
    Ready { audience, packets }
    Spelled { namespace, packet, users }
    Shown { after, with_offset, packets }
}

impl Wire for What {
    fn write(&self, to: &mut Writer) {
        match self {
            Self::Alive(alive) => (0_u8.write(to), alive.write(to)).1,
            Self::Leaving => 1_u8.write(to),
            Self::Passing(passing) => (2_u8.write(to), passing.write(to)).1,
            Self::News(news) => (3_u8.write(to), news.write(to)).1,
            Self::Shown(shown) => (4_u8.write(to), shown.write(to)).1,
            Self::Guest { socket, packet } => {
                5_u8.write(to);
                to.text(socket);
                packet.write(to);
            }
            Self::Dismiss(user) => (6_u8.write(to), user.write(to)).1,
            Self::Changed(person) => (7_u8.write(to), person.write(to)).1,
            Self::Presence(delta) => (8_u8.write(to), delta.write(to)).1,
        }
    }

    fn read(from: &mut Reader) -> Result<Self, Garbled> {
        match u8::read(from)? {
            0 => Wire::read(from).map(Self::Alive),
            1 => Ok(Self::Leaving),
            2 => Wire::read(from).map(Self::Passing),
            3 => Wire::read(from).map(Self::News),
            4 => Wire::read(from).map(Self::Shown),
            5 => Ok(Self::Guest { socket: Wire::read(from)?, packet: Wire::read(from)? }),
            6 => Wire::read(from).map(Self::Dismiss),
            7 => Wire::read(from).map(Self::Changed),
            8 => Wire::read(from).map(Self::Presence),
            _ => Err(Garbled),
        }
    }
}

impl Wire for Person {
    fn write(&self, to: &mut Writer) {
        match self {
            Self::Account(id) => (0_u8.write(to), id.write(to)).1,
            Self::Channel(id) => (1_u8.write(to), id.write(to)).1,
            Self::User(id) => (2_u8.write(to), id.write(to)).1,
            Self::Contact(id) => (3_u8.write(to), id.write(to)).1,
        }
    }

    fn read(from: &mut Reader) -> Result<Self, Garbled> {
        match u8::read(from)? {
            0 => Wire::read(from).map(Self::Account),
            1 => Wire::read(from).map(Self::Channel),
            2 => Wire::read(from).map(Self::User),
            3 => Wire::read(from).map(Self::Contact),
            _ => Err(Garbled),
        }
    }
}

/// The packets that somebody at a node may want, by who is connected there.
pub fn for_node(news: &News, is_there: impl Fn(&UserId, Namespace) -> bool) -> News {
    let spelled = news.spelled.as_ref().map(|ready| Ready {
        audience: ready.audience.clone(),
        packets: wanted(&ready.packets, is_there),
    });
    News { spelled, ..news.clone() }
}

pub fn wanted(packets: &[Spelled], is_there: impl Fn(&UserId, Namespace) -> bool) -> Vec<Spelled> {
    let packets = packets.iter().filter(|one| {
        let namespace = one.namespace;
        one.users.iter().any(|user| is_there(user, namespace))
    });
    packets.cloned().collect()
}

#[cfg(test)]
mod tests {
    use actors::domain::{AccountId, Announcement, To};
    use actors::testing::domain::{conversation, user};

    use super::*;
    use crate::cluster::envelope::{open, seal};

    fn news() -> News {
        let entry = Entry {
            position: Position(9),
            previous: Position(7),
            conversation: conversation(&[]).id,
            announcement: Announcement::Conversation { is_new: true, to: To::User(user("ana")) },
            message: None,
        };
        let spelled = |name: &str| Spelled {
            namespace: Namespace::Conversation,
            packet: Bytes::from(name.to_owned()),
            users: vec![user(name)],
        };
        let audience = vec![user("ana"), user("ben")];
        let packets = vec![spelled("ana"), spelled("ben")];
        News { entry, participants: audience.clone(), spelled: Some(Ready { audience, packets }) }
    }

    #[test]
    fn what_is_told_is_heard_as_it_was_told() {
        let whats = [
            What::Alive(Alive { newest: Position(3), changes: 4, is_able: true }),
            What::Leaving,
            What::Passing(vec![Passing { entry: news().entry, participants: vec![user("ana")] }]),
            What::News(news()),
            What::Shown(Shown {
                after: Position(1),
                with_offset: true,
                packets: news().spelled.unwrap().packets,
            }),
            What::Guest { socket: "s".into(), packet: Bytes::from_static(b"x") },
            What::Dismiss(user("ana")),
            What::Changed(Person::Account(AccountId::default_account())),
            What::Presence(Delta {
                change: 7,
                users: vec![(user("ana"), [1, 0, 2])],
                guests: Some(vec![]),
            }),
        ];
        for what in whats {
            let told = Told { from: NodeId::parse("n1").unwrap(), what };
            assert_eq!(open::<Told>(seal(&told)), Ok(told));
        }
    }

    #[test]
    fn a_node_is_sent_what_somebody_there_may_want_and_who_is_to_be_shown_it() {
        let told = for_node(&news(), |who, _| *who == user("ben"));

        let ready = told.spelled.unwrap();
        assert_eq!(ready.packets.len(), 1);
        assert_eq!(ready.packets[0].users, [user("ben")]);
        assert_eq!(ready.audience, [user("ana"), user("ben")]);
    }
}
