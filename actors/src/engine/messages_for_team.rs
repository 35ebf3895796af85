use std::sync::Arc;

use super::{Engine, Failure, Team};
use crate::domain::{Conversation, ConversationId, Message, MessageId, Placed, Sight, Viewer};
use crate::ports::{Cut, Direction};
use crate::view::{Composer, MessageView, TeamConversationView};

/// A page of a conversation's messages as the team sees them.
#[derive(Clone, Debug)]
pub struct MessagesForTeam {
    pub conversation: ConversationId,
    /// What comes after this message; it need not be there any more.
    pub after: Option<MessageId>,
    pub direction: Direction,
    pub limit: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct TeamMessages {
    pub conversation: TeamConversationView,
    pub messages: Vec<MessageView>,
    /// Whether there are more that way.
    pub more: bool,
}

impl MessagesForTeam {
    pub const MAX_LIMIT: usize = 100;
}

/// Messages that are left out by `wanted` on the way to one page.
const MOST_PASSED: usize = 5_000;

impl Engine {
    /// # Errors
    ///
    /// [`Failure::NotFound`] when there is no such conversation in the team's account, or no such
    /// message in it to go on after.
    pub async fn messages_for_team(
        &self,
        team: &Team,
        ask: &MessagesForTeam,
        wanted: impl Fn(&Message) -> bool,
    ) -> Result<TeamMessages, Failure> {
        let conversation = self.read_for_team(team, &ask.conversation).await?;
        let mut cut = match &ask.after {
            Some(id) => Some(self.cut_after(&conversation, id).await?),
            None => None,
        };
        let (mut shown, mut passed) = (Vec::new(), 0);
        while shown.len() <= ask.limit && passed < MOST_PASSED {
            let read = ask.limit + 1;
            let page = self
                .visible(&conversation, &Viewer::Team, cut.clone(), ask.direction, read)
                .await?;
            let at_the_end = page.len() < read;
            passed += page.len();
            if let Some((Placed { message, .. }, _)) = page.last() {
                cut = Some(Cut { at: message.created_at, id: Some(message.id.clone()) });
            }
            shown.extend(page.into_iter().filter(|(placed, _)| wanted(&placed.message)));
            if at_the_end {
                break;
            }
        }
        let more = shown.len() > ask.limit;
        shown.truncate(ask.limit);
        let mut composer =
            Composer::new(&*self.store, &*self.links, conversation, self.clock.now());
        let mut messages = Vec::with_capacity(shown.len());
        for (placed, sight) in shown {
            messages.push(composer.message(&placed.message, sight).await?);
        }
        Ok(TeamMessages { conversation: composer.team_conversation().await?, messages, more })
    }

    /// A message by its id alone, where the team finds it first.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when no conversation of the account shows it to the team.
    pub async fn message_for_team(
        &self,
        team: &Team,
        id: &MessageId,
    ) -> Result<(TeamConversationView, MessageView), Failure> {
        let (conversation, placed, sight) = self.find_for_team(team, id).await?;
        let mut composer =
            Composer::new(&*self.store, &*self.links, conversation, self.clock.now());
        let message = composer.message(&placed.message, sight).await?;
        Ok((composer.team_conversation().await?, message))
    }

    /// Where a message stands that the team may see.
    pub(super) async fn find_for_team(
        &self,
        team: &Team,
        id: &MessageId,
    ) -> Result<(Arc<Conversation>, Placed, Sight), Failure> {
        let missing = || Failure::NotFound("message");
        let known = self.store.communication(id).await?.ok_or_else(missing)?;
        for at in &known.conversations {
            let Ok(conversation) = self.read_for_team(team, at).await else { continue };
            let Some(placed) = self.store.message(at, id).await? else { continue };
            if let Some(sight) = conversation.sight(&placed.message, &Viewer::Team) {
                return Ok((conversation, placed, sight));
            }
        }
        Err(missing())
    }

    async fn cut_after(&self, conversation: &Conversation, id: &MessageId) -> Result<Cut, Failure> {
        let found = self.store.message(&conversation.id, id).await?;
        let seen =
            found.filter(|there| conversation.sight(&there.message, &Viewer::Team).is_some());
        let message = seen.ok_or(Failure::NotFound("message"))?.message;
        Ok(Cut { at: message.created_at, id: Some(message.id.clone()) })
    }
}
