//! What the team has, over a store in memory: lists by going through everything there is.
use async_trait::async_trait;

use super::MemoryStore;
use crate::domain::*;
use crate::ports::*;

#[async_trait]
impl TeamInbox for MemoryStore {
    async fn team_page(&self, query: &TeamQuery) -> Result<Vec<TeamRow>, Unavailable> {
        let newest = query.sort == Sort::Newest;
        let beyond = |row: &TeamRow| {
            let Some(cut) = &query.cut else { return true };
            let order = match &cut.id {
                Some(id) => (row.at, &row.conversation).cmp(&(cut.at, id)),
                None => row.at.cmp(&cut.at),
            };
            if newest { order.is_lt() } else { order.is_gt() }
        };
        let kept = self.kept();
        let of_account = kept.conversations.values().filter(|c| c.key.account == query.account);
        let mut rows: Vec<_> = of_account
            .filter(|conversation| query.filter.holds(conversation))
            .map(|c| TeamRow { conversation: c.id.clone(), at: query.order.of(c) })
            .filter(beyond)
            .collect();
        rows.sort_by(|a, b| (a.at, &a.conversation).cmp(&(b.at, &b.conversation)));
        if newest {
            rows.reverse();
        }
        rows.truncate(query.limit);
        Ok(rows)
    }

    async fn team_count(
        &self,
        account: &AccountId,
        filter: &TeamFilter,
        at_most: u64,
    ) -> Result<u64, Unavailable> {
        let kept = self.kept();
        let theirs = kept.conversations.values().filter(|c| c.key.account == *account);
        Ok((theirs.filter(|c| filter.holds(c)).count() as u64).min(at_most))
    }
}

#[async_trait]
impl TeamKeys for MemoryStore {
    async fn keep_team_key(&self, key: &TeamKey) -> Result<(), Unavailable> {
        self.kept().team_keys.push(key.clone());
        Ok(())
    }

    async fn team_key(&self, hash: &[u8; 32]) -> Result<Option<TeamKey>, Unavailable> {
        Ok(self.kept().team_keys.iter().find(|key| key.hash == *hash).cloned())
    }

    async fn team_keys(&self) -> Result<Vec<TeamKey>, Unavailable> {
        Ok(self.kept().team_keys.clone())
    }

    async fn revoke_team_key(&self, id: &TeamKeyId, now: Timestamp) -> Result<bool, Unavailable> {
        let mut kept = self.kept();
        let found = kept.team_keys.iter_mut().find(|key| key.id == *id);
        Ok(found.map(|key| key.revoked_at.get_or_insert(now)).is_some())
    }
}
