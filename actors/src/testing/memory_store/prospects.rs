//! What teams keep about contacts, of the store in memory.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Kept, MemoryStore};
use crate::domain::*;
use crate::ports::*;

impl Kept {
    fn await_spreading(&mut self, context: &ProspectContext, patch: &ContextPatch, now: Timestamp) {
        let at =
            self.unspread.iter().position(|(_, there)| there.context.contact == context.contact);
        let before = at.map(|at| self.unspread.remove(at).1);
        let (is_open, assignee) =
            before.map_or((None, None), |before| (before.is_open, before.assignee));
        let unspread = Unspread {
            context: context.clone(),
            is_open: patch.done.map(|done| !done).or(is_open),
            assignee: patch.assignee.clone().or(assignee),
        };
        self.unspread.push((now, unspread));
    }
}

#[async_trait]
impl Prospects for MemoryStore {
    async fn context(&self, contact: &ContactId) -> Result<Option<ProspectContext>, Unavailable> {
        Ok(self.kept().contexts.get(contact).cloned())
    }

    async fn contexts(&self, contacts: &[ContactId]) -> Result<Vec<ProspectContext>, Unavailable> {
        let kept = self.kept();
        Ok(contacts.iter().filter_map(|contact| kept.contexts.get(contact)).cloned().collect())
    }

    async fn patch_context(
        &self,
        account: &AccountId,
        contact: &ContactId,
        patch: &ContextPatch,
        now: Timestamp,
    ) -> Result<Unspread, Unavailable> {
        let mut kept = self.kept();
        let before = kept.contexts.get(contact).cloned();
        let before =
            before.unwrap_or_else(|| ProspectContext::empty(account.clone(), contact.clone()));
        let after = before.patched(patch);
        if after.version > before.version {
            kept.contexts.insert(contact.clone(), after.clone());
            kept.await_spreading(&after, patch, now);
        }
        let there = kept.unspread.iter().find(|(_, there)| there.context.contact == *contact);
        Ok(there
            .map_or(Unspread { context: after, is_open: None, assignee: None }, |(_, there)| {
                there.clone()
            }))
    }

    async fn unspread(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<Unspread>, Unavailable> {
        let kept = self.kept();
        let due = kept.unspread.iter().filter(|(at, _)| *at < before);
        Ok(due.take(limit).map(|(_, unspread)| unspread.clone()).collect())
    }

    async fn spread(&self, contact: &ContactId, version: u64) -> Result<(), Unavailable> {
        self.kept().unspread.retain(|(_, there)| {
            there.context.contact != *contact || there.context.version != version
        });
        Ok(())
    }

    async fn strip(
        &self,
        account: &AccountId,
        label: &LabelId,
        limit: usize,
        now: Timestamp,
    ) -> Result<usize, Unavailable> {
        let mut kept = self.kept();
        let wearers: Vec<_> = kept
            .contexts
            .values()
            .filter(|context| context.account == *account && context.wears(label))
            .take(limit)
            .cloned()
            .collect();
        for context in &wearers {
            let patch = context.without(label);
            let after = context.patched(&patch);
            kept.contexts.insert(after.contact.clone(), after.clone());
            kept.await_spreading(&after, &patch, now);
        }
        Ok(wearers.len())
    }

    async fn contact_on_platform(
        &self,
        account: &AccountId,
        platform: &str,
        id: &str,
    ) -> Result<Option<Arc<Contact>>, Unavailable> {
        let kept = self.kept();
        let has = |contact: &Contact, field: &str, text: &str| {
            contact.details.as_str().contains(&format!("\"{field}\":\"{text}\""))
        };
        let found = kept.contacts.values().find(|contact| {
            let here = has(contact, "platform", platform)
                || (platform == "x" && !contact.details.as_str().contains("\"platform\":"));
            contact.account == *account && here && has(contact, "platformId", id)
        });
        Ok(found.cloned())
    }

    async fn meet_on_platform(
        &self,
        platform: &str,
        id: &str,
        fresh: Contact,
    ) -> Result<Arc<Contact>, Unavailable> {
        if let Some(known) = self.contact_on_platform(&fresh.account, platform, id).await? {
            return Ok(known);
        }
        let fresh = Arc::new(fresh);
        self.kept().contacts.insert(fresh.id.clone(), Arc::clone(&fresh));
        Ok(fresh)
    }

    async fn prospects(&self, query: &ProspectQuery) -> Result<ProspectPage, Unavailable> {
        let kept = self.kept();
        let theirs = kept.contacts.values().filter(|contact| contact.account == query.account);
        let mut rows: Vec<_> = theirs
            .map(|contact| {
                let empty = || ProspectContext::empty(query.account.clone(), contact.id.clone());
                let context = kept.contexts.get(&contact.id).cloned().unwrap_or_else(empty);
                ProspectRow { contact: Arc::clone(contact), context }
            })
            .filter(|row| query.filter.holds(&row.context.tags, row.context.status.as_ref()))
            .collect();
        match &query.order {
            ProspectOrder::Id { after } => {
                rows.retain(|row| after.as_ref().is_none_or(|after| row.contact.id > *after));
            }
            ProspectOrder::Valuation { after } => {
                let place =
                    |row: &ProspectRow| Some((row.context.valuation?, row.contact.id.clone()));
                rows.retain(|row| match (place(row), after) {
                    (None, _) => false,
                    (Some(_), None) => true,
                    (Some(place), Some(after)) => place < *after,
                });
                rows.sort_by(|a, b| {
                    place(b).partial_cmp(&place(a)).unwrap_or(std::cmp::Ordering::Equal)
                });
            }
        }
        let more = rows.len() > query.limit;
        rows.truncate(query.limit);
        let next = rows.last().filter(|_| more).map(|last| query.order.going_on_after(last));
        Ok(ProspectPage { rows, next })
    }

    async fn threads_of(
        &self,
        account: &AccountId,
        contacts: &[ContactId],
    ) -> Result<Vec<ThreadState>, Unavailable> {
        let kept = self.kept();
        let theirs = kept.conversations.values().filter(|there| {
            let key = &there.key;
            !there.deleted && key.account == *account && contacts.contains(&key.contact)
        });
        let state = |there: &Conversation| ThreadState {
            contact: there.key.contact.clone(),
            is_open: there.is_open,
            assignee: there.team.assignee.clone(),
        };
        Ok(theirs.map(state).collect())
    }

    async fn score_rules(&self, account: &AccountId) -> Result<Option<ScoreRules>, Unavailable> {
        Ok(self.kept().score_rules.get(account).cloned())
    }

    async fn put_score_rules(
        &self,
        account: &AccountId,
        rules: &ScoreRules,
    ) -> Result<(), Unavailable> {
        self.kept().score_rules.insert(account.clone(), rules.clone());
        Ok(())
    }
}
