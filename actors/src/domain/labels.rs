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

/// What of a contact's context stands on each of their conversations, so that lists of those can go by
/// it. A copy: the context is right where they differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactLabels {
    pub tags: Vec<TagId>,
    pub status: Option<ContactStatusId>,
}

/// Which contacts, by what the team put on them. Everything that is set has to hold; of a list one
/// entry is enough, and an empty list asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LabelFilter {
    pub tags: Vec<TagId>,
    /// Without any tag at all; together with `tags` it would hold for nobody.
    pub no_tags: bool,
    pub statuses: Vec<ContactStatusId>,
}

impl LabelFilter {
    /// What stores must agree with.
    pub fn holds(&self, tags: &[TagId], status: Option<&ContactStatusId>) -> bool {
        (self.tags.is_empty() || tags.iter().any(|tag| self.tags.contains(tag)))
            && (!self.no_tags || tags.is_empty())
            && (self.statuses.is_empty() || status.is_some_and(|is| self.statuses.contains(is)))
    }
}
