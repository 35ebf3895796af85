//! Inbox pages, sorted anew each time.
use async_trait::async_trait;

use super::MemoryStore;
use crate::domain::*;
use crate::ports::*;

#[async_trait]
impl Inbox for MemoryStore {
    async fn page(&self, query: &InboxQuery) -> Result<Vec<InboxRow>, Unavailable> {
        let kept = self.read();
        let mut rows: Vec<_> = kept
            .conversations
            .values()
            .filter(|conversation| conversation.key.channel == query.channel)
            .filter_map(|c| c.participant(&query.user).map(|own| c.inbox_row(own)))
            .filter(|row| query.state.holds(row, query.now))
            .collect();
        let newest = query.sort == Sort::Newest;
        let place =
            |pinned: bool, at: Timestamp, id: Option<&ConversationId>| (!pinned, at, id.cloned());
        let order = |a: &(bool, Timestamp, Option<ConversationId>), b: &(bool, _, _)| {
            let rest = (a.1, &a.2).cmp(&(b.1, &b.2));
            a.0.cmp(&b.0).then(if newest { rest.reverse() } else { rest })
        };
        let own = |row: &InboxRow| place(row.show_on_top, row.at, Some(&row.conversation));
        rows.sort_by(|a, b| order(&own(a), &own(b)));
        if let Some(cut) = &query.cut {
            let at = place(cut.pinned, cut.at, cut.id.as_ref());
            rows.retain(|row| {
                let same_instant = row.at == cut.at && row.show_on_top == cut.pinned;
                order(&own(row), &at).is_gt() && !(cut.id.is_none() && same_instant)
            });
        }
        rows.truncate(query.limit);
        Ok(rows)
    }

    async fn snoozes_over(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(ConversationId, UserId)>, Unavailable> {
        let kept = self.read();
        let over = kept.conversations.values().flat_map(|conversation| {
            let ended = conversation
                .participants()
                .filter(move |own| own.snooze.is_some_and(|snooze| snooze.is_over(now)));
            ended.map(|own| (conversation.id.clone(), own.user.clone()))
        });
        Ok(over.take(limit).collect())
    }
}
