use super::{
    AccountId, ChannelId, Contact, ContactId, ConversationId, InboxRow, Message, MessageId,
    ProspectContext, Seq, TeamState, Timestamp, UserId,
};

/// What makes a conversation the one it is. Unique in the store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    pub account: AccountId,
    pub contact: ContactId,
    pub channel: ChannelId,
}

/// Everything one conversation knows about itself, but for its messages.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    pub id: ConversationId,
    pub key: Key,
    /// Commits so far. 0: nothing is stored yet and nobody takes part.
    pub version: u64,
    /// As given; unset means derived from the contact whenever it is shown.
    pub title: Option<String>,
    pub image: Vec<String>,
    pub is_open: bool,
    /// The team's mark, unlike `show_on_top`, which is a person's.
    pub starred: bool,
    /// Gone for everybody, with its messages. Its contact may begin another one.
    pub deleted: bool,
    pub created_at: Timestamp,
    /// Moves on changes that every participant sees, so that it betrays no note.
    pub updated_at: Timestamp,
    pub last_seq: Seq,
    /// The newest `created_at` of any message; new ones are stamped later.
    pub last_at: Timestamp,
    /// The newest message that every participant may see.
    pub last_public: Option<Activity>,
    pub team: TeamState,
    /// In the order they joined; former ones stay, marked, so that they may return.
    pub participants: Vec<Participant>,
}

/// A message as the latest thing that happened, for one viewer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Activity {
    pub at: Timestamp,
    pub message: MessageId,
}

/// A user in a conversation, with what is theirs alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    pub user: UserId,
    pub is_admin: bool,
    pub show_on_top: bool,
    pub snooze: Option<Snooze>,
    pub is_archived: bool,
    /// The read marker: everything up to here was seen.
    pub read: Seq,
    /// A cache of what the marker and visibility say; audited.
    pub unread: u32,
    /// The newest note this user may see.
    pub last_note: Option<Activity>,
    pub removed: bool,
}

/// How long a conversation stays out of one participant's sight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Snooze {
    Until(Timestamp),
    UntilNextIncoming,
}

impl Snooze {
    /// Ends lazily: nothing needs to run for a snooze to be over.
    pub fn is_over(self, now: Timestamp) -> bool {
        matches!(self, Self::Until(end) if end <= now)
    }
}

impl Participant {
    pub fn new(user: UserId, tail: Seq) -> Self {
        Self {
            user,
            is_admin: false,
            show_on_top: false,
            snooze: None,
            is_archived: false,
            read: tail,
            unread: 0,
            last_note: None,
            removed: false,
        }
    }

    pub fn is_snoozed(&self, now: Timestamp) -> bool {
        self.snooze.is_some_and(|snooze| !snooze.is_over(now))
    }
}

impl Conversation {
    /// A conversation nobody has begun.
    pub fn absent(id: ConversationId, key: Key) -> Self {
        Self {
            id,
            key,
            version: 0,
            title: None,
            image: Vec::new(),
            is_open: false,
            starred: false,
            deleted: false,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
            last_seq: Seq::default(),
            last_at: Timestamp::default(),
            last_public: None,
            team: TeamState::default(),
            participants: Vec::new(),
        }
    }

    /// The same, with what the team keeps about its contact.
    #[must_use]
    pub fn of_contact(mut self, context: &ProspectContext) -> Self {
        self.team.labels = context.labels();
        self.team.assignee.clone_from(&context.assignee);
        self
    }

    pub fn exists(&self) -> bool {
        self.version > 0
    }

    /// Who takes part now, longest-standing first. In a deleted conversation nobody does.
    pub fn participants(&self) -> impl Iterator<Item = &Participant> {
        self.participants.iter().filter(|participant| self.is_listed(participant))
    }

    /// Whether a participant's lists show this conversation at all.
    pub fn is_listed(&self, participant: &Participant) -> bool {
        !participant.removed && !self.deleted
    }

    pub fn participant(&self, user: &UserId) -> Option<&Participant> {
        self.participants().find(|participant| participant.user == *user)
    }

    /// Who is told what becomes of it: who takes part, or, once it is deleted, who did till then.
    pub fn told(&self, user: &UserId) -> Option<&Participant> {
        self.participants.iter().find(|own| !own.removed && own.user == *user)
    }

    pub(super) fn participant_mut(&mut self, user: &UserId) -> Option<&mut Participant> {
        let deleted = self.deleted;
        self.participants.iter_mut().find(|p| !deleted && !p.removed && p.user == *user)
    }

    /// Takes a user in; a former participant comes back with nothing unread and no old settings.
    pub(super) fn take_in(&mut self, user: &UserId) {
        let tail = self.last_seq;
        match self.participants.iter_mut().position(|p| p.user == *user) {
            Some(at) if self.participants[at].removed => {
                let last_note = self.participants.remove(at).last_note;
                let back = Participant { last_note, ..Participant::new(user.clone(), tail) };
                self.participants.push(back);
            }
            Some(_) => {}
            None => self.participants.push(Participant::new(user.clone(), tail)),
        }
    }

    /// The title as given, or derived from the contact, anew each time it is shown.
    pub fn title<'a>(&'a self, contact: Option<&'a Contact>) -> &'a str {
        let derived = contact.map(|c| [c.name.as_deref(), c.email.as_deref(), c.phone.as_deref()]);
        std::iter::once(self.title.as_deref())
            .chain(derived.into_iter().flatten())
            .flatten()
            .find(|text| !text.trim().is_empty())
            .unwrap_or("Unknown contact")
    }

    /// The newest message a participant may see.
    pub fn last_activity<'a>(&'a self, participant: &'a Participant) -> Option<&'a Activity> {
        self.last_public.as_ref().max(participant.last_note.as_ref())
    }

    /// What a participant's list shows of this conversation. Derived, so it can be audited.
    pub fn inbox_row(&self, participant: &Participant) -> InboxRow {
        let last = self.last_activity(participant).cloned();
        InboxRow {
            user: participant.user.clone(),
            conversation: self.id.clone(),
            at: last.as_ref().map_or(self.created_at, |activity| activity.at),
            last_message: last.map(|activity| activity.message),
            is_open: self.is_open,
            show_on_top: participant.show_on_top,
            snooze: participant.snooze,
            is_archived: participant.is_archived,
            unread: participant.unread,
        }
    }

    /// Stamps are strictly rising, whatever the clock does, so time alone can be a cursor.
    pub(super) fn stamp(&self, now: Timestamp) -> Timestamp {
        now.max(self.last_at.next())
    }

    pub(super) fn activity(message: &Message) -> Activity {
        Activity { at: message.created_at, message: message.id.clone() }
    }
}
