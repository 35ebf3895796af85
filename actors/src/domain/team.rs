use super::{
    Author, ChannelId, ContactId, ContactLabels, Conversation, Kind, LabelFilter, Message, Seq,
    Timestamp, UserId, Viewer,
};

/// What the team has of a conversation, beside what each person has of their own. No note moves
/// any of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TeamState {
    /// Whose task it is. They need not take part.
    pub assignee: Option<UserId>,
    /// What the team marked the contact with.
    pub labels: ContactLabels,
    /// Up to here somebody of the team has read.
    pub read: Seq,
    /// Incoming messages after it. A cache of what the record says.
    pub unread: u32,
    /// What was set instead of it, until the next read or public message.
    pub unread_set: Option<u32>,
    /// The first message of somebody unknown, until a user answers, reads or opens it.
    pub is_request: bool,
    /// Of what kind the newest public message is.
    pub last_kind: Option<Kind>,
    /// What carried it; unset where the channel says it.
    pub last_medium: Option<String>,
    /// The newest public message that a person wrote, here or outside.
    pub manual_at: Option<Timestamp>,
    /// The newest message to the contact.
    pub last_outgoing: Option<LastOutgoing>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LastOutgoing {
    pub at: Timestamp,
    /// Nobody in person wrote it.
    pub automated: bool,
}

impl TeamState {
    /// What is shown as the team's unread count.
    pub fn unread(&self) -> u32 {
        self.unread_set.unwrap_or(self.unread)
    }

    /// Somebody read up to here, and left so many. Who is behind the others leaves it as it is.
    pub(super) fn read_up_to(&mut self, read: Seq, unread: u32) {
        if unread < self.unread {
            self.unread = unread;
            self.read = read;
        }
        self.unread_set = None;
        self.is_request = false;
    }
}

impl Conversation {
    /// Where the team's lists have it: its last public message, or its beginning.
    pub fn team_at(&self) -> Timestamp {
        self.last_public.as_ref().map_or(self.created_at, |activity| activity.at)
    }

    /// The same, for lists that go by what people wrote.
    pub fn manual_at(&self) -> Timestamp {
        self.team.manual_at.unwrap_or(self.created_at)
    }

    /// Takes in what everybody may see of a message, whenever it was written.
    pub(super) fn show(&mut self, message: &Message) {
        if self.sight(message, &Viewer::Team).is_none() {
            return;
        }
        let activity = Self::activity(message);
        let at = activity.at;
        if self.last_public.as_ref().is_none_or(|last| *last < activity) {
            self.last_public = Some(activity);
            self.team.last_kind = Some(message.kind);
            self.team.last_medium.clone_from(&message.medium);
        }
        let automated = message.author == Author::System;
        if !automated {
            self.team.manual_at = self.team.manual_at.max(Some(at));
        }
        if message.kind == Kind::Outgoing {
            let outgoing = Some(LastOutgoing { at, automated });
            self.team.last_outgoing = self.team.last_outgoing.max(outgoing);
        }
    }
}

/// Which of an account's conversations a list of the team shows: those that all of these hold for.
/// In a list of several values one has to. Deleted ones are in none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TeamFilter {
    pub open: Option<bool>,
    pub starred: Option<bool>,
    /// Whether the team has anything unread.
    pub unread: Option<bool>,
    pub request: Option<bool>,
    /// Of the last public message.
    pub last_kind: Option<Kind>,
    /// What carried the last public message.
    pub medium: Option<Medium>,
    /// Whether the last message to the contact was written by nobody in person.
    pub automated: Option<bool>,
    pub channels: Option<Vec<ChannelId>>,
    pub contacts: Option<Vec<ContactId>>,
    /// `None` among them: those that are nobody's task.
    pub assignees: Option<Vec<Option<UserId>>>,
    pub participants: Option<Vec<UserId>>,
    pub labels: LabelFilter,
    /// Begun then or later.
    pub created_from: Option<Timestamp>,
    /// Begun then or before.
    pub created_until: Option<Timestamp>,
}

/// One medium, by its name and by the channels whose messages need not say it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Medium {
    pub names: Vec<String>,
    pub channels: Vec<ChannelId>,
}

impl TeamFilter {
    /// Whether it is sure to hold for no conversation: one has to be of a list that is empty.
    pub fn holds_for_none(&self) -> bool {
        fn empty<T>(list: Option<&Vec<T>>) -> bool {
            list.is_some_and(Vec::is_empty)
        }
        empty(self.channels.as_ref())
            || empty(self.contacts.as_ref())
            || empty(self.assignees.as_ref())
            || empty(self.participants.as_ref())
    }

    /// Whether a conversation belongs in the list. Stores may narrow by index first; this is what
    /// they must agree with.
    pub fn holds(&self, conversation: &Conversation) -> bool {
        let Conversation { key, team, created_at, .. } = conversation;
        let flag = |wanted: Option<bool>, is: bool| wanted.is_none_or(|wanted| wanted == is);
        !conversation.deleted
            && flag(self.open, conversation.is_open)
            && flag(self.starred, conversation.starred)
            && flag(self.unread, team.unread() > 0)
            && flag(self.request, team.is_request)
            && self.last_kind.is_none_or(|kind| team.last_kind == Some(kind))
            && self.medium.as_ref().is_none_or(|medium| medium.holds(conversation))
            && self.automated.is_none_or(|wanted| {
                team.last_outgoing.is_some_and(|outgoing| outgoing.automated == wanted)
            })
            && self.channels.as_ref().is_none_or(|some| some.contains(&key.channel))
            && self.contacts.as_ref().is_none_or(|some| some.contains(&key.contact))
            && self.assignees.as_ref().is_none_or(|some| some.contains(&team.assignee))
            && self
                .participants
                .as_ref()
                .is_none_or(|some| conversation.participants().any(|own| some.contains(&own.user)))
            && self.labels.holds(&team.labels.tags, team.labels.status.as_ref())
            && self.created_from.is_none_or(|from| from <= *created_at)
            && self.created_until.is_none_or(|until| *created_at <= until)
    }
}

impl Medium {
    fn holds(&self, conversation: &Conversation) -> bool {
        let TeamState { last_kind, last_medium, .. } = &conversation.team;
        last_kind.is_some()
            && match last_medium {
                Some(medium) => self.names.contains(medium),
                None => self.channels.contains(&conversation.key.channel),
            }
    }
}
