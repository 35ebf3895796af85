use std::collections::BTreeSet;

use super::{Caller, Engine, Failure, ListForTeam, Listed, SearchMessages, Team, TeamList};
use crate::domain::{AccountId, ChannelId, ConversationId, Timestamp, Words};
use crate::ports::{ContactSearch, MessageSearch, Reader, Sort, TeamCut, TeamQuery, Unavailable};
use crate::view::{Composer, ConversationView};

/// Contacts and messages that are gathered before a search counts as one that finds much.
const MOST_CONTACTS: usize = 300;
const MOST_MESSAGES: usize = 500;
/// Conversations of a list that are tried for one page of a search that finds much.
const MOST_TRIED: usize = 5_000;
/// Conversations tried in one go.
const AT_ONCE: usize = 200;
/// Contacts looked at for a user who searches by name, and conversations shown to them.
const OWN_CONTACTS: usize = 500;

/// What a list of the team is to be searched for.
pub enum Wanted {
    Everything,
    Words(Words),
    /// What was asked for holds no word.
    Nothing,
}

impl Wanted {
    /// `None` when the text is longer than [`SearchMessages::MAX_CHARS`].
    pub fn of(text: Option<&str>) -> Option<Self> {
        let Some(text) = text else { return Some(Self::Everything) };
        let short = text.chars().nth(SearchMessages::MAX_CHARS).is_none();
        short.then(|| Words::of(text).map_or(Self::Nothing, Self::Words))
    }
}

/// A page of what a search finds, in order.
pub(super) struct Found {
    /// Those of the page, and perhaps some behind it.
    pub rows: Vec<(Timestamp, ConversationId)>,
    pub next: Option<TeamCut>,
    pub total: u64,
}

/// The conversations that a search finds, as far as they were gathered.
struct Gathered {
    conversations: BTreeSet<ConversationId>,
    /// There are no others.
    complete: bool,
}

impl Engine {
    /// A page of an account's conversations that words are found in: in a public message, or in
    /// who their contact is. And how many there are; of very many, how many there are at least.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`]: unknown.
    pub async fn list_found_for_team(
        &self,
        team: &Team,
        words: &Words,
        ask: ListForTeam,
    ) -> Result<(TeamList, u64), Failure> {
        let limit = ask.limit;
        let Found { rows, next, total } = self.page_of_found(team, words, ask).await?;
        let mut conversations = Vec::new();
        for (place, (at, id)) in rows.iter().take(limit).enumerate() {
            let tied = rows.get(place + 1).is_some_and(|(after, _)| after == at);
            if let Ok(there) = self.read_for_team(team, id).await {
                let view = self.as_seen_by_team(there).await?;
                conversations.push(Listed { at: *at, tied, view });
            }
        }
        Ok((TeamList { conversations, next }, total))
    }

    pub(super) async fn page_of_found(
        &self,
        team: &Team,
        words: &Words,
        ask: ListForTeam,
    ) -> Result<Found, Failure> {
        let gathered = self.gather(team, words).await?;
        let mut rows = Vec::new();
        for id in &gathered.conversations {
            let Ok(there) = self.read_for_team(team, id).await else { continue };
            if ask.filter.holds(&there) && ask.only.as_ref().is_none_or(|only| only == id) {
                rows.push((ask.order.of(&there), id.clone()));
            }
        }
        let total = rows.len() as u64;
        if !gathered.complete && ask.only.is_none() {
            return Ok(Found { total, ..self.try_one_by_one(team, words, ask).await? });
        }
        rows.sort();
        if ask.sort == Sort::Newest {
            rows.reverse();
        }
        if let Some(cut) = &ask.cut {
            rows.retain(|row| is_beyond(row, cut, ask.sort));
        }
        Ok(Found { next: after(&rows, ask.limit), rows, total })
    }

