use futures_util::future::try_join_all;

use super::{Engine, Failure, Team};
use crate::domain::{Conversation, ConversationId, TeamFilter, Timestamp};
use crate::ports::{Sort, TeamCut, TeamOrder, TeamQuery, TeamRow, Unavailable};
use crate::view::TeamConversationView;

/// A page of an account's conversations.
#[derive(Clone, Debug)]
pub struct ListForTeam {
    /// At most this one.
    pub only: Option<ConversationId>,
    pub filter: TeamFilter,
    pub order: TeamOrder,
    pub sort: Sort,
    pub cut: Option<TeamCut>,
    pub limit: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct TeamList {
    pub conversations: Vec<Listed>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<TeamCut>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// What it was ordered by.
    pub at: Timestamp,
    /// The one after it, on this page or the next, has the same instant.
    pub tied: bool,
    pub view: TeamConversationView,
}

impl ListForTeam {
    pub const MAX_LIMIT: usize = 100;
    /// Most values in one list of a filter.
    pub const MAX_VALUES: usize = 100;
}

impl Engine {
    /// # Errors
    ///
    /// [`Failure::Unavailable`]: unknown.
    pub async fn list_for_team(&self, team: &Team, ask: ListForTeam) -> Result<TeamList, Failure> {
        if let Some(id) = &ask.only {
            return self.list_one(team, id, &ask).await;
        }
        let limit = ask.limit;
        let query = TeamQuery {
            account: team.account.clone(),
            filter: ask.filter,
            order: ask.order,
            sort: ask.sort,
            cut: ask.cut,
            limit: limit + 1,
        };
        let mut rows = self.store.team_page(&query).await?;
        let more = rows.len() > limit;
        let tied: Vec<_> = rows.windows(2).map(|pair| pair[0].at == pair[1].at).collect();
        rows.truncate(limit);
        let next = rows
            .last()
            .filter(|_| more)
            .map(|last| TeamCut { at: last.at, id: Some(last.conversation.clone()) });
        let tied = tied.into_iter().chain(std::iter::once(false));
        let shown = rows.iter().zip(tied).map(|(row, tied)| self.listed(team, row, tied));
        let conversations = try_join_all(shown).await?.into_iter().flatten().collect();
        Ok(TeamList { conversations, next })
    }

    /// How many conversations there are, counted no further than `at_most`.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown.
    pub async fn count_for_team(
        &self,
        team: &Team,
        filter: &TeamFilter,
        at_most: u64,
    ) -> Result<u64, Unavailable> {
        self.store.team_count(&team.account, filter, at_most).await
    }

    async fn list_one(
        &self,
        team: &Team,
        id: &ConversationId,
        ask: &ListForTeam,
    ) -> Result<TeamList, Failure> {
        let found = match self.read_for_team(team, id).await {
            Err(Failure::NotFound(_)) => None,
            found => Some(found?),
        };
        let found = found.filter(|there| {
            let at = ask.order.of(there);
            let beyond = ask.cut.as_ref().is_none_or(|cut| match ask.sort {
                Sort::Newest => at < cut.at,
                Sort::Oldest => at > cut.at,
            });
            beyond && ask.filter.holds(there)
        });
        let mut conversations = Vec::new();
        if let Some(there) = found {
            let at = ask.order.of(&there);
            conversations.push(Listed {
                at,
                tied: false,
                view: self.as_seen_by_team(there).await?,
            });
        }
        Ok(TeamList { conversations, next: None })
    }

    /// `None` when it was deleted between the list and the look.
    async fn listed(
        &self,
        team: &Team,
        row: &TeamRow,
        tied: bool,
    ) -> Result<Option<Listed>, Failure> {
        match self.read_for_team(team, &row.conversation).await {
            Ok(conversation) => {
                let view = self.as_seen_by_team(conversation).await?;
                Ok(Some(Listed { at: row.at, tied, view }))
            }
            Err(Failure::NotFound(_)) => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

impl TeamOrder {
    /// What a list in this order has a conversation at.
    pub fn of(self, conversation: &Conversation) -> Timestamp {
        match self {
            Self::Activity => conversation.team_at(),
            Self::Manual => conversation.manual_at(),
            Self::Created => conversation.created_at,
        }
    }
}
