use std::sync::Arc;

use crate::domain::{Contact, ContactId, ContactStatus, ProspectContext, Tag, UserId};

/// A contact as the team sees them, with what it keeps about them.
#[derive(Clone, Debug, PartialEq)]
pub struct ProspectView {
    pub id: ContactId,
    /// `None` when the contact was deleted.
    pub contact: Option<Arc<Contact>>,
    pub context: ProspectContext,
    /// Those there still are, in the order they were put on.
    pub tags: Vec<Tag>,
    pub status: Option<ContactStatus>,
    /// Whose all their conversations are, or, where there are none, will be.
    pub assignee: Option<UserId>,
    /// There are conversations and all are closed; where there are none, what was said.
    pub done: bool,
}
