use crate::domain::{Json, Timestamp};

/// How people fetch the files that came with messages.
///
/// A message names a file for good, and its name opens nothing. Whoever is shown the message is
/// shown a link in its place that ends.
pub trait Links: Send + Sync {
    /// An attachment as it is shown now. `None`: as it stands, since it is no file of ours.
    fn shown(&self, attachment: &Json, now: Timestamp) -> Option<Json>;
}

/// Where no files are kept.
pub struct Unlinked;

impl Links for Unlinked {
    fn shown(&self, _: &Json, _: Timestamp) -> Option<Json> {
        None
    }
}
