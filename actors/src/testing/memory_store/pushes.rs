//! Pushes and hops of the store for tests.

use async_trait::async_trait;

use super::MemoryStore;
use crate::domain::*;
use crate::ports::*;

fn is(due: &DuePush, push: &(MessageId, UserId)) -> bool {
    (&due.message, &due.user) == (&push.0, &push.1)
}

#[async_trait]
impl PushLog for MemoryStore {
    async fn keep_push_decisions(
        &self,
        decisions: &[PushDecision],
        due: Timestamp,
        up_to: Option<Position>,
    ) -> Result<(), Unavailable> {
        let mut kept = self.kept();
        for decision in decisions {
            let key = (decision.message.clone(), decision.user.clone());
            if !kept.pushes.iter().any(|(_, known, _)| is(known, &key)) {
                let push = DuePush {
                    message: key.0,
                    user: key.1,
                    conversation: decision.conversation.clone(),
                    decided_at: decision.at,
                    attempts: 0,
                    called_at: None,
                    reached: Vec::new(),
                };
                kept.pushes.push((decision.clone(), push, due));
            }
        }
        kept.pushed_up_to = kept.pushed_up_to.max(up_to.unwrap_or_default());
        Ok(())
    }

    async fn push_decided_up_to(&self) -> Result<Position, Unavailable> {
        Ok(self.kept().pushed_up_to)
    }

    async fn pushes_due(&self, now: Timestamp, limit: usize) -> Result<Vec<DuePush>, Unavailable> {
        let kept = self.kept();
        let due = kept
            .pushes
            .iter()
            .filter(|(decision, _, due)| decision.reason == PushReason::Offline && *due <= now);
        Ok(due.map(|(_, push, _)| push.clone()).take(limit).collect())
    }

    async fn pushing(
        &self,
        pushes: &[(MessageId, UserId)],
        now: Timestamp,
    ) -> Result<(), Unavailable> {
        for (_, push, _) in &mut self.kept().pushes {
            if pushes.iter().any(|key| is(push, key)) {
                push.called_at = Some(now);
                push.attempts += 1;
            }
        }
        Ok(())
    }

    async fn put_push_off(
        &self,
        key: &(MessageId, UserId),
        until: Timestamp,
        reached: &[String],
    ) -> Result<(), Unavailable> {
        for (_, push, due) in self.kept().pushes.iter_mut().filter(|(_, push, _)| is(push, key)) {
            push.called_at = None;
            push.reached = reached.to_vec();
            *due = until;
        }
        Ok(())
    }

    async fn settle_push(
        &self,
        key: &(MessageId, UserId),
        reason: PushReason,
        now: Timestamp,
    ) -> Result<(), Unavailable> {
        for (decision, push, _) in &mut self.kept().pushes {
            if is(push, key) && decision.reason == PushReason::Offline {
                (decision.reason, decision.at) = (reason, now);
            }
        }
        Ok(())
    }

    async fn pushes_of(&self, message: &MessageId) -> Result<Vec<PushDecision>, Unavailable> {
        let kept = self.kept();
        let of = kept.pushes.iter().filter(|(decision, ..)| decision.message == *message);
        Ok(of.map(|(decision, ..)| decision.clone()).collect())
    }

    async fn forget_pushes(&self, when: Timestamp) -> Result<(), Unavailable> {
        self.kept().pushes.retain(|(decision, push, _)| {
            decision.reason == PushReason::Offline || push.decided_at >= when
        });
        Ok(())
    }
}

#[async_trait]
impl Hops for MemoryStore {
    async fn keep_hops(&self, hops: &[KeptHop]) -> Result<(), Unavailable> {
        self.kept().hops.extend_from_slice(hops);
        Ok(())
    }

    async fn hops_of(
        &self,
        message: &MessageId,
        limit: usize,
    ) -> Result<Vec<KeptHop>, Unavailable> {
        let kept = self.kept();
        Ok(kept.hops.iter().filter(|hop| hop.message == *message).take(limit).cloned().collect())
    }

    async fn forget_hops(&self, when: Timestamp) -> Result<(), Unavailable> {
        self.kept().hops.retain(|hop| hop.at >= when);
        Ok(())
    }
}
