use super::{Caller, Engine, Failure, Place};
use crate::conversation::Written;
use crate::domain::{Snooze, UserId, Viewer, command};
use crate::view::{Composer, ConversationView};

/// A change to a conversation that is there. Set, never toggled: repeating one is harmless.
#[derive(Clone, Debug)]
pub enum Change {
    /// For everybody.
    Open(bool),
    /// For the caller alone; `None` wakes.
    Snooze(Option<Snooze>),
    /// For the caller alone.
    ShowOnTop(bool),
    /// For the caller alone.
    Archive(bool),
    /// For everybody; an outer `None` leaves a field as it is.
    Edit { title: Option<Option<String>>, image: Option<Vec<String>> },
}

impl Engine {
    /// The conversation afterwards, as the caller sees it.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when the caller takes no part; [`Failure::Refused`] as the command
    /// decides. [`Failure::Unavailable`]: perhaps done; repeating is safe.
    pub async fn change(
        &self,
        caller: &Caller,
        place: &Place,
        change: Change,
    ) -> Result<ConversationView, Failure> {
        let by = caller.user.clone();
        let written = match change {
            Change::Open(is_open) => {
                self.write(caller, place, command::SetOpen { by: Viewer::User(by), is_open }).await
            }
            Change::Snooze(snooze) => {
                self.write(caller, place, command::SetSnooze { by, snooze }).await
            }
            Change::ShowOnTop(show_on_top) => {
                self.write(caller, place, command::ShowOnTop { by, show_on_top }).await
            }
            Change::Archive(is_archived) => {
                self.write(caller, place, command::Archive { by, is_archived }).await
            }
            Change::Edit { title, image } => {
                self.write(caller, place, command::Edit { by, title, image }).await
            }
        };
        self.as_seen_by(caller, written?).await
    }

    /// Takes people in.
    ///
    /// # Errors
    ///
    /// As [`Engine::change`]; [`Failure::NotFound`] also when a user is unknown in the caller's
    /// account: then nobody was taken in.
    pub async fn add_participants(
        &self,
        caller: &Caller,
        place: &Place,
        users: Vec<UserId>,
    ) -> Result<ConversationView, Failure> {
        self.read(caller, place).await?;
        self.known_users(caller, &users).await?;
        let add = command::AddParticipants { by: caller.user.clone(), users };
        let written = self.write(caller, place, add).await?;
        self.as_seen_by(caller, written).await
    }

    /// A conversation as the caller sees it.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when the caller takes no part.
    pub async fn get_conversation(
        &self,
        caller: &Caller,
        place: &Place,
    ) -> Result<ConversationView, Failure> {
        let conversation = self.read(caller, place).await?;
        let own = caller.own(&conversation)?.clone();
        let mut composer =
            Composer::new(&*self.store, &*self.links, conversation, self.clock.now());
        Ok(composer.conversation(&own).await?)
    }

    pub(super) async fn as_seen_by(
        &self,
        caller: &Caller,
        written: Written,
    ) -> Result<ConversationView, Failure> {
        let own = caller.own(&written.conversation)?.clone();
        let mut composer =
            Composer::new(&*self.store, &*self.links, written.conversation, self.clock.now());
        Ok(composer.conversation(&own).await?)
    }
}
