use super::{ConversationId, MessageId, Snooze, Timestamp, UserId};

/// One conversation in one participant's list: what lists are filtered and ordered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxRow {
    pub user: UserId,
    pub conversation: ConversationId,
    /// The last activity this user may see, or the creation when there is none.
    pub at: Timestamp,
    pub last_message: Option<MessageId>,
    pub is_open: bool,
    pub show_on_top: bool,
    pub snooze: Option<Snooze>,
    pub is_archived: bool,
    pub unread: u32,
}

/// Which conversations a list shows. All but `Archived` leave out what the viewer archived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    Any,
    Open,
    Close,
    Snooze,
    Unread,
    Priority,
    Archived,
}

impl State {
    /// Whether a row belongs in the list at this moment. Stores may narrow by index first; this
    /// is what they must agree with.
    pub fn holds(self, row: &InboxRow, now: Timestamp) -> bool {
        let snoozed = row.snooze.is_some_and(|snooze| !snooze.is_over(now));
        if self == Self::Archived {
            return row.is_archived;
        }
        !row.is_archived
            && match self {
                Self::Any | Self::Archived => true,
                Self::Open => row.is_open && !snoozed,
                Self::Close => !row.is_open,
                Self::Snooze => snoozed,
                Self::Unread => row.unread > 0,
                Self::Priority => row.show_on_top,
            }
    }
}
