use actors::domain::{ContactStatus, Tag};
use actors::view::LabelsView;
use serde::Serialize;

/// A tag, or a status: what the team marked a contact with.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Label"))]
pub struct MarkShape<'a> {
    _id: &'a str,
    name: &'a str,
    color: &'a str,
}

impl<'a> From<&'a Tag> for MarkShape<'a> {
    fn from(Tag { id, name, color, .. }: &'a Tag) -> Self {
        Self { _id: id.as_str(), name, color }
    }
}

impl<'a> From<&'a ContactStatus> for MarkShape<'a> {
    fn from(ContactStatus { id, name, color, .. }: &'a ContactStatus) -> Self {
        Self { _id: id.as_str(), name, color }
    }
}

/// The tags, and the status if there is one.
pub fn marks(labels: &LabelsView) -> (Vec<MarkShape<'_>>, Option<MarkShape<'_>>) {
    (labels.tags.iter().map(MarkShape::from).collect(), labels.status.as_ref().map(MarkShape::from))
}
