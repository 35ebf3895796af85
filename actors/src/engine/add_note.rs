use std::sync::Arc;

use super::{Caller, Engine, Failure, Place};
use crate::domain::{Conversation, Json, Placed, Refusal, Sight, UserId, Uuid, command};
use crate::view::{Composer, MessageView};

/// Write an internal note. Idempotent by (conversation, author, `uuid`).
#[derive(Clone, Debug)]
pub struct AddNote {
    pub place: Place,
    pub uuid: Option<Uuid>,
    pub text: String,
    pub mentions: Vec<UserId>,
    pub attachments: Vec<Json>,
}

/// The note as its author sees it, and the mentions as they named them.
#[derive(Clone, Debug, PartialEq)]
pub struct Noted {
    pub view: MessageView,
}

impl Engine {
    /// # Errors
    ///
    /// [`Failure::Conflict`] when the author wrote something else under this UUID before;
    /// [`Failure::Refused`] as [`command::AddNote`] decides; nothing was kept either way.
    /// [`Failure::Unavailable`]: perhaps kept; repeating with the same UUID is safe.
    pub async fn add_note(&self, caller: &Caller, ask: AddNote) -> Result<Noted, Failure> {
        let conversation = self.read(caller, &ask.place).await?;
        let note = command::AddNote {
            id: self.ids.message(),
            uuid: ask.uuid.unwrap_or_else(|| self.ids.uuid()),
            by: caller.user.clone(),
            text: ask.text,
            mentions: ask.mentions,
            attachments: ask.attachments,
        };
        // First: one that was written before its mentions left is answered as it was then.
        let before = self.store.message_by_uuid(&conversation.id, &note.by, &note.uuid).await?;
        if let Some(placed) = before {
            return self.noted(conversation, &placed, &note).await;
        }
        self.reaches_the_mentioned(&note).await?;
        let written = self.write(caller, &ask.place, note.clone()).await?;
        let placed = written.message.ok_or(Failure::NotFound("conversation"))?;
        self.noted(written.conversation, &placed, &note).await
    }

    async fn noted(
        &self,
        conversation: Arc<Conversation>,
        placed: &Placed,
        note: &command::AddNote,
    ) -> Result<Noted, Failure> {
        if !is_same(note, placed) {
            return Err(Failure::Conflict("UUID was used for other content"));
        }
        let composer = Composer::new(&*self.store, &*self.links, conversation, self.clock.now());
        Ok(Noted { view: composer.message(&placed.message, Sight::Own).await? })
    }

    /// Who no longer works here still stands in conversations, and would never read the note.
    async fn reaches_the_mentioned(&self, note: &command::AddNote) -> Result<(), Failure> {
        for user in note.mentions.iter().filter(|user| **user != note.by) {
            if self.store.user(user).await?.is_some_and(|user| !user.active) {
                return Err(Refusal::MentionOutside.into());
            }
        }
        Ok(())
    }
}

/// Whether a note that stands there says what this one says. The order of mentions says nothing.
fn is_same(note: &command::AddNote, placed: &Placed) -> bool {
    let there = &placed.message;
    let all_in = |a: &[UserId], b: &[UserId]| a.iter().all(|user| b.contains(user));
    there.kind == crate::domain::Kind::Note
        && there.text == note.text
        && there.attachments == note.attachments
        && all_in(&there.mentions, &note.mentions)
        && all_in(&note.mentions, &there.mentions)
}
