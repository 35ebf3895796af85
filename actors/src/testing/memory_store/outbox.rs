//! What is owed to providers.
use std::collections::HashSet;

use async_trait::async_trait;

use super::{Kept, MemoryStore};
use crate::domain::*;
use crate::ports::*;

impl MemoryStore {
    fn outbox_row(&self, message: &MessageId, change: impl FnOnce(&mut Timestamp, &mut Due)) {
        let mut kept = self.kept();
        let row = kept.outbox.iter_mut().find(|(_, due)| due.message.id == *message);
        if let Some((at, due)) = row {
            change(at, due);
        }
    }
}

impl Kept {
    fn placed(&self, id: &MessageId) -> Option<&Placed> {
        self.messages.iter().find(|placed| placed.message.id == *id)
    }

    fn sent_as(&self, id: &MessageId) -> Option<ProviderMessageId> {
        self.sent.iter().find(|(_, sent)| sent.message == *id).map(|(name, _)| name.clone())
    }
}

#[async_trait]
impl Outbox for MemoryStore {
    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<Due>, Unavailable> {
        let kept = self.kept();
        let mut seen = HashSet::new();
        let firsts = kept.outbox.iter().filter(|(_, due)| seen.insert(due.conversation.clone()));
        let mut due: Vec<_> = firsts.filter(|(at, _)| *at <= now).collect();
        due.sort_by_key(|(at, _)| *at);
        let picture = |due: &Due| Due {
            message: kept.placed(&due.message.id).map_or(&due.message, |p| &p.message).clone(),
            provider_id: kept.sent_as(&due.message.id),
            ..due.clone()
        };
        Ok(due.into_iter().take(limit).map(|(_, due)| picture(due)).collect())
    }

    async fn calling(&self, message: &MessageId, now: Timestamp) -> Result<(), Unavailable> {
        self.outbox_row(message, |_, due| {
            due.called_at = Some(now);
            due.attempts += 1;
        });
        Ok(())
    }

    async fn taken(
        &self,
        message: &MessageId,
        provider_id: &ProviderMessageId,
    ) -> Result<(), Unavailable> {
        let mut sent = None;
        self.outbox_row(message, |_, Due { account, conversation, .. }| {
            let (account, conversation) = (account.clone(), conversation.clone());
            sent = Some(Sent { account, conversation, message: message.clone() });
        });
        if let Some(sent) = sent {
            self.kept().sent.entry(provider_id.clone()).or_insert(sent);
        }
        Ok(())
    }

    async fn put_off(&self, message: &MessageId, until: Timestamp) -> Result<(), Unavailable> {
        self.outbox_row(message, |at, due| (*at, due.called_at) = (until, None));
        Ok(())
    }

    async fn in_doubt(&self, message: &MessageId, until: Timestamp) -> Result<(), Unavailable> {
        self.outbox_row(message, |at, _| *at = until);
        Ok(())
    }

    async fn leave(&self, message: &MessageId) -> Result<(), Unavailable> {
        self.kept().outbox.retain(|(_, due)| due.message.id != *message);
        Ok(())
    }

    async fn by_provider_id(
        &self,
        provider_id: &ProviderMessageId,
    ) -> Result<Option<Sent>, Unavailable> {
        Ok(self.kept().sent.get(provider_id).cloned())
    }
}
