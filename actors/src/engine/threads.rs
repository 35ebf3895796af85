use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::try_join_all;

use super::prospects::LabelBook;
use super::search_conversations::after;
use super::{Engine, Failure, ListForTeam, Team};
use crate::domain::{
    ChannelId, ContactId, Conversation, ConversationId, Key, ProspectContext, Timestamp, Words,
};
use crate::ports::{TeamCut, TeamQuery};
use crate::view::{Composer, ThreadView};

#[derive(Clone, Debug, PartialEq)]
pub struct ThreadList {
    pub threads: Vec<ThreadView>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<TeamCut>,
}

impl ThreadList {
    pub const EMPTY: Self = Self { threads: Vec::new(), next: None };
}

impl Engine {
    /// A page of an account's conversations, each with its contact and what is kept about them; with
    /// words, of those that they are found in.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`]: unknown.
    pub async fn list_threads(
        &self,
        team: &Team,
        words: Option<&Words>,
        mut ask: ListForTeam,
    ) -> Result<ThreadList, Failure> {
        let book = self.label_book(&team.account).await?;
        let Some(labels) = book.known(ask.filter.labels) else { return Ok(ThreadList::EMPTY) };
        ask.filter.labels = labels;
        let limit = ask.limit;
        let (rows, next) = match words {
            Some(words) => {
                let found = self.page_of_found(team, words, ask).await?;
                (found.rows, found.next)
            }
            None => self.thread_rows(team, ask).await?,
        };
        let loaded = rows.iter().take(limit).map(|(_, id)| self.there_still(team, id));
        let loaded = try_join_all(loaded).await?.into_iter().flatten().collect();
        Ok(ThreadList { threads: self.thread_views(team, &book, loaded).await?, next })
    }

    async fn thread_rows(
        &self,
        team: &Team,
        ask: ListForTeam,
    ) -> Result<(Vec<(Timestamp, ConversationId)>, Option<TeamCut>), Failure> {
        let ListForTeam { only: _, filter, order, sort, cut, limit } = ask;
        let account = team.account.clone();
        let query = TeamQuery { account, filter, order, sort, cut, limit: limit + 1 };
        let rows = self.store.team_page(&query).await?;
        let rows: Vec<_> = rows.into_iter().map(|row| (row.at, row.conversation)).collect();
        let next = after(&rows, limit);
        Ok((rows, next))
    }

    /// # Errors
    ///
    /// [`Failure::NotFound`] when there is no such conversation in the team's account.
    pub async fn thread(&self, team: &Team, id: &ConversationId) -> Result<ThreadView, Failure> {
        let conversation = self.read_for_team(team, id).await?;
        let book = self.label_book(&team.account).await?;
        let mut views = self.thread_views(team, &book, vec![conversation]).await?;
        Ok(views.remove(0))
    }

    /// The conversation with a contact on a channel.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`]: unknown.
    pub async fn find_thread(
        &self,
        team: &Team,
        contact: &ContactId,
        channel: &ChannelId,
    ) -> Result<Option<ThreadView>, Failure> {
        let (contact, channel) = (contact.clone(), channel.clone());
        let key = Key { account: team.account.clone(), contact, channel };
        let Some(id) = self.store.find(&key).await? else { return Ok(None) };
        match self.thread(team, &id).await {
            Ok(view) => Ok(Some(view)),
            Err(Failure::NotFound(_)) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// `None` when it was deleted between the list and the look.
    async fn there_still(
        &self,
        team: &Team,
        id: &ConversationId,
    ) -> Result<Option<Arc<Conversation>>, Failure> {
        match self.read_for_team(team, id).await {
            Ok(conversation) => Ok(Some(conversation)),
            Err(Failure::NotFound(_)) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    async fn thread_views(
        &self,
        team: &Team,
        book: &LabelBook,
        conversations: Vec<Arc<Conversation>>,
    ) -> Result<Vec<ThreadView>, Failure> {
        let ids: Vec<_> = conversations.iter().map(|there| there.key.contact.clone()).collect();
        let contexts = self.store.contexts(&ids).await?;
        let contexts: HashMap<ContactId, ProspectContext> =
            contexts.into_iter().map(|context| (context.contact.clone(), context)).collect();
        let seen = conversations.iter().map(|conversation| {
            let mut composer = Composer::new(
                &*self.store,
                &*self.links,
                Arc::clone(conversation),
                self.clock.now(),
            );
            async move { composer.team_conversation().await }
        });
        let seen = try_join_all(seen).await?;
        let people = seen
            .iter()
            .zip(&ids)
            .map(|(view, id)| (id.clone(), view.contact.clone(), contexts.get(id).cloned()));
        let people = people.collect();
        let prospects = self.prospect_views(&team.account, book, people).await?;
        let parts = conversations.into_iter().zip(seen).zip(prospects);
        let views = parts.map(|((conversation, view), prospect)| ThreadView {
            conversation,
            prospect,
            last_message: view.last_activity,
        });
        Ok(views.collect())
    }
}
