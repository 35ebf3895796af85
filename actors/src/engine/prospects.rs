use std::collections::HashMap;
use std::sync::Arc;

use super::{Engine, Failure, Team};
use crate::domain::{
    AccountId, Contact, ContactId, ContactStatus, ContactStatusId, LabelFilter, ProspectContext,
    Tag, TagId, UserId,
};
use crate::ports::{
    ProspectOrder, ProspectPage, ProspectQuery, ProspectRow, ThreadState, Unavailable,
};
use crate::view::ProspectView;

/// A page of an account's contacts.
#[derive(Clone, Debug)]
pub struct ListProspects {
    pub filter: LabelFilter,
    /// Also says where the page begins.
    pub order: ProspectOrder,
    pub limit: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ProspectList {
    pub prospects: Vec<ProspectView>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<ProspectOrder>,
}

impl ListProspects {
    pub const MAX_LIMIT: usize = 100;
}

/// What an account marks contacts with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelBook {
    tags: HashMap<TagId, Tag>,
    statuses: HashMap<ContactStatusId, ContactStatus>,
}

/// Questions to the store for one page: where a filter holds for few, it is a short one.
const LOOKS: usize = 10;

impl Engine {
    /// # Errors
    ///
    /// [`Failure::NotFound`] when there is no such contact in the team's account.
    pub async fn prospect(&self, team: &Team, id: &ContactId) -> Result<ProspectView, Failure> {
        let contact = self.contact_of(&team.account, id).await?;
        let context = self.store.context(id).await?;
        Ok(self.prospect_view(&team.account, id, Some(contact), context).await?)
    }

    /// The contact that a platform knows by this id; or, on the platform `x`, that has no such id and
    /// is known by the id it has here.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`]: unknown.
    pub async fn prospect_on_platform(
        &self,
        team: &Team,
        platform: &str,
        platform_id: &str,
    ) -> Result<Option<ProspectView>, Failure> {
        let found = self.store.contact_on_platform(&team.account, platform, platform_id).await?;
        match found {
            Some(contact) => self.prospect(team, &contact.id).await.map(Some),
            None => Ok(None),
        }
    }

    /// # Errors
    ///
    /// [`Failure::Unavailable`]: unknown.
    pub async fn list_prospects(
        &self,
        team: &Team,
        ask: ListProspects,
    ) -> Result<ProspectList, Failure> {
        let book = self.label_book(&team.account).await?;
        let mut order = Some(ask.order.clone());
        let mut rows: Vec<ProspectRow> = Vec::new();
        let Some(filter) = book.known(ask.filter) else {
            return Ok(ProspectList { prospects: Vec::new(), next: None });
        };
        for _ in 0..LOOKS {
            let Some(order_now) = order.take().filter(|_| rows.len() <= ask.limit) else { break };
            let query = ProspectQuery {
                account: team.account.clone(),
                filter: filter.clone(),
                order: order_now,
                limit: ask.limit + 1 - rows.len(),
            };
            let page = self.store.prospects(&query).await?;
            rows.extend(page.rows);
            order = page.next;
        }
        if rows.len() > ask.limit {
            rows.truncate(ask.limit);
            order = rows.last().map(|last| ask.order.going_on_after(last));
        }
        let people = rows
            .into_iter()
            .map(|row| (row.contact.id.clone(), Some(row.contact), Some(row.context)))
            .collect();
        let prospects = self.prospect_views(&team.account, &book, people).await?;
        Ok(ProspectList { prospects, next: order })
    }

    /// Some contacts with what is kept about them, whatever becomes of their conversations.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown. So with the question below.
    pub async fn prospect_rows(
        &self,
        team: &Team,
        filter: &LabelFilter,
        order: ProspectOrder,
        limit: usize,
    ) -> Result<ProspectPage, Unavailable> {
        let (account, filter) = (team.account.clone(), filter.clone());
        self.store.prospects(&ProspectQuery { account, filter, order, limit }).await
    }

    pub async fn label_book(&self, account: &AccountId) -> Result<LabelBook, Unavailable> {
        let tags = self.store.tags(account).await?;
        let statuses = self.store.contact_statuses(account).await?;
        Ok(LabelBook {
            tags: tags.into_iter().map(|tag| (tag.id.clone(), tag)).collect(),
            statuses: statuses.into_iter().map(|status| (status.id.clone(), status)).collect(),
        })
    }

    pub(super) async fn prospect_view(
        &self,
        account: &AccountId,
        id: &ContactId,
        contact: Option<Arc<Contact>>,
        context: Option<ProspectContext>,
    ) -> Result<ProspectView, Unavailable> {
        let book = self.label_book(account).await?;
        let people = vec![(id.clone(), contact, context)];
        let mut views = self.prospect_views(account, &book, people).await?;
        Ok(views.remove(0))
    }

    /// As many views as people, in their order.
    pub(super) async fn prospect_views(
        &self,
        account: &AccountId,
        book: &LabelBook,
        people: Vec<(ContactId, Option<Arc<Contact>>, Option<ProspectContext>)>,
    ) -> Result<Vec<ProspectView>, Unavailable> {
        let ids: Vec<_> = people.iter().map(|(id, ..)| id.clone()).collect();
        let mut threads: HashMap<ContactId, Vec<ThreadState>> = HashMap::new();
        for state in self.store.threads_of(account, &ids).await? {
            threads.entry(state.contact.clone()).or_default().push(state);
        }
        let views = people.into_iter().map(|(id, contact, context)| {
            let context =
                context.unwrap_or_else(|| ProspectContext::empty(account.clone(), id.clone()));
            let theirs = threads.get(&id).map(Vec::as_slice).unwrap_or_default();
            ProspectView {
                tags: book.tags(&context),
                status: book.status(&context),
                assignee: assignee(&context, theirs),
                done: done(&context, theirs),
                id,
                contact,
                context,
            }
        });
        Ok(views.collect())
    }
}

/// Whose all conversations are; of several people's, nobody's.
fn assignee(context: &ProspectContext, threads: &[ThreadState]) -> Option<UserId> {
    match threads {
        [] => context.assignee.clone(),
        [first, rest @ ..] => {
            let same = rest.iter().all(|thread| thread.assignee == first.assignee);
            first.assignee.clone().filter(|_| same)
        }
    }
}

fn done(context: &ProspectContext, threads: &[ThreadState]) -> bool {
    match threads {
        [] => context.done,
        _ => threads.iter().all(|thread| !thread.is_open),
    }
}

impl LabelBook {
    /// Those there still are: a label that was taken away is on some contacts for a while.
    pub fn tags(&self, context: &ProspectContext) -> Vec<Tag> {
        context.tags.iter().filter_map(|tag| self.tags.get(tag)).cloned().collect()
    }

    pub fn status(&self, context: &ProspectContext) -> Option<ContactStatus> {
        self.statuses.get(context.status.as_ref()?).cloned()
    }

    /// A filter without the labels that there are not, which nobody wears; `None` when it holds for
    /// nobody then.
    pub fn known(&self, mut filter: LabelFilter) -> Option<LabelFilter> {
        let (asked, of) = (!filter.tags.is_empty(), !filter.statuses.is_empty());
        filter.tags.retain(|tag| self.tags.contains_key(tag));
        filter.statuses.retain(|status| self.statuses.contains_key(status));
        let nobody = (asked && filter.tags.is_empty()) || (of && filter.statuses.is_empty());
        (!nobody).then_some(filter)
    }
}