    /// Conversations the caller takes part in whose contact is found by these words, the latest
    /// activity first.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when the channel is unknown in the caller's account.
    pub async fn search_conversations(
        &self,
        caller: &Caller,
        words: &Words,
        channel: Option<&ChannelId>,
        limit: usize,
    ) -> Result<Vec<ConversationView>, Failure> {
        if let Some(channel) = channel {
            self.known_channel(caller, channel).await?;
        }
        let mut views = Vec::new();
        for id in self.of_contacts(&caller.account, words, OWN_CONTACTS).await?.0 {
            let Some(there) = self.store.load(&id).await? else { continue };
            let on_channel = channel.is_none_or(|channel| *channel == there.key.channel);
            let Some(own) = there.participant(&caller.user).cloned().filter(|_| on_channel) else {
                continue;
            };
            let at = there.inbox_row(&own).at;
            let mut composer =
                Composer::new(&*self.store, &*self.links, there.into(), self.clock.now());
            views.push((at, id, composer.conversation(&own).await?));
        }
        views.sort_by(|a, b| (b.0, &b.1).cmp(&(a.0, &a.1)));
        Ok(views.into_iter().take(limit).map(|(.., view)| view).collect())
    }

    async fn gather(&self, team: &Team, words: &Words) -> Result<Gathered, Unavailable> {
        let query = MessageSearch {
            account: team.account.clone(),
            words: words.clone(),
            reader: Reader::Team,
            cut: None,
            limit: MOST_MESSAGES,
        };
        let messages = self.store.search_messages(&query).await?;
        let few = messages.len() < MOST_MESSAGES;
        let (mut conversations, complete) =
            self.of_contacts(&team.account, words, MOST_CONTACTS).await?;
        conversations.extend(messages.into_iter().map(|placed| placed.conversation));
        Ok(Gathered { conversations, complete: complete && few })
    }

    /// Conversations of the contacts that are found, and whether these are all of them.
    async fn of_contacts(
        &self,
        account: &AccountId,
        words: &Words,
        most: usize,
    ) -> Result<(BTreeSet<ConversationId>, bool), Unavailable> {
        let (account, words) = (account.clone(), words.clone());
        let query = ContactSearch { account, words, before: None, limit: most };
        let contacts = self.store.search_contacts(&query).await?;
        let mut conversations = BTreeSet::new();
        for contact in &contacts {
            conversations.extend(self.store.of_contact(&query.account, &contact.id).await?);
        }
        Ok((conversations, contacts.len() < most))
    }

    /// Where much is found, it is not far to the next one. A page that has to look too far for that
    /// is short, and the next one begins where it stopped.
    async fn try_one_by_one(
        &self,
        team: &Team,
        words: &Words,
        ask: ListForTeam,
    ) -> Result<Found, Failure> {
        let mut query = TeamQuery {
            account: team.account.clone(),
            filter: ask.filter,
            order: ask.order,
            sort: ask.sort,
            cut: ask.cut,
            limit: AT_ONCE,
        };
        let (mut rows, mut tried) = (Vec::new(), 0);
        while rows.len() <= ask.limit {
            if tried >= MOST_TRIED {
                return Ok(Found { rows, next: query.cut, total: 0 });
            }
            let page = self.store.team_page(&query).await?;
            let at_the_end = page.len() < AT_ONCE;
            tried += page.len();
            let ids: Vec<_> = page.iter().map(|row| row.conversation.clone()).collect();
            let matching = self.store.which_match(&team.account, words, &ids).await?;
            query.cut = page
                .last()
                .map(|last| TeamCut { at: last.at, id: Some(last.conversation.clone()) });
            rows.extend(
                page.into_iter()
                    .filter(|row| matching.contains(&row.conversation))
                    .map(|row| (row.at, row.conversation)),
            );
            if at_the_end {
                break;
            }
        }
        Ok(Found { next: after(&rows, ask.limit), rows, total: 0 })
    }
}

/// Where the page behind so many rows begins; `None` when nothing is behind them.
pub(super) fn after(rows: &[(Timestamp, ConversationId)], limit: usize) -> Option<TeamCut> {
    rows.get(limit)?;
    let (at, id) = rows.get(limit.checked_sub(1)?)?;
    Some(TeamCut { at: *at, id: Some(id.clone()) })
}

fn is_beyond(row: &(Timestamp, ConversationId), cut: &TeamCut, sort: Sort) -> bool {
    let order = match &cut.id {
        Some(id) => (row.0, &row.1).cmp(&(cut.at, id)),
        None => row.0.cmp(&cut.at),
    };
    if sort == Sort::Newest { order.is_lt() } else { order.is_gt() }
}
