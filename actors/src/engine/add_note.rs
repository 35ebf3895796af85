use super::{Caller, Engine, Failure, Place};
use crate::conversation::Outcome;
use crate::domain::{Json, Placed, Refusal, Sight, UserId, Uuid, command};
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
        let note = command::AddNote {
            id: self.ids.message(),
            uuid: ask.uuid.unwrap_or_else(|| self.ids.uuid()),
            by: caller.user.clone(),
            text: ask.text,
            mentions: ask.mentions,
            attachments: ask.attachments,
        };
        self.reaches_the_mentioned(caller, &ask.place, &note).await?;
        let written = self.write(caller, &ask.place, note.clone()).await?;
        let placed = written.message.ok_or(Failure::NotFound("conversation"))?;
        if written.outcome == Outcome::Repeated && !is_same(&note, &placed) {
            return Err(Failure::Conflict("UUID was used for other content"));
        }
        let composer = Composer::new(&*self.store, written.conversation, self.clock.now());
        Ok(Noted { view: composer.message(&placed.message, Sight::Own).await? })
    }

    /// Who no longer works here still stands in conversations, and would never read the note. One
    /// that was written before they left is answered as it was then.
    async fn reaches_the_mentioned(
        &self,
        caller: &Caller,
        place: &Place,
        note: &command::AddNote,
    ) -> Result<(), Failure> {
        let mut away = false;
        for user in note.mentions.iter().filter(|user| **user != caller.user) {
            away |= self.store.user(user).await?.is_some_and(|user| !user.active);
        }
        if !away {
            return Ok(());
        }
        let conversation = self.read(caller, place).await?.id.clone();
        let there = self.store.message_by_uuid(&conversation, &caller.user, &note.uuid).await?;
        there.map(|_| ()).ok_or_else(|| Refusal::MentionOutside.into())
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
