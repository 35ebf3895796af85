//! Subscriptions of the store in memory. Nothing is ever parked in it or forgotten by it.

use async_trait::async_trait;

use super::MemoryStore;
use crate::domain::*;
use crate::ports::*;

#[async_trait]
impl Subscriptions for MemoryStore {
    async fn subscription(&self, id: &SubscriptionId) -> Result<Option<Standing>, Unavailable> {
        Ok(self.kept().subscriptions.get(id).cloned())
    }

    async fn subscriptions_of(&self, account: &AccountId) -> Result<Vec<Standing>, Unavailable> {
        let kept = self.kept();
        let theirs = |standing: &&Standing| standing.subscription.account == *account;
        Ok(kept.subscriptions.values().filter(theirs).cloned().collect())
    }

    async fn subscriptions_in_force(&self, limit: usize) -> Result<Vec<Standing>, Unavailable> {
        let kept = self.kept();
        let in_force = |s: &&Standing| s.subscription.active && s.disabled.is_none();
        Ok(kept.subscriptions.values().filter(in_force).take(limit).cloned().collect())
    }

    async fn any_subscription(&self) -> Result<bool, Unavailable> {
        Ok(!self.kept().subscriptions.is_empty())
    }

    async fn put_subscription(
        &self,
        subscription: &Subscription,
        beginning: &Progress,
    ) -> Result<(), SubscribeError> {
        let mut kept = self.kept();
        let known = kept.subscriptions.get(&subscription.id);
        let standing = Standing {
            subscription: subscription.clone(),
            revision: known.map_or(1, |known| known.revision + 1),
            progress: known.map_or_else(|| beginning.clone(), |known| known.progress.clone()),
            disabled: None,
        };
        kept.subscriptions.insert(subscription.id.clone(), standing);
        Ok(())
    }

    async fn drop_subscription(&self, id: &SubscriptionId) -> Result<bool, Unavailable> {
        Ok(self.kept().subscriptions.remove(id).is_some())
    }

    async fn settle(
        &self,
        id: &SubscriptionId,
        revision: u64,
        settled: &Settled,
    ) -> Result<bool, Unavailable> {
        let mut kept = self.kept();
        let standing = kept.subscriptions.get_mut(id).filter(|there| there.revision == revision);
        let Some(standing) = standing else { return Ok(false) };
        standing.progress = settled.progress.clone();
        standing.disabled.clone_from(&settled.disabled);
        Ok(true)
    }

    async fn rewind(&self, id: &SubscriptionId, to: &Progress) -> Result<bool, Unavailable> {
        let mut kept = self.kept();
        let Some(standing) = kept.subscriptions.get_mut(id) else { return Ok(false) };
        standing.revision += 1;
        standing.progress = to.clone();
        Ok(true)
    }

    async fn parked(&self, _: &SubscriptionId, _: usize) -> Result<Vec<Parked>, Unavailable> {
        Ok(Vec::new())
    }

    async fn log_of(
        &self,
        account: &AccountId,
        after: Position,
        up_to: Position,
        limit: usize,
    ) -> Result<LogPage, Unavailable> {
        let kept = self.kept();
        let in_range = |entry: &&Entry| entry.position > after && entry.position <= up_to;
        let read: Vec<_> = kept.log.iter().filter(in_range).take(limit).collect();
        let reached = if read.len() < limit { Some(up_to) } else { None };
        let reached = reached.or(read.last().map(|last| last.position)).unwrap_or(up_to);
        let theirs = |entry: &&&Entry| {
            let conversation = kept.conversations.get(&entry.conversation);
            conversation.is_some_and(|there| there.key.account == *account)
        };
        let entries =
            read.iter().filter(theirs).map(|entry| ((*entry).clone(), Timestamp(0))).collect();
        Ok(LogPage { entries, reached: reached.max(after), forgotten: false })
    }

    async fn position_before(&self, _: Timestamp) -> Result<Option<Position>, Unavailable> {
        Ok(Some(Position(0)))
    }
}
