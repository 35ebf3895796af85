//! Values of the domain, as they travel between nodes.

use actors::domain::command::Counted;
use actors::domain::{
    AccountId, Announcement, Author, ChannelId, ContactId, ContactLabels, ContactStatusId,
    ConversationId, Email, Entry, Json, Key, Kind, Message, MessageId, Namespace, NodeId, Outcome,
    Position, ProviderMessageId, Refusal, Seq, Snooze, Status, TagId, Target, Timestamp, To,
    UserId, Uuid, Viewer, Within,
};
use serde_json::value::RawValue;

use super::envelope::{Garbled, Reader, Wire, Writer};

/// The fields one after the other.
macro_rules! fields {
    ($($kind:ident { $($field:ident),* $(,)? })*) => {$(
        impl Wire for $kind {
            fn write(&self, to: &mut Writer) {
                $(self.$field.write(to);)*
            }

            fn read(from: &mut Reader) -> Result<Self, Garbled> {
                $(let $field = Wire::read(from)?;)*
                Ok(Self { $($field),* })
            }
        }
    )*};
}

/// A number for each of them.
macro_rules! names {
    ($($kind:ident { $($number:literal = $name:ident),* $(,)? })*) => {$(
        impl Wire for $kind {
            fn write(&self, to: &mut Writer) {
                let number: u8 = match self { $(Self::$name => $number),* };
                number.write(to);
            }

            fn read(from: &mut Reader) -> Result<Self, Garbled> {
                match u8::read(from)? {
                    $($number => Ok(Self::$name),)*
                    _ => Err(Garbled),
                }
            }
        }
    )*};
}

macro_rules! texts {
    ($($kind:ident)*) => {$(
        impl Wire for $kind {
            fn write(&self, to: &mut Writer) {
                to.text(self.as_str());
            }

            fn read(from: &mut Reader) -> Result<Self, Garbled> {
                from.parsed($kind::parse)
            }
        }
    )*};
}

macro_rules! wrapped {
    ($($kind:ident)*) => {$(
        impl Wire for $kind {
            fn write(&self, to: &mut Writer) {
                self.0.write(to);
            }

            fn read(from: &mut Reader) -> Result<Self, Garbled> {
                Wire::read(from).map(Self)
            }
        }
    )*};
}

pub(super) use fields;

texts! { AccountId ChannelId ContactId ContactStatusId ConversationId MessageId NodeId ProviderMessageId TagId UserId Uuid }

wrapped! { Position Seq Timestamp Email }

names! {
    Kind { 0 = Incoming, 1 = Outgoing, 2 = Note }
    Status { 0 = Queued, 1 = Sent, 2 = Delivered, 3 = Read, 4 = Undelivered, 5 = Failed }
    Namespace { 0 = Conversation, 1 = ConversationLive, 2 = Shared, 3 = LeadFinder }
    Outcome { 0 = Recorded, 1 = Unchanged, 2 = Repeated }
    Refusal {
        0 = NotFound, 1 = MentionOutside, 2 = EmptyNote, 3 = TextTooLong, 4 = TooManyAttachments,
        5 = SnoozeInPast, 6 = SnoozeTooLong, 7 = MarkerMoved, 8 = StatusMoved, 9 = TailMoved,
        10 = EmptyMessage,
    }
}

fields! {
    Key { account, contact, channel }
    Within { account, channel }
    ContactLabels { tags, status }
    Counted { to, from, cleared, team_from, team_cleared }
    Entry { position, previous, conversation, announcement, message }
    Message {
        id, account, uuid, kind, author, contact, text, attachments, mentions, created_at,
        provider_id, medium, email, status, error_code,
    }
}

impl Wire for Json {
    fn write(&self, to: &mut Writer) {
        to.text(self.as_str());
    }

    fn read(from: &mut Reader) -> Result<Self, Garbled> {
        from.parsed(|text| serde_json::from_str::<&RawValue>(text).map(|_| Self::from_valid(text)))
    }
}

impl Wire for Target {
    fn write(&self, to: &mut Writer) {
        match self {
            Self::Id(id) => (0_u8.write(to), id.write(to)).1,
            Self::Key(key) => (1_u8.write(to), key.write(to)).1,
        }
    }

    fn read(from: &mut Reader) -> Result<Self, Garbled> {
        match u8::read(from)? {
            0 => Wire::read(from).map(Self::Id),
            1 => Wire::read(from).map(Self::Key),
            _ => Err(Garbled),
        }
    }
}

impl Wire for Author {
    fn write(&self, to: &mut Writer) {
        match self {
            Self::System => 0_u8.write(to),
            Self::Contact(id) => (1_u8.write(to), id.write(to)).1,
            Self::User(id) => (2_u8.write(to), id.write(to)).1,
        }
    }

    fn read(from: &mut Reader) -> Result<Self, Garbled> {
        match u8::read(from)? {
            0 => Ok(Self::System),
            1 => Wire::read(from).map(Self::Contact),
            2 => Wire::read(from).map(Self::User),
            _ => Err(Garbled),
        }
    }
}

impl Wire for Viewer {
    fn write(&self, to: &mut Writer) {
        let user = match self {
            Self::User(user) => Some(user.clone()),
            Self::Team => None,
        };
        user.write(to);
    }

    fn read(from: &mut Reader) -> Result<Self, Garbled> {
        Ok(Option::read(from)?.map_or(Self::Team, Self::User))
    }
}

impl Wire for Snooze {
    fn write(&self, to: &mut Writer) {
        let until = match self {
            Self::Until(until) => Some(*until),
            Self::UntilNextIncoming => None,
        };
        until.write(to);
    }

    fn read(from: &mut Reader) -> Result<Self, Garbled> {
        Ok(Option::read(from)?.map_or(Self::UntilNextIncoming, Self::Until))
    }
}

impl Wire for Announcement {
    fn write(&self, to: &mut Writer) {
        match self {
            Self::Message => 0_u8.write(to),
            Self::Status => 1_u8.write(to),
            Self::Conversation { is_new, to: receivers } => {
                2_u8.write(to);
                is_new.write(to);
                match receivers {
                    To::Participants => 0_u8.write(to),
                    To::User(user) => (1_u8.write(to), user.write(to)).1,
                    To::Team => 2_u8.write(to),
                }
            }
        }
    }

    fn read(from: &mut Reader) -> Result<Self, Garbled> {
        match u8::read(from)? {
            0 => Ok(Self::Message),
            1 => Ok(Self::Status),
            2 => {
                let is_new = bool::read(from)?;
                let to = match u8::read(from)? {
                    0 => To::Participants,
                    1 => To::User(Wire::read(from)?),
                    2 => To::Team,
                    _ => return Err(Garbled),
                };
                Ok(Self::Conversation { is_new, to })
            }
            _ => Err(Garbled),
        }
    }
}
