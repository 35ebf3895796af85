use super::{AccountId, ContactStatusId, TagId};

/// What a team marks contacts with; a contact may have several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    pub id: TagId,
    pub account: AccountId,
    /// Unique in its account, byte by byte.
    pub name: String,
    /// As given; shown, never read.
    pub color: String,
}

/// How far a team has come with a contact; a contact has one at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactStatus {
    pub id: ContactStatusId,
    pub account: AccountId,
    /// Unique in its account, byte by byte.
    pub name: String,
    /// As given; shown, never read.
    pub color: String,
    /// Rising along the pipeline; equal ones go by name.
    pub order: i64,
}

/// A tag or a status.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LabelId {
    Tag(TagId),
    Status(ContactStatusId),
}
