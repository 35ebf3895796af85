use super::{Conversation, ConversationId, Kind, Message, MessageId, Timestamp, UserId, Viewer};

/// Why a message was pushed to a user's devices, or was not. One per message and user, for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PushReason {
    /// They may see it and are not connected: it is on its way.
    Offline,
    /// At least one device has it.
    Sent,
    /// They were connected and saw it there.
    Connected,
    /// They wrote it.
    Author,
    /// What we write to a contact is news to nobody here.
    Outgoing,
    NotParticipant,
    /// A note that does not mention them.
    NotVisible,
    /// They do not work here any more.
    Inactive,
    NoDevice,
    /// There is nobody to push through.
    NoProvider,
    /// The program died while it was handed over: it may have arrived, so it is not sent again.
    PerhapsSent,
    /// All their devices are gone.
    TokenDead,
    /// The provider did not take it, however often it was asked.
    ProviderError,
}

/// What has become of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushState {
    Due,
    Sent,
    Skipped,
    Failed,
}

/// What was decided for one user about one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushDecision {
    pub message: MessageId,
    pub user: UserId,
    pub conversation: ConversationId,
    pub reason: PushReason,
    /// Since when it is so.
    pub at: Timestamp,
}

const REASONS: [(PushReason, &str); 13] = [
    (PushReason::Offline, "offline"),
    (PushReason::Sent, "sent"),
    (PushReason::Connected, "connected"),
    (PushReason::Author, "author"),
    (PushReason::Outgoing, "outgoing"),
    (PushReason::NotParticipant, "not_participant"),
    (PushReason::NotVisible, "not_visible"),
    (PushReason::Inactive, "inactive"),
    (PushReason::NoDevice, "no_device"),
    (PushReason::NoProvider, "no_provider"),
    (PushReason::PerhapsSent, "perhaps_sent"),
    (PushReason::TokenDead, "token_dead"),
    (PushReason::ProviderError, "provider_error"),
];

impl PushReason {
    pub fn as_str(self) -> &'static str {
        REASONS.iter().find(|(reason, _)| *reason == self).map_or("", |(_, text)| text)
    }

    pub fn parse(text: &str) -> Option<Self> {
        REASONS.iter().find(|(_, word)| *word == text).map(|(reason, _)| *reason)
    }

    pub fn state(self) -> PushState {
        match self {
            Self::Offline => PushState::Due,
            Self::Sent => PushState::Sent,
            Self::TokenDead | Self::ProviderError => PushState::Failed,
            _ => PushState::Skipped,
        }
    }
}

impl PushState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Sent => "sent",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
        }
    }
}

impl Conversation {
    /// Whether a message is to be pushed to a user, and why (not).
    ///
    /// The first reason that holds is the answer, in this order, so that what somebody may not see
    /// is never explained by whether they were connected. Neither snooze nor archive counts: an
    /// incoming message has just ended both.
    pub fn push(&self, message: &Message, user: &UserId, connected: bool) -> PushReason {
        if self.participant(user).is_none() {
            return PushReason::NotParticipant;
        }
        if message.kind == Kind::Outgoing {
            return PushReason::Outgoing;
        }
        if message.author.is_user(user) {
            return PushReason::Author;
        }
        if self.sight(message, &Viewer::User(user.clone())).is_none() {
            return PushReason::NotVisible;
        }
        if connected { PushReason::Connected } else { PushReason::Offline }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::command::Command;
    use crate::domain::{Decision, Timestamp};
    use crate::testing::domain::{conversation, incoming, note, outgoing, user};

    fn noted(by: &str, mentions: &[&str]) -> (Conversation, Message) {
        let before = conversation(&["ana", "ben", "dan"]);
        match note(by, mentions, "call her").decide(&before, Timestamp(1)) {
            Ok(Decision::Record(change)) => {
                let (_, message) = change.message.clone().unwrap();
                (change.next, (*message).clone())
            }
            other => panic!("expected a note, got {other:?}"),
        }
    }

    #[test]
    fn an_incoming_message_is_pushed_to_participants_who_are_not_connected() {
        let (place, message) = (conversation(&["ana", "ben"]), incoming("m1", "hello"));

        let table = [
            ("ana", false, PushReason::Offline),
            ("ana", true, PushReason::Connected),
            ("stranger", false, PushReason::NotParticipant),
            ("stranger", true, PushReason::NotParticipant),
        ];

        for (name, connected, wanted) in table {
            assert_eq!(place.push(&message, &user(name), connected), wanted, "{name} {connected}");
        }
    }

    #[test]
    fn a_note_is_pushed_to_the_mentioned_only_and_never_to_its_author() {
        let (place, message) = noted("ana", &["ben", "ana"]);

        let table = [
            ("ana", false, PushReason::Author),
            ("ana", true, PushReason::Author),
            ("ben", false, PushReason::Offline),
            ("ben", true, PushReason::Connected),
            ("dan", false, PushReason::NotVisible),
            ("dan", true, PushReason::NotVisible),
        ];

        for (name, connected, wanted) in table {
            assert_eq!(place.push(&message, &user(name), connected), wanted, "{name} {connected}");
        }
    }

    #[test]
    fn what_we_write_to_a_contact_is_pushed_to_nobody() {
        let (place, message) = (conversation(&["ana", "ben"]), outgoing("m1", "ana", "hello"));

        for name in ["ana", "ben"] {
            assert_eq!(place.push(&message, &user(name), false), PushReason::Outgoing);
        }
    }

    #[test]
    fn who_was_removed_is_nobody() {
        let (mut place, message) = (conversation(&["ana", "ben"]), incoming("m1", "hello"));
        place.participants[1].removed = true;

        assert_eq!(place.push(&message, &user("ben"), false), PushReason::NotParticipant);
    }

    #[test]
    fn every_reason_is_read_back_as_it_is_spelled() {
        for (reason, text) in REASONS {
            assert_eq!((reason.as_str(), PushReason::parse(text)), (text, Some(reason)));
        }
    }
}
