//! Messages for later.
use async_trait::async_trait;

use super::MemoryStore;
use crate::domain::*;
use crate::ports::*;

#[async_trait]
impl Scheduled for MemoryStore {
    async fn schedule(&self, message: &ScheduledMessage) -> Result<ScheduledMessage, Unavailable> {
        let mut kept = self.kept();
        let name =
            |m: &ScheduledMessage| (m.conversation.clone(), m.author.clone(), m.uuid.clone());
        let there = kept.scheduled.iter().find(|(_, there)| name(there) == name(message));
        if let Some((_, there)) = there {
            return Ok(there.clone());
        }
        kept.scheduled.push((false, message.clone()));
        Ok(message.clone())
    }

    async fn scheduled_in(
        &self,
        conversation: &ConversationId,
        limit: usize,
    ) -> Result<Vec<ScheduledMessage>, Unavailable> {
        let kept = self.kept();
        let here = kept
            .scheduled
            .iter()
            .filter(|(claimed, m)| !claimed && m.conversation == *conversation);
        let mut here: Vec<_> = here.map(|(_, message)| message.clone()).collect();
        here.sort_by_key(|message| (message.send_at, message.id.clone()));
        here.truncate(limit);
        Ok(here)
    }

    async fn scheduled_due(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<ScheduledMessage>, Unavailable> {
        let kept = self.kept();
        let due = kept.scheduled.iter().filter(|(_, message)| message.send_at <= now);
        let mut due: Vec<_> = due.map(|(_, message)| message.clone()).collect();
        due.sort_by_key(|message| (message.send_at, message.id.clone()));
        due.truncate(limit);
        Ok(due)
    }

    async fn claim_scheduled(&self, id: &MessageId) -> Result<bool, Unavailable> {
        let mut kept = self.kept();
        let found = kept.scheduled.iter_mut().find(|(_, message)| message.id == *id);
        Ok(found.map(|(claimed, _)| *claimed = true).is_some())
    }

    async fn withdraw_scheduled(
        &self,
        conversation: &ConversationId,
        id: &MessageId,
    ) -> Result<bool, Unavailable> {
        let mut kept = self.kept();
        let before = kept.scheduled.len();
        kept.scheduled.retain(|(claimed, message)| {
            *claimed || message.id != *id || message.conversation != *conversation
        });
        Ok(kept.scheduled.len() < before)
    }

    async fn forget_scheduled(&self, id: &MessageId) -> Result<(), Unavailable> {
        self.kept().scheduled.retain(|(_, message)| message.id != *id);
        Ok(())
    }
}
