//! Messages in the order that lists show.
use async_trait::async_trait;

use super::MemoryStore;
use crate::domain::*;
use crate::ports::*;

#[async_trait]
impl History for MemoryStore {
    async fn messages(
        &self,
        conversation: &ConversationId,
        cut: Option<&Cut>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Placed>, Unavailable> {
        let key = |placed: &Placed| (placed.message.created_at, placed.message.id.clone());
        let beyond = |placed: &&Placed| {
            let Some(cut) = cut else { return true };
            let order = match &cut.id {
                Some(id) => key(placed).cmp(&(cut.at, id.clone())),
                None => placed.message.created_at.cmp(&cut.at),
            };
            match direction {
                Direction::Older => order.is_lt(),
                Direction::Newer => order.is_gt(),
            }
        };
        let kept = self.read();
        let here = kept.messages.iter().filter(|placed| placed.conversation == *conversation);
        let mut page: Vec<_> = here.filter(beyond).cloned().collect();
        page.sort_by_key(key);
        if direction == Direction::Older {
            page.reverse();
        }
        page.truncate(limit);
        Ok(page)
    }

    async fn message(
        &self,
        conversation: &ConversationId,
        id: &MessageId,
    ) -> Result<Option<Placed>, Unavailable> {
        let kept = self.read();
        let here = |p: &&Placed| p.conversation == *conversation && p.message.id == *id;
        Ok(kept.messages.iter().find(here).cloned())
    }

    async fn message_by_uuid(
        &self,
        conversation: &ConversationId,
        author: &UserId,
        uuid: &Uuid,
    ) -> Result<Option<Placed>, Unavailable> {
        let kept = self.read();
        let here = |p: &&Placed| {
            p.conversation == *conversation
                && p.message.author.is_user(author)
                && p.message.uuid == *uuid
        };
        Ok(kept.messages.iter().find(here).cloned())
    }

    async fn committed_after(
        &self,
        conversation: &ConversationId,
        seq: Seq,
        limit: usize,
    ) -> Result<Vec<Placed>, Unavailable> {
        let kept = self.read();
        let here = |p: &&Placed| p.conversation == *conversation && p.seq > seq;
        Ok(kept.messages.iter().filter(here).take(limit).cloned().collect())
    }
}
