use crate::domain::{ContactStatus, Tag};

/// What a contact is marked with, as far as there still is such a mark.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelsView {
    pub tags: Vec<Tag>,
    pub status: Option<ContactStatus>,
}
