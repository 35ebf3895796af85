use super::{Conversation, Kind, Message, UserId};

/// Who looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    User(UserId),
    /// A team token, an API key, the contact: nobody in person, so no notes.
    Team,
}

/// How a message looks to one viewer. People who share a sight share the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sight {
    Own,
    Others,
}

impl Conversation {
    /// Whether there is such a conversation, for this viewer.
    pub fn admits(&self, viewer: &Viewer) -> bool {
        match viewer {
            Viewer::User(user) => self.participant(user).is_some(),
            Viewer::Team => !self.deleted,
        }
    }

    /// How a viewer sees a message of this conversation, or `None` if they may not know of it.
    ///
    /// The only place where visibility is decided.
    pub fn sight(&self, message: &Message, viewer: &Viewer) -> Option<Sight> {
        if !self.admits(viewer) {
            return None;
        }
        let Viewer::User(user) = viewer else {
            return (message.kind != Kind::Note).then_some(Sight::Others);
        };
        if message.author.is_user(user) {
            return Some(Sight::Own);
        }
        let visible = message.kind != Kind::Note || message.mentions.contains(user);
        visible.then_some(Sight::Others)
    }

    /// Everybody who may see a message, with how they see it.
    pub fn audience<'a>(
        &'a self,
        message: &'a Message,
    ) -> impl Iterator<Item = (&'a UserId, Sight)> {
        self.participants().filter_map(move |participant| {
            let viewer = Viewer::User(participant.user.clone());
            self.sight(message, &viewer).map(|sight| (&participant.user, sight))
        })
    }
}
