use super::{Caller, Engine, Failure};
use crate::domain::{Announcement, Position, Viewer};
use crate::ports::Hop;
use crate::recovery::Remembered;
use crate::view::{Composer, ConversationView, MessageView, StatusView};

/// Something a session missed, as its user may see it now.
#[derive(Clone, Debug, PartialEq)]
pub struct Replayed {
    /// What the session is to come back with once it has this.
    pub position: Position,
    pub what: Missed,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Missed {
    Message(MessageView),
    /// The latest there is.
    Status(StatusView),
    /// As it is now; what it was in between nobody needs.
    Conversation {
        view: Box<ConversationView>,
        is_new: bool,
    },
}

impl Engine {
    /// Up to where everything committed was handed to sessions: where a connection begins.
    pub fn reached(&self) -> Position {
        self.watermark.value()
    }

    /// Everything after a position that this user may see, in order. `None`: not the whole of it
    /// can be served, so the client has to list anew.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`]: it cannot be told now.
    pub async fn replay(
        &self,
        caller: &Caller,
        from: Position,
    ) -> Result<Option<Vec<Replayed>>, Failure> {
        // Another node may have got further than this one; nobody gets further than the record.
        if from > self.watermark.newest() && from > self.store.tail().await? {
            return Ok(None);
        }
        // First, so that what comes back with it is never beyond something that is still owed.
        let reached = self.reached().max(from);
        let Some(missed) = self.recent.since(from, &caller.user).await? else { return Ok(None) };
        let mut replayed = Vec::new();
        for entry in &missed {
            if let Some(what) = self.seen(caller, entry).await? {
                if let Missed::Message(view) = &what {
                    let conversation = view.conversation.clone();
                    let (user, position) = (caller.user.clone(), entry.position);
                    let hop = Hop::Replayed { conversation, user, position };
                    self.recorder.record(&view.message.id, self.clock.now(), hop);
                }
                replayed.push(Replayed { position: entry.position.min(reached), what });
            }
        }
        Ok(Some(replayed))
    }

    async fn seen(&self, caller: &Caller, entry: &Remembered) -> Result<Option<Missed>, Failure> {
        let conversation = &entry.conversation;
        let Some(own) = conversation.told(&caller.user) else { return Ok(None) };
        let composer =
            || Composer::new(&*self.store, &*self.links, conversation.clone(), self.clock.now());
        match (&entry.announcement, &entry.message) {
            (Announcement::Conversation { is_new, .. }, _) => {
                let mut composer = composer();
                // Many who come back at once are shown the same one.
                if let Some(last) = conversation.last_activity(own) {
                    let message = self.recent.message(&conversation.id, &last.message).await?;
                    composer.know(&last.message, message);
                }
                let view = Box::new(composer.conversation(own).await?);
                Ok(Some(Missed::Conversation { view, is_new: *is_new }))
            }
            (Announcement::Message, Some(message)) => {
                let viewer = Viewer::User(caller.user.clone());
                let Some(sight) = conversation.sight(message, &viewer) else { return Ok(None) };
                Ok(Some(Missed::Message(composer().message(message, sight).await?)))
            }
            (Announcement::Status, Some(message)) => {
                let viewer = Viewer::User(caller.user.clone());
                let visible = conversation.sight(message, &viewer).is_some();
                let (id, now) = (conversation.id.clone(), self.clock.now());
                Ok(visible.then(|| Missed::Status(StatusView::new(id, message, now))))
            }
            (Announcement::Message | Announcement::Status, None) => Ok(None),
        }
    }
}
