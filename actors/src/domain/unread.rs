use super::{Conversation, Kind, Message, UserId, Viewer};

impl Conversation {
    /// Whether a message raises a participant's unread count.
    ///
    /// Incoming ones do for everybody; a note for those it mentions, never for its author. What
    /// a user may not see never counts.
    pub fn counts_for(&self, message: &Message, user: &UserId) -> bool {
        let theirs = message.author.is_user(user);
        let visible = self.sight(message, &Viewer::User(user.clone())).is_some();
        visible && !theirs && message.kind != Kind::Outgoing
    }
}
