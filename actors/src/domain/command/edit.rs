use super::{Command, change_shared};
use crate::domain::{Conversation, Decision, Refusal, Timestamp, UserId, Viewer};

/// Change title or image. An outer `None` leaves a field as it is; an empty one derives it again.
#[derive(Clone, Debug)]
pub struct Edit {
    pub by: UserId,
    pub title: Option<Option<String>>,
    pub image: Option<Vec<String>>,
}

impl Edit {
    /// Longest title, in characters.
    pub const MAX_TITLE_CHARS: usize = 255;
}

impl Command for Edit {
    fn decide(&self, conversation: &Conversation, now: Timestamp) -> Result<Decision, Refusal> {
        let by = Viewer::User(self.by.clone());
        change_shared(conversation, &by, now, |next| {
            if let Some(title) = &self.title {
                next.title = title.clone();
            }
            if let Some(image) = &self.image {
                next.image = image.clone();
            }
        })
    }
}
