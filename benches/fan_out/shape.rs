use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;

use super::contestant::Contestant;
use super::crowd::CALLERS;
use super::growth;

/// Who is in how many conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub conversations: usize,
    pub sessions: usize,
}

impl Shape {
    pub const ALL: [Self; 4] = [
        Self { conversations: 1, sessions: 100 },
        Self { conversations: 1, sessions: 1_000 },
        Self { conversations: 1, sessions: 5_000 },
        Self { conversations: 1_000, sessions: 5 },
    ];

    pub fn name(self) -> String {
        let sessions = thousands(self.sessions);
        if self.conversations == 1 {
            sessions
        } else {
            format!("{} × {sessions}", thousands(self.conversations))
        }
    }

    pub fn people(self) -> usize {
        self.conversations * self.sessions
    }

    pub fn conversation(self, at: usize) -> Range<usize> {
        at * self.sessions..(at + 1) * self.sessions
    }

    /// What the peers call a conversation.
    pub fn room(self, at: usize) -> String {
        format!("{}-{at}", self.sessions)
    }

    /// Every room that somebody is in.
    pub fn rooms(person: usize) -> Vec<String> {
        let grown = growth::SESSIONS.map(|sessions| Self { conversations: 1, sessions });
        let shapes = Self::ALL.into_iter().chain(grown).filter(|shape| person < shape.people());
        let rooms: BTreeSet<_> = shapes.map(|shape| shape.room(person / shape.sessions)).collect();
        rooms.into_iter().collect()
    }

    pub fn emits(self, contestant: &Contestant) -> Vec<Rc<[u8]>> {
        let emit = |at| contestant.emit(&self.room(at), self.conversation(at));
        (0..self.conversations).map(emit).collect()
    }
}

/// How many messages are under way at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    Serial,
    /// As many as there are callers, and the next when all have arrived.
    Burst,
}

impl Pace {
    pub const ALL: [Self; 2] = [Self::Serial, Self::Burst];

    pub fn name(self) -> &'static str {
        match self {
            Self::Serial => "serial",
            Self::Burst => "burst",
        }
    }

    pub fn in_flight(self) -> usize {
        match self {
            Self::Serial => 1,
            Self::Burst => CALLERS,
        }
    }
}

pub fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
