//! Changes, committed one after the other.
use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;

use super::{Kept, MemoryStore};
use crate::domain::*;
use crate::ports::*;

impl Kept {
    /// The message that stands where this one would.
    fn repeated(&self, conversation: &ConversationId, message: &Message) -> Option<&Placed> {
        self.messages.iter().filter(|placed| placed.conversation == *conversation).find(|placed| {
            let there = &placed.message;
            let same_name = there.author == message.author && there.uuid == message.uuid;
            let same_provider =
                message.provider_id.is_some() && there.provider_id == message.provider_id;
            there.id == message.id || same_name || same_provider
        })
    }
}

#[async_trait]
impl Conversations for MemoryStore {
    async fn load(&self, id: &ConversationId) -> Result<Option<Conversation>, Unavailable> {
        Ok(self.read().conversations.get(id).cloned())
    }

    async fn find(&self, key: &Key) -> Result<Option<ConversationId>, Unavailable> {
        let kept = self.read();
        Ok(kept.conversations.values().find(|c| c.key == *key && !c.deleted).map(|c| c.id.clone()))
    }

    async fn of_contact(
        &self,
        account: &AccountId,
        contact: &ContactId,
    ) -> Result<Vec<ConversationId>, Unavailable> {
        let kept = self.read();
        let theirs = |c: &&Conversation| {
            c.key.account == *account && c.key.contact == *contact && !c.deleted
        };
        Ok(kept.conversations.values().filter(theirs).map(|c| c.id.clone()).collect())
    }

    async fn commit(&self, change: &Change) -> Result<Committed, CommitError> {
        if self.shared.failures.load(Ordering::SeqCst) > 0 {
            self.shared.failures.fetch_sub(1, Ordering::SeqCst);
            return Err(Unavailable::new("committing", "told to fail").into());
        }
        let mut kept = self.kept();
        let next = &change.next;
        if let Some((_, message)) = &change.message
            && let Some(placed) = kept.repeated(&next.id, message)
        {
            return Err(CommitError::Repeated(Box::new(placed.clone())));
        }
        let there = kept.conversations.get(&next.id).map_or(0, |c| c.version);
        let key_taken =
            kept.conversations.values().any(|c| c.key == next.key && c.id != next.id && !c.deleted);
        if there + 1 != next.version || key_taken {
            return Err(CommitError::Stale);
        }
        let before = kept.log.iter().rfind(|entry| entry.conversation == next.id);
        let previous = before.map_or(Position(0), |entry| entry.position);
        let mut positions: Vec<Position> = Vec::new();
        for announcement in &change.announcements {
            let position = Position(kept.log.len() as u64 + 1);
            let previous = positions.last().copied().unwrap_or(previous);
            positions.push(position);
            let message = change.message.as_ref().map(|(_, message)| message.id.clone());
            kept.log.push(Entry {
                position,
                previous,
                conversation: next.id.clone(),
                announcement: announcement.clone(),
                message: message
                    .filter(|_| *announcement == Announcement::Message)
                    .or_else(|| change.status.as_ref().map(|status| status.message.id.clone())),
            });
        }
        if let Some((seq, message)) = &change.message {
            kept.messages.push(Placed {
                conversation: next.id.clone(),
                seq: *seq,
                position: positions.last().copied().unwrap_or_default(),
                message: Arc::clone(message),
            });
        }
        if let Some(change) = &change.status {
            for placed in &mut kept.messages {
                if placed.message.id == change.message.id {
                    placed.message = Arc::clone(&change.message);
                }
            }
        }
        if let Some((_, message)) = change.message.as_ref().filter(|_| change.to_contact) {
            let due = Due {
                account: message.account.clone(),
                conversation: next.id.clone(),
                message: Arc::clone(message),
                attempts: 0,
                called_at: None,
                provider_id: None,
            };
            kept.outbox.push((Timestamp::default(), due));
        }
        kept.conversations.insert(next.id.clone(), next.clone());
        self.watermark.committed(&positions);
        Ok(Committed { positions, previous })
    }
}
