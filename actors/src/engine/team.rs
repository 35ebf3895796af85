use std::sync::Arc;

use super::{Engine, Failure};
use crate::conversation::{Within, Written};
use crate::domain::command::{self, Command};
use crate::domain::{AccountId, Conversation, ConversationId, UserId, Viewer};
use crate::registry::Target;
use crate::view::{Composer, TeamConversationView};

/// Nobody in person: who asks holds a token of the team. No note is there for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    pub account: AccountId,
}

/// A change to a conversation that is there. Set, never toggled: repeating one is harmless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TeamChange {
    Open(bool),
    Starred(bool),
    /// What the team's unread count says, until somebody reads or a public message comes.
    Unread(u32),
    /// A user of the account, or nobody. They are not taken in.
    Assignee(Option<UserId>),
}

impl Team {
    fn within(&self) -> Within {
        Within { account: self.account.clone(), channel: None }
    }

    pub(super) async fn write(
        &self,
        engine: &Engine,
        target: Target,
        command: impl Command,
    ) -> Result<Written, Failure> {
        engine.write_to(target, self.within(), Arc::new(command)).await
    }
}

impl Engine {
    /// A conversation as the team sees it.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when there is none in the team's account, or it was deleted. So with
    /// everything below.
    pub async fn team_conversation(
        &self,
        team: &Team,
        id: &ConversationId,
    ) -> Result<TeamConversationView, Failure> {
        let conversation = self.read_for_team(team, id).await?;
        self.as_seen_by_team(conversation).await
    }

    /// The conversation after these changes, made one after the other.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] also for an assignee who is unknown in the account: then nothing
    /// changed. [`Failure::Unavailable`]: perhaps some are made; repeating them is safe.
    pub async fn change_for_team(
        &self,
        team: &Team,
        id: &ConversationId,
        changes: Vec<TeamChange>,
    ) -> Result<TeamConversationView, Failure> {
        let mut conversation = self.read_for_team(team, id).await?;
        for change in &changes {
            if let TeamChange::Assignee(Some(user)) = change {
                self.users_of(&team.account, std::slice::from_ref(user)).await?;
            }
        }
        for change in changes {
            let (by, target) = (Viewer::Team, Target::Id(id.clone()));
            let written = match change {
                TeamChange::Open(is_open) => {
                    team.write(self, target, command::SetOpen { by, is_open }).await
                }
                TeamChange::Starred(starred) => {
                    team.write(self, target, command::SetStarred { by, starred }).await
                }
                TeamChange::Unread(unread) => {
                    team.write(self, target, command::SetTeamUnread { unread }).await
                }
                TeamChange::Assignee(assignee) => {
                    team.write(self, target, command::Assign { by, assignee }).await
                }
            };
            conversation = written?.conversation;
        }
        self.as_seen_by_team(conversation).await
    }

    /// Ends a conversation for everybody. What was written is kept, and nobody sees it.
    ///
    /// # Errors
    ///
    /// As above; so also when it was deleted before.
    pub async fn delete_conversation(
        &self,
        team: &Team,
        id: &ConversationId,
    ) -> Result<(), Failure> {
        let delete = command::Delete { by: Viewer::Team };
        team.write(self, Target::Id(id.clone()), delete).await.map(|_| ())
    }

    /// A conversation of the account as the store has it.
    pub(super) async fn read_for_team(
        &self,
        team: &Team,
        id: &ConversationId,
    ) -> Result<Arc<Conversation>, Failure> {
        let found = self.store.load(id).await?;
        let found = found.filter(|there| team.within().holds(there) && there.admits(&Viewer::Team));
        found.map(Arc::new).ok_or(Failure::NotFound("conversation"))
    }

    pub(super) async fn as_seen_by_team(
        &self,
        conversation: Arc<Conversation>,
    ) -> Result<TeamConversationView, Failure> {
        let mut composer =
            Composer::new(&*self.store, &*self.links, conversation, self.clock.now());
        Ok(composer.team_conversation().await?)
    }
}

#[cfg(test)]
mod tests;
